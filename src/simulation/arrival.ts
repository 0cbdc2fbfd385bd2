import { binomialDistribution, medianSorted } from 'simple-statistics';
import { COUNT, type Estimate, estimateOf, type Interval } from './interval.js';

/** When something happened for the first time, over runs in some of which it never did. */
export interface Arrival {
  readonly runs: number;
  /** Runs in which it happened. */
  readonly happened: number;
  /** Over all runs, one without it counting as later than every other; undefined where half of the runs or more went without. */
  readonly median?: number;
  /**
   * 95 % interval of that median, whatever the distribution (order statistics; at least six runs). An infinite limit is one that lies
   * beyond the end of the runs.
   */
  readonly interval?: Interval;
  /** Over the runs in which it happened, and those alone: what it leaves out is later. */
  readonly ofThese?: Estimate;
}

/** @param firsts one of each run; undefined where it never happened */
export function arrivalOf(firsts: readonly (number | undefined)[]): Arrival {
  const happened = firsts.filter((first) => first !== undefined);
  const inOrder = firsts.map((first) => first ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other);
  const median = medianSorted(inOrder);
  const interval = medianInterval(inOrder);
  return {
    runs: firsts.length,
    happened: happened.length,
    ...(Number.isFinite(median) && { median }),
    ...(interval !== undefined && { interval }),
    ...(happened.length > 0 && { ofThese: estimateOf(happened, COUNT) }),
  };
}

/** Each value lies below the median with probability ½, so the k-th smallest lies above it as often as fewer than k of n coins fall heads. */
function medianInterval(inOrder: readonly number[]): Interval | undefined {
  let rank = 0;
  let tail = 0;
  for (const probability of binomialDistribution(inOrder.length, 0.5) ?? []) {
    tail += probability;
    if (tail > 0.025) break;
    rank += 1;
  }
  const [low, high] = [inOrder[rank - 1], inOrder[inOrder.length - rank]];
  return rank === 0 || low === undefined || high === undefined ? undefined : { low, high };
}
