import { bisect, mean, sampleStandardDeviation } from 'simple-statistics';
import { poissonUpTo } from './poisson.js';

/** Limits of a 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A mean over runs, each with a seed of its own. One run alone says nothing of how far the next would be off. */
export interface Estimate {
  readonly mean: number;
  readonly interval?: Interval;
}

/** Between what a figure can lie, so that no interval leaves it. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
}

export const COUNT: Bounds = { from: 0, to: Number.POSITIVE_INFINITY };
export const SHARE: Bounds = { from: 0, to: 1 };
export const DIFFERENCE: Bounds = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

const CONFIDENCE = 0.95;
const TAIL = (1 - CONFIDENCE) / 2;
/** Beyond this many events what their own chance adds is a tenth of them at most, and the spread of the runs has it. */
const MOST_COUNTED = 400;

/**
 * The mean with Student's interval: t with n − 1 degrees of freedom times s / √n (Student, Biometrika 6, 1908). A bootstrap's
 * percentiles are too narrow at the five to thirty seeds that a league has (Hesterberg, The American Statistician 69, 2015); this
 * one is exact for a normal figure and close for others. An interval without width: all runs gave the same.
 *
 * @param values one of each run; at least one
 */
export function estimateOf(values: readonly number[], { from, to }: Bounds): Estimate {
  const middle = mean(values);
  if (values.length < 2) return { mean: middle };
  const reach = (studentQuantile(values.length - 1) * sampleStandardDeviation(values)) / Math.sqrt(values.length);
  return { mean: middle, interval: { low: Math.max(from, middle - reach), high: Math.min(to, middle + reach) } };
}

/**
 * Events in a unit of exposure. Where they are rare all runs may have none, which does not mean that there never is one: so the interval
 * is the wider of Student's over the runs and the exact one of a Poisson count (Garwood, Biometrika 28, 1936), which for no event at
 * all ends at 3.7 events.
 *
 * @param events of each run; whole numbers
 * @param exposure of each run, such as owner-years; undefined is returned where there was none
 */
export function rateOf(events: readonly number[], exposure: number): Estimate | undefined {
  if (exposure <= 0) return undefined;
  const byRun = estimateOf(
    events.map((count) => count / exposure),
    COUNT,
  );
  const all = events.reduce((sum, count) => sum + count, 0);
  if (all > MOST_COUNTED) return byRun;
  const counted = countInterval(all);
  const whole = exposure * events.length;
  const { low, high } = byRun.interval ?? { low: byRun.mean, high: byRun.mean };
  return { mean: byRun.mean, interval: { low: Math.min(low, counted.low / whole), high: Math.max(high, counted.high / whole) } };
}

/** What the mean of a Poisson count may be of which `count` were seen (Garwood 1936). */
export function countInterval(count: number): Interval {
  const most = count + 10 * Math.sqrt(count + 1) + 10;
  const crossing = (share: number, upTo: number): number =>
    bisect((lambda: number) => poissonUpTo(upTo, lambda) - share, 0, most, 100, 1e-9 * most);
  return { low: count === 0 ? 0 : crossing(1 - TAIL, count - 1), high: crossing(TAIL, count) };
}

/** t for which a share of 95 % lies between −t and t. @param degrees of freedom; a whole number from 1 */
export function studentQuantile(degrees: number): number {
  return bisect((t: number) => studentWithin(t, degrees) - CONFIDENCE, 0, 20, 100, 1e-9);
}

/** P(|T| ≤ t), as the finite sums for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4). */
function studentWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
