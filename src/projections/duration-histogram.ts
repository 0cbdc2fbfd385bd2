/**
 * Log-linear buckets over whole milliseconds, eight to each power of two, as HdrHistogram has them
 * (https://hdrhistogram.org): a bucket is at most an eighth of its value wide, so its middle is wrong by at most 1/16. Only
 * whole numbers and powers of two: the same bucket comes out on every machine, which a logarithm does not promise (R20).
 */
const SUB_BUCKETS = 8;
const SUB_BITS = 3;

/** Some 35 years, and 41 bits. */
const MAX_MS = 2 ** 40;

/** @param ms 0 to 2^40; what lies outside is put at the edge */
export function bucketOf(ms: number): number {
  const whole = Math.min(Math.max(Math.floor(ms), 0), MAX_MS);
  if (whole < SUB_BUCKETS) return whole;
  const shift = bitsOf(whole) - 1 - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + (Math.floor(whole / 2 ** shift) % SUB_BUCKETS);
}

function bitsOf(whole: number): number {
  return whole < 2 ** 32 ? 32 - Math.clz32(whole) : 64 - Math.clz32(whole / 2 ** 32);
}

/** The middle of a bucket, milliseconds. */
export function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const lower = (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * 2 ** shift;
  return lower + (2 ** shift - 1) / 2;
}

/**
 * The lower median, milliseconds, right to 1/16 of its value; `undefined` of nothing.
 * @param buckets in ascending order
 */
export function medianOf(buckets: readonly { readonly bucket: number; readonly count: number }[]): number | undefined {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  for (const { bucket, count } of buckets) {
    seen += count;
    if (seen * 2 >= total && count > 0) return middleOf(bucket);
  }
  return undefined;
}
