import anyAscii from 'any-ascii';
import { DateTime } from 'luxon';
import { stdnum } from 'stdnum';

export type Sex = 'female' | 'male';

/** Somebody before they have a name. */
export interface Origin {
  readonly sex: Sex;
  /** `YYYY-MM-DD` */
  readonly birthDate: string;
  /** The number, once the name is known (only Italy's depends on it). */
  readonly value: (familyName: string, givenName: string) => string;
}

/** How a country numbers people: `origin` gives another number for each `code` below `size`. */
export interface Numbering {
  readonly country: string;
  readonly scheme: string;
  readonly size: number;
  readonly origin: (code: number) => Origin;
}

const FIRST_DAY = DateTime.utc(1954, 1, 1);
const DAYS = DateTime.utc(2006, 1, 1).diff(FIRST_DAY, 'days').days;

const DIGITS = Array.from('0123456789');
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** The first of the candidates that the library calls valid. */
function valid(candidates: readonly string[], country: string, scheme: string): string {
  const validator = stdnum[country]?.[scheme];
  const { stackTraceLimit } = Error;
  // The library makes an error for each candidate that is not valid, and most of an error's cost is its stack.
  Error.stackTraceLimit = 0;
  try {
    const found = candidates.find((candidate) => validator?.validate(candidate).isValid);
    if (found === undefined) throw new Error(`no check digit fits ${country} ${scheme}`);
    return found;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Splits a code into a day, counted from the first, and what is left. */
function born(code: number): { readonly date: DateTime; readonly birthDate: string; readonly rest: number } {
  const date = FIRST_DAY.plus({ days: code % DAYS });
  return { date, birthDate: date.toISODate() as string, rest: Math.floor(code / DAYS) };
}

const two = (n: number) => String(n).padStart(2, '0');
const padded = (n: number, length: number) => String(n).padStart(length, '0');
const sexOf = (n: number): Sex => (n % 2 === 0 ? 'female' : 'male');

/** Czechs and Slovaks share one numbering, so their codes are counted together. */
function birthNumber(code: number): Origin {
  const { date, birthDate, rest } = born(code);
  const sex = sexOf(rest);
  const serial = two(Math.floor(rest / 2));
  const front = date.toFormat('yy') + two(date.month + (sex === 'female' ? 50 : 0)) + two(date.day) + serial;
  // The last digit of the serial makes room: not every number has a check digit.
  const candidates = ['0', '1'].flatMap((digit) => DIGITS.map((check) => front + digit + check));
  return { sex, birthDate, value: () => valid(candidates, 'CZ', 'rc') };
}

function pesel(code: number): Origin {
  const { date, birthDate, rest } = born(code);
  return { sex: sexOf(rest), birthDate, value: () => peselOf(date, rest) };
}

/** Poland's number of somebody born on that date, 1900 to 2099. @param serial of four digits; odd for men */
export function peselOf(date: DateTime, serial: number): string {
  const front = date.toFormat('yy') + two(date.month + (date.year >= 2000 ? 20 : 0)) + two(date.day) + padded(serial, 4);
  return valid(DIGITS.map((check) => front + check), 'PL', 'pesel'); // prettier-ignore
}

function personnummer(code: number): Origin {
  const { date, birthDate, rest } = born(code);
  const front = `${date.toFormat('yyyyLLdd')}-${padded(rest, 3)}`;
  return { sex: sexOf(rest), birthDate, value: () => valid(DIGITS.map((check) => front + check), 'SE', 'personnummer') }; // prettier-ignore
}

function dni(code: number): Origin {
  const { birthDate } = born(code * 7_919);
  return { sex: sexOf(code), birthDate, value: () => valid(LETTERS.map((check) => padded(code, 8) + check), 'ES', 'dni') }; // prettier-ignore
}

const MONTHS = 'ABCDEHLMPRST';

function codiceFiscale(code: number): Origin {
  const { date, birthDate, rest } = born(code);
  const sex = sexOf(rest);
  const place = `F${padded(Math.floor(rest / 2), 3)}`;
  const day = date.toFormat('yy') + MONTHS[date.month - 1] + two(date.day + (sex === 'female' ? 40 : 0));
  const value = (familyName: string, givenName: string) => {
    const front = threeLetters(familyName, false) + threeLetters(givenName, true) + day + place;
    return valid(LETTERS.map((check) => front + check), 'IT', 'codicefiscale'); // prettier-ignore
  };
  return { sex, birthDate, value };
}

/** Decreto ministeriale 23 December 1976, articles 2 and 3: consonants, then vowels, then X; of four consonants of a given name not the second. */
function threeLetters(name: string, given: boolean): string {
  const letters = anyAscii(name)
    .toUpperCase()
    .replace(/[^A-Z]/g, '');
  const consonants = letters.replace(/[AEIOU]/g, '');
  const chosen = given && consonants.length > 3 ? (consonants[0] as string) + consonants.slice(2) : consonants;
  return `${chosen}${letters.replace(/[^AEIOU]/g, '')}XXX`.slice(0, 3);
}

/** A tax number of Portugal as a second identifier: `n` may have seven digits. */
export function portugueseTaxNumber(n: number): string {
  return valid(DIGITS.map((check) => `2${padded(n, 7)}${check}`), 'PT', 'nif'); // prettier-ignore
}

export const NUMBERINGS = {
  CZ: { country: 'CZ', scheme: 'rc', size: DAYS * 200, origin: birthNumber },
  SK: { country: 'SK', scheme: 'rc', size: DAYS * 200, origin: birthNumber },
  PL: { country: 'PL', scheme: 'pesel', size: DAYS * 10_000, origin: pesel },
  SE: { country: 'SE', scheme: 'personnummer', size: DAYS * 1_000, origin: personnummer },
  ES: { country: 'ES', scheme: 'dni', size: 100_000_000, origin: dni },
  IT: { country: 'IT', scheme: 'codicefiscale', size: DAYS * 2_000, origin: codiceFiscale },
} as const satisfies Record<string, Numbering>;
