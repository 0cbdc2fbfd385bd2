import { DateTime } from 'luxon';

/** Year, month and day that a number says its person was born on; for validators that do not look at them. */
export type Birth = (value: string) => readonly [year: number, month: number, day: number];

const two = (value: string, at: number): number => Number(value.slice(at, at + 2));

/** The day, month and year at a place; of a year without its century the one that has most days. */
export const dayMonthYear =
  (at: number): Birth =>
  (value) => [2000 + two(value, at + 4), two(value, at + 2), two(value, at)];

/** The century in the first digit: 1 and 2 for 1800, 3 and 4 for 1900, and so on. */
export const estonian: Birth = (value) => [
  1800 + 100 * Math.floor((Number(value[0]) - 1) / 2) + two(value, 1),
  two(value, 3),
  two(value, 5),
];

/** The century in the month: 20 more for 1800, 40 more for 2000. */
export const bulgarian: Birth = (value) => {
  const [year, month] = [two(value, 0), two(value, 2)];
  if (month > 40) return [2000 + year, month - 40, two(value, 4)];
  return month > 20 ? [1800 + year, month - 20, two(value, 4)] : [1900 + year, month, two(value, 4)];
};

/** The letter of the month; days of women 40 more. Where two persons would have one code, letters stand for some digits. */
export const italian: Birth = (value) => {
  const digits = value
    .slice(6, 11)
    .replace(/[L-NP-V]/g, (letter, at: number) => (at === 2 ? letter : String('LMNPQRSTUV'.indexOf(letter))));
  const day = two(digits, 3);
  return [2000 + two(digits, 0), 'ABCDEHLMPRST'.indexOf(digits[2] ?? '') + 1, day > 40 ? day - 40 : day];
};

export function isInCalendar([year, month, day]: ReturnType<Birth>): boolean {
  return DateTime.utc(year, month, day).isValid;
}
