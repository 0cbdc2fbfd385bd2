import type { DefenceMaker, DefendedOwner, DefendedWorld, Question } from '../defence.js';
import { agreedVolumeWithin } from './agreed-volume.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

export interface NestThrottlerParameters {
  /** Milliseconds for which a hit counts; the library's `ttl`. */
  readonly ttl: number;
  /** Hits within the ttl: so many at least, and so many times what falls into it of the agreed volume, where that is more. */
  readonly atLeast: number;
  readonly volumes: number;
}

/** The example of the documentation is 10 a minute for everybody; that busy partners get twice their volume is an assumption. */
const TEN_A_MINUTE: NestThrottlerParameters = { ttl: 60_000, atLeast: 10, volumes: 2 };

/**
 * `@nestjs/throttler` 6.7 (https://github.com/nestjs/throttler): `ThrottlerGuard` over `ThrottlerStorageService`, with a partner for
 * a tracker. Hits are counted in a sliding window; one more than the limit blocks for `blockDuration`, which is the ttl when nothing
 * else is said; what is asked meanwhile does not prolong it, and the first hit after it starts a new count.
 *
 * A model: the library counts behind a promise, by the clock of the process, and walks over all live hits at each call.
 * `nest-throttler.spec.ts` holds it against the library itself under faked time, question by question.
 */
export function nestThrottler(parameters: NestThrottlerParameters = TEN_A_MINUTE): DefenceMaker {
  const { ttl, atLeast, volumes } = parameters;
  return {
    name: `@nestjs/throttler, ${ttl / 1000} s`,
    description:
      `@nestjs/throttler 6.7 (https://github.com/nestjs/throttler): ${atLeast} questions, or ${volumes} times the agreed volume, in a sliding ` +
      `window of ${ttl / 1000} s for each partner, and as long a block for whoever exceeds them.`,
    make: (world) => new Peer(world, new NestThrottler(world, parameters)),
  };
}

class NestThrottler implements Rule {
  private readonly hits;

  constructor(world: DefendedWorld, { ttl, atLeast, volumes }: NestThrottlerParameters) {
    const limit = (owner: DefendedOwner): number => Math.max(atLeast, Math.ceil(volumes * agreedVolumeWithin(owner, ttl)));
    this.hits = keptForEachPartner(world, (owner) => new SlidingHits(ttl, limit(owner)));
  }

  refuses(question: Question): Refusal | undefined {
    return this.hits(question).hit(question.at);
  }
}

/** The hits of one tracker. More than `limit + 1` are never live: with that one the block begins. */
class SlidingHits {
  /** Epoch ms of the live hits, in a ring. */
  private readonly times: Float64Array;
  private first = 0;
  private live = 0;
  /** Epoch ms; 0: not blocked. */
  private blockedUntil = 0;

  constructor(
    private readonly ttl: number,
    private readonly limit: number,
  ) {
    this.times = new Float64Array(limit + 1);
  }

  hit(now: number): Refusal | undefined {
    // The hits before the block are over with it, because it lasts as long as they do.
    if (now >= this.blockedUntil) this.blockedUntil = 0;
    if (this.blockedUntil === 0) {
      this.count(now);
      if (this.live > this.limit) this.blockedUntil = now + this.ttl;
    }
    return this.blockedUntil === 0 ? undefined : { kind: 'refused', code: 'TOO_MANY_REQUESTS', retryAt: this.blockedUntil };
  }

  private count(now: number): void {
    while (this.live > 0 && (this.times[this.first] ?? 0) + this.ttl <= now) {
      this.first = (this.first + 1) % this.times.length;
      this.live -= 1;
    }
    this.times[(this.first + this.live) % this.times.length] = now;
    this.live += 1;
  }
}
