import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { agreedVolumeWithin } from './agreed-volume.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

export interface FlexibleLimiterParameters {
  /** Questions within the duration, in what falls into it of the agreed volume of the partner's owner. */
  readonly volumes: number;
  /** Seconds. */
  readonly duration: number;
  /** Seconds for which whoever exceeds the points is refused; 0, the library's default: to the end of the duration. */
  readonly blockDuration: number;
}

/** Assumptions: the example of the documentation, 6 points a second, is no limit for people at work. */
const TWICE_THE_VOLUME_A_DAY: FlexibleLimiterParameters = { volumes: 2, duration: 24 * 60 * 60, blockDuration: 0 };

/**
 * `rate-limiter-flexible` 11.4 (https://github.com/animir/node-rate-limiter-flexible): `RateLimiterMemory` with a partner for a key.
 * A fixed window that begins with its first question; what is refused counts too; with a `blockDuration`, the first question too many
 * is the begin of a block, which more of them do not prolong.
 *
 * A model, although the service itself runs on the library: it answers by a promise and takes the time from the process.
 * `flexible-limiter.spec.ts` holds it against the library under faked time, question by question.
 */
export function flexibleLimiter(parameters: FlexibleLimiterParameters = TWICE_THE_VOLUME_A_DAY): DefenceMaker {
  const { volumes, duration, blockDuration } = parameters;
  return {
    name: `rate-limiter-flexible, ${duration} s`,
    description:
      `rate-limiter-flexible 11.4 (https://github.com/animir/node-rate-limiter-flexible), RateLimiterMemory: ${volumes} times the agreed ` +
      `volume in ${duration} s from the first question for each partner, blockDuration ${blockDuration} s.`,
    make: (world) => new Peer(world, new FlexibleLimiter(world, parameters)),
  };
}

class FlexibleLimiter implements Rule {
  private readonly counted;

  constructor(
    world: DefendedWorld,
    private readonly parameters: FlexibleLimiterParameters,
  ) {
    this.counted = keptForEachPartner(world, (owner) => ({
      points: Math.ceil(parameters.volumes * agreedVolumeWithin(owner, parameters.duration * 1000)),
      consumed: 0,
      expiresAt: 0,
    }));
  }

  refuses(question: Question): Refusal | undefined {
    const { duration, blockDuration } = this.parameters;
    const { at } = question;
    const counted = this.counted(question);
    if (at >= counted.expiresAt) {
      counted.consumed = 0;
      counted.expiresAt = at + duration * 1000;
    }
    counted.consumed += 1;
    if (counted.consumed <= counted.points) return undefined;
    if (blockDuration > 0 && counted.consumed === counted.points + 1) counted.expiresAt = at + blockDuration * 1000;
    return { kind: 'refused', code: 'TOO_MANY_REQUESTS', retryAt: counted.expiresAt };
  }
}
