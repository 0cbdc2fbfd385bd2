import anyAscii from 'any-ascii';
import { DomainError } from '../../event-sourcing/decider.js';

const LONGEST_NAME = 200;

/**
 * A family name as it is compared, never as it is shown: ASCII letters and digits without case, spaces, hyphens or
 * apostrophes. Scandinavian and German letters are equal to their spelling with two letters (`Müller`, `Mueller`, and
 * `Muller`, as passports write it), so both sides lose that second letter.
 * @throws DomainError `FAMILY_NAME_INVALID` when nothing is left to compare
 */
export function normaliseFamilyName(name: string): string {
  if (name.length > LONGEST_NAME) throw invalidName();
  const letters = anyAscii(name.normalize('NFKC'))
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  if (letters === '') throw invalidName();
  return letters.replace(/([aou])e/g, '$1').replace(/aa/g, 'a');
}

/**
 * A date of birth `YYYY-MM-DD` that is a day of the calendar. Whether it lies in the future is for whoever has the clock.
 * @throws DomainError `BIRTH_DATE_INVALID`
 */
export function checkedBirthDate(date: string): string {
  if (!/^(1[89]|20)\d\d-\d\d-\d\d$/.test(date) || !isDay(date)) {
    throw new DomainError('BIRTH_DATE_INVALID', 'the birth date is not a day of the calendar, written YYYY-MM-DD');
  }
  return date;
}

/**
 * `Date` counts on where there is no such day or month, so such a day does not come back. A register has millions of dates to look
 * at, and a library for dates takes longer over one than everything else.
 */
function isDay(date: string): boolean {
  const [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8))];
  const found = new Date(Date.UTC(year, month - 1, day));
  return found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
}

function invalidName(): DomainError<'FAMILY_NAME_INVALID'> {
  return new DomainError('FAMILY_NAME_INVALID', 'the family name has no letter that can be compared, or is too long');
}
