import { median } from 'simple-statistics';

/** Samples to either side of one that say how slow the service is just then. */
const NEIGHBOURS = 100;

/**
 * What each sample, in the order in which they were taken, is above or below the median of its neighbours. A log that grows, a memory
 * that fills, a neighbour on the machine: what is slow for some hundreds of requests is slow for all classes alike, since their
 * order is by chance, and would only hide a difference between them.
 */
export function withoutDrift(times: Float64Array): Float64Array {
  return times.map((time, n) => time - median([...times.subarray(Math.max(0, n - NEIGHBOURS), n + NEIGHBOURS + 1)]));
}
