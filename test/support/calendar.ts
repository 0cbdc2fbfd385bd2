/** A Monday morning: day 0 of every example. */
const MONDAY = Date.UTC(2025, 2, 3, 9);

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** Nine o'clock on the n-th day, and some hours after it; ISO 8601. */
export function day(n: number, hours = 0): string {
  return new Date(MONDAY + n * DAY + hours * HOUR).toISOString();
}
