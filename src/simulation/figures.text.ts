import type { Arrival } from './arrival.js';
import type { Estimate, Interval } from './interval.js';
import type { Summary } from './summary.js';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const SMALL = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });

/** How a figure is written. */
export type Wording = (value: number) => string;

export function counted(value: number): string {
  return Math.abs(value) >= 1_000 ? WHOLE.format(value) : SMALL.format(value);
}

/** @param share 0 to 1 */
export function percent(share: number): string {
  return PERCENT.format(share);
}

/** `50 (45 to 55)`; without limits for a single run. */
export function estimated({ mean, interval }: Estimate, wording: Wording = counted): string {
  return interval === undefined ? wording(mean) : `${wording(mean)} (${ranged(interval, wording)})`;
}

/** Who learns the most before a defence; where nobody learns anything, no adversary is worse than another. */
export function worstText({ adversary, persons }: Pick<Summary, 'adversary' | 'persons'>): string {
  return persons.mean === 0 ? 'none learns anybody' : adversary;
}

/** The median where there is one, and in how many runs it happened: what never came is never left out unsaid. */
export function arrived({ runs, happened, median, interval, ofThese }: Arrival): string {
  if (happened === 0 || ofThese === undefined) return `never in ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  const often = `in ${happened} of ${runs} runs`;
  if (median === undefined) return `${often}, there after ${counted(ofThese.mean)} on average`;
  return `${counted(median)}${interval === undefined ? '' : ` (${ranged(interval, counted)})`}, ${often}`;
}

function ranged({ low, high }: Interval, wording: Wording): string {
  return `${wording(low)} to ${Number.isFinite(high) ? wording(high) : 'never'}`;
}
