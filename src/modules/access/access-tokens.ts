import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '../../http/problem.js';
import { SIGNATURES } from './signing-key.js';
import { IssuerUnavailable } from './token-keys.js';

export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Seconds from `iat` to `exp` at most; an hour unless given. */
  readonly maxLife?: number;
}

/** Seconds by which the issuer's clock may be ahead (R27). */
const CLOCK_AHEAD = 60;

/** Verified tokens held; about a kilobyte each. */
const CACHE_SIZE = 5_000;

const REQUIRED = ['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id'];

interface Verified {
  readonly clientId: string;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Access tokens as RFC 9068 describes and R27 narrows. A token verified once is known by its exact text until it expires. */
export class AccessTokens {
  private readonly verified = new LRUCache<string, Verified>({ max: CACHE_SIZE });

  constructor(private readonly rules: TokenRules) {}

  /**
   * @returns id of the client that the token was issued to
   * @throws Problem `TOKEN_INVALID`, or `ISSUER_UNAVAILABLE` where the issuer's keys cannot be had
   */
  async clientOf(token: string): Promise<string> {
    const known = this.knownClientOf(token);
    if (known !== undefined) return known;
    const found = await this.verify(token, this.seconds());
    this.verified.set(token, found);
    return found.clientId;
  }

  /** Without a verification: `undefined` for a token that was not verified before, or has expired since. */
  knownClientOf(token: string): string | undefined {
    const known = this.verified.get(token);
    if (known === undefined || known.expiresAt > this.seconds()) return known?.clientId;
    this.verified.delete(token);
    return undefined;
  }

  private seconds(): number {
    return Math.floor(this.rules.now() / 1000);
  }

  private async verify(token: string, now: number): Promise<Verified> {
    // A key set of one key would do without.
    if (!hasKeyId(token)) throw new Problem('TOKEN_INVALID');
    try {
      const { payload } = await jwtVerify(token, this.rules.keys, {
        algorithms: [...SIGNATURES],
        typ: 'at+jwt',
        issuer: this.rules.issuer,
        audience: this.rules.audience,
        requiredClaims: REQUIRED,
        currentDate: new Date(now * 1000),
        // For `nbf`; `exp` is looked at again below, without.
        clockTolerance: CLOCK_AHEAD,
      });
      return this.checked(payload, now);
    } catch (error) {
      throw tokenProblem(error);
    }
  }

  private checked(payload: JWTPayload, now: number): Verified {
    const { exp = 0, iat = Infinity, client_id: clientId } = payload;
    // Some libraries read the clock once for each end, and a second may pass in between.
    const life = exp - iat;
    const valid = exp > now && iat <= now + CLOCK_AHEAD && life > 0 && life <= (this.rules.maxLife ?? 3600) + 1;
    if (!valid || typeof clientId !== 'string') throw new Problem('TOKEN_INVALID');
    return { clientId, expiresAt: exp };
  }
}

const OUTAGES = [IssuerUnavailable, errors.JWKSTimeout, errors.JWKSInvalid];

/** What is neither the token's fault nor the issuer's is this service's own, and left as it is. */
function tokenProblem(error: unknown): unknown {
  // The library's errors about fetching keys are the only ones without a code of their own.
  const isOutage = OUTAGES.some((kind) => error instanceof kind) || (error as { code?: unknown }).code === errors.JOSEError.code;
  if (isOutage) return new Problem('ISSUER_UNAVAILABLE', { retryAfter: 5 }, { cause: error });
  return error instanceof errors.JOSEError ? new Problem('TOKEN_INVALID') : error;
}

/** The library throws plain `TypeError`s here. */
function hasKeyId(token: string): boolean {
  try {
    return typeof decodeProtectedHeader(token).kid === 'string';
  } catch {
    return false;
  }
}
