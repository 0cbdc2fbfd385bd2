import { DateTime } from 'luxon';
import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { agreedVolume, WEEKDAYS_A_MONTH } from './agreed-volume.js';
import { keptForEachPartner } from './kept-for-each.js';
import { Peer, type Refusal, type Rule } from './peer.js';

export interface MonthlyQuotaParameters {
  /** Questions that a partner may ask in a month, in months of L a weekday. */
  readonly volumes: number;
}

/**
 * What API gateways sell as a usage plan: so many calls in a calendar month (UTC), then none until the first of the next. A campaign
 * does not trip it, and a scan may take it all in one night. One and a half months' work is an assumption.
 */
export function monthlyQuota({ volumes }: MonthlyQuotaParameters = { volumes: 1.5 }): DefenceMaker {
  return {
    name: `monthly quota, ${volumes} L`,
    description: `Each partner may ask ${volumes} months' worth of its owner's agreed volume (L on each weekday) in a calendar month (UTC).`,
    make: (world) => new Peer(world, new MonthlyQuota(world, volumes)),
  };
}

/** @returns epoch ms of the next month's begin (UTC) */
export function nextMonth(at: number): number {
  return DateTime.fromMillis(at, { zone: 'utc' }).startOf('month').plus({ months: 1 }).toMillis();
}

class MonthlyQuota implements Rule {
  private readonly counted;

  constructor(world: DefendedWorld, volumes: number) {
    this.counted = keptForEachPartner(world, (owner) => ({
      limit: Math.ceil(volumes * WEEKDAYS_A_MONTH * agreedVolume(owner)),
      until: nextMonth(world.from),
      asked: 0,
    }));
  }

  refuses(question: Question): Refusal | undefined {
    const counted = this.counted(question);
    if (question.at >= counted.until) {
      counted.until = nextMonth(question.at);
      counted.asked = 0;
    }
    if (counted.asked >= counted.limit) return { kind: 'refused', code: 'QUOTA_EXCEEDED', retryAt: counted.until };
    counted.asked += 1;
    return undefined;
  }
}
