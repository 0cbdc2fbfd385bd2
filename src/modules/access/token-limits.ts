import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Failed requests a second from one address. */
const FAILURES = { points: 50, duration: 1 };
/** Tokens a second for one client, which needs one every few minutes: each is written down. */
const TOKENS = { points: 50, duration: 1 };

/** Wrong secrets for one client from one address; a secret may be weaker than a key. */
const WRONG_SECRETS = { points: 10, duration: 60 };

/**
 * Who may ask the token endpoint how often. Requests that fail count for their address and turn only others that fail away: behind a
 * proxy all clients have one address, and one that errs must not lock the others out. Who has shown who they are counts for themselves.
 */
export class TokenLimits {
  private readonly failures = new RateLimiterMemory(FAILURES);
  private readonly tokens = new RateLimiterMemory(TOKENS);

  private readonly wrongSecrets = new RateLimiterMemory(WRONG_SECRETS);

  /** @returns whether a secret that is shown for the client is looked at */
  async mayShowSecret(clientId: string, address: string): Promise<boolean> {
    const wrong = await this.wrongSecrets.get(`${clientId} ${address}`);
    return (wrong?.consumedPoints ?? 0) < WRONG_SECRETS.points;
  }

  async secretWasWrong(clientId: string, address: string): Promise<void> {
    await isWithin(this.wrongSecrets, `${clientId} ${address}`);
  }

  /** @returns whether it may be told what was wrong */
  failed(address: string): Promise<boolean> {
    return isWithin(this.failures, address);
  }

  /** @returns whether it may have another token now */
  authenticated(clientId: string): Promise<boolean> {
    return isWithin(this.tokens, clientId);
  }

  /** It had shown a used assertion: whoever got hold of one must not use up what its client may have. */
  async wasNotTheClient(clientId: string): Promise<void> {
    await this.tokens.reward(clientId);
  }
}

function isWithin(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  return limiter.consume(key).then(
    () => true,
    () => false,
  );
}
