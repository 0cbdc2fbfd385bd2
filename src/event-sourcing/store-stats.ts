import type { Histogram } from 'node:perf_hooks';

/** Distribution of a quantity since the store was opened. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What a store tells of itself, for the metrics. */
export interface StoreStats {
  /** What became durable at once: transactions of an embedded log, appends of a server. */
  readonly commits: number;
  /** Appends that wrote. */
  readonly appends: number;
  readonly events: number;
  /** Appends without an answer yet. */
  readonly waiting: number;
  /** Appends in a commit. */
  readonly groupSize: Distribution;
  /** Milliseconds from the call to the acknowledgement. */
  readonly appendLatency: Distribution;
}

/** @param unit what one of the result is in the histogram's own units */
export function distribution(histogram: Histogram, unit: number): Distribution {
  const { count, mean, max } = histogram;
  const none = count === 0;
  return {
    count,
    mean: none ? 0 : mean / unit,
    p50: histogram.percentile(50) / unit,
    p99: histogram.percentile(99) / unit,
    max: none ? 0 : max / unit,
  };
}
