import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const HOUR = 60 * 60 * 1000;

export interface CdsiParameters {
  /** Permits that the bucket holds. */
  readonly bucket: number;
  /** Permits that leak in an hour. */
  readonly leakPerHour: number;
}

const DEFAULTS: CdsiParameters = { bucket: 50_000, leakPerHour: 6 };

/**
 * Signal's contact discovery (CDSI, `tokenRateLimit` in `application.yml`, and `RateLimits.java`, of
 * https://github.com/signalapp/ContactDiscoveryService-Icelake): a leaky bucket of 50,000 permits for each account, of which 6 leak an
 * hour (52,560 a year). Each number asked about costs one; a token stands for those asked before, which cost nothing again. So a new
 * account may learn 102,560 persons in its first year, and each further one 52,560.
 *
 * Decided here: an account is a partner, whatever its volume, and it always brings its token.
 */
export function cdsi(parameters: CdsiParameters = DEFAULTS): DefenceMaker {
  const { bucket, leakPerHour } = parameters;
  return {
    name: `Signal CDSI, ${bucket} + ${leakPerHour}/h`,
    description: `Signal's contact discovery (https://github.com/signalapp/ContactDiscoveryService-Icelake): a leaky bucket of ${bucket} persons for each partner, ${leakPerHour} leak an hour, repeats are free.`,
    make: (world) => new Peer(world, new Cdsi(world, parameters)),
  };
}

class Cdsi implements Rule {
  private readonly accounts;

  constructor(
    world: DefendedWorld,
    private readonly parameters: CdsiParameters,
  ) {
    this.accounts = keptForEachPartner(world, () => ({ asked: new Set<number>(), level: 0, at: world.from }));
  }

  refuses(question: Question): Refusal | undefined {
    const { at, person } = question;
    const account = this.accounts(question);
    if (account.asked.has(person)) return undefined;
    const { bucket, leakPerHour } = this.parameters;
    const level = Math.max(0, account.level - ((at - account.at) / HOUR) * leakPerHour) + 1;
    if (level > bucket) return { kind: 'refused', code: 'TOO_MANY_REQUESTS', retryAt: at + retryAfter(level - bucket, leakPerHour) };
    account.level = level;
    account.at = at;
    account.asked.add(person);
    return undefined;
  }
}

/** Milliseconds, as `RateLimits.checkOverage` tells them: whole seconds, and one more. */
function retryAfter(overage: number, leakPerHour: number): number {
  return 1000 * (1 + Math.floor((overage / leakPerHour) * 3600));
}
