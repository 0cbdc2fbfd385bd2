import { Duration } from 'luxon';

const parsed = new Map<string, number>();

/**
 * Milliseconds of an exact ISO 8601 duration (weeks to seconds; no years, months or quarters, whose length depends on the
 * calendar). A process sees a handful of texts again and again, so each is parsed once.
 * @throws RangeError when the text is no such duration or not positive
 */
export function milliseconds(duration: string): number {
  const known = parsed.get(duration);
  if (known !== undefined) return known;
  const value = Duration.fromISO(duration);
  if (!value.isValid || value.years !== 0 || value.months !== 0 || value.quarters !== 0 || value.toMillis() <= 0) {
    throw new RangeError('durations are ISO 8601, in weeks, days, hours, minutes or seconds, and positive');
  }
  if (parsed.size >= 1000) parsed.clear();
  parsed.set(duration, value.toMillis());
  return value.toMillis();
}
