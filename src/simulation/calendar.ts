export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Day 0 of every run: a Monday, midnight UTC. Epoch ms. */
export const FIRST_DAY = Date.UTC(2025, 0, 6);
/** A partner works ten hours a day. */
export const OPENS_AT = 8 * HOUR;
export const OPEN_FOR = 10 * HOUR;

/** Public holidays that much of Europe has, `MM-DD`; those that move with Easter are left out. */
const HOLIDAYS = new Set(['01-01', '05-01', '08-15', '11-01', '12-25', '12-26']);

/** Whether nobody has to work. @param day of the run, from 0 */
export function isDayOff(day: number): boolean {
  return day % 7 >= 5 || HOLIDAYS.has(new Date(FIRST_DAY + day * DAY).toISOString().slice(5, 10));
}
