import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { agreedVolume } from './agreed-volume.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

const DAY = 24 * 60 * 60 * 1000;

export interface ThrottleByDayParameters {
  /** Questions that a partner may ask on a day (UTC), in L of its owner. */
  readonly volumes: number;
}

/**
 * The first proposal of the discussion: a partner may ask so often a day, and is refused until midnight when it has. It counts
 * questions, the repeated ones too. A year's scan at its edge is `365 · volumes · L` persons. Twice L is an assumption: about what
 * lets an honest partner have its busy days.
 */
export function throttleByDay({ volumes }: ThrottleByDayParameters = { volumes: 2 }): DefenceMaker {
  return {
    name: `throttle by day, ${volumes} L`,
    description: `Each partner may ask ${volumes} times its owner's agreed daily volume L on a day (UTC).`,
    make: (world) => new Peer(world, new ThrottleByDay(world, volumes)),
  };
}

class ThrottleByDay implements Rule {
  private readonly counted;

  constructor(world: DefendedWorld, volumes: number) {
    this.counted = keptForEachPartner(world, (owner) => ({ limit: Math.ceil(volumes * agreedVolume(owner)), day: -1, asked: 0 }));
  }

  refuses(question: Question): Refusal | undefined {
    const counted = this.counted(question);
    const day = Math.floor(question.at / DAY);
    if (day !== counted.day) {
      counted.day = day;
      counted.asked = 0;
    }
    if (counted.asked >= counted.limit) return { kind: 'refused', code: 'TOO_MANY_REQUESTS', retryAt: (day + 1) * DAY };
    counted.asked += 1;
    return undefined;
  }
}
