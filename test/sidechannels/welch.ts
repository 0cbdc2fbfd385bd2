/** Of a sample: its size, its mean, and its variance with n − 1. */
interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** The crops of R40: samples at or above such a percentile of both classes together are left out. */
export const PERCENTILES = [50, 75, 90, 95] as const;

/** A leak is |t| beyond this (R40), the bound that dudect uses (Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?", 2017). */
export const LEAK = 4.5;

export type Cropped = Readonly<Record<`p${(typeof PERCENTILES)[number]}`, number>>;

/**
 * Welch's t for two samples of unequal variance (B. L. Welch, Biometrika 34, 1947). Positive where the second is larger; 0 where
 * nothing differs at all.
 */
export function welch(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [momentsOf(first), momentsOf(second)];
  const difference = b.mean - a.mean;
  const error = Math.sqrt(a.variance / a.n + b.variance / b.n);
  return difference === 0 ? 0 : difference / error;
}

/**
 * Welch's t on the samples below each percentile of both together: one bound for both, so that what is cut off tells nothing
 * of the class. The slow end is noise of the machine, in which a difference of microseconds drowns.
 */
export function croppedWelch(first: readonly number[], second: readonly number[]): Cropped {
  const all = Float64Array.from([...first, ...second]).sort();
  const at = (percentile: number): number => {
    const bound = all[Math.floor((all.length * percentile) / 100)] as number;
    const below = (values: readonly number[]): number[] => values.filter((value) => value < bound);
    return welch(below(first), below(second));
  };
  return { p50: at(50), p75: at(75), p90: at(90), p95: at(95) };
}

/** Of the four the one that is farthest from 0. */
export function largest(cropped: Cropped): number {
  return Object.values(cropped).reduce((far, t) => (Math.abs(t) > Math.abs(far) ? t : far), 0);
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  if (n < 2) throw new Error('a sample of fewer than two has no variance');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { n, mean, variance };
}
