/**
 * Log-linear buckets over whole seconds, eight to each power of two, as HdrHistogram has them (https://hdrhistogram.org): a
 * bucket is at most an eighth of its value wide, so its middle is wrong by at most 1/16. Integers only: the same bucket
 * comes out on every machine, which a logarithm does not promise (R20).
 */
const SUB_BUCKETS = 8;
const SUB_BITS = 3;

/** @param seconds 0 to 2^31 - 1; what lies outside is put at the edge */
export function bucketOf(seconds: number): number {
  const whole = Math.min(Math.max(Math.floor(seconds), 0), 0x7fff_ffff);
  if (whole < SUB_BUCKETS) return whole;
  const shift = 31 - Math.clz32(whole) - SUB_BITS;
  return (shift + 1) * SUB_BUCKETS + ((whole >> shift) & (SUB_BUCKETS - 1));
}

/** The middle of a bucket, seconds. */
export function middleOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const lower = (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * 2 ** shift;
  return lower + (2 ** shift - 1) / 2;
}

/**
 * The lower median, seconds, right to 1/16 of its value; `undefined` of nothing.
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
