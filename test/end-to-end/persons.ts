import { stdnum } from 'stdnum';
import type { TestPerson } from './running-bank.js';

/** The n-th made-up person (0 to 9,999): a valid Polish number, born on the first day of 1980. */
export function person(n: number): TestPerson {
  const body = `800101${String(n).padStart(4, '0')}`;
  for (let check = 0; check < 10; check++) {
    const value = `${body}${check}`;
    if (stdnum['PL']?.['pesel']?.validate(value).isValid === true) {
      return { country: 'PL', scheme: 'national-id', value, familyName: `Kowalski${letters(n)}`, birthDate: '1980-01-01' };
    }
  }
  throw new Error('no check digit fits');
}

function letters(n: number): string {
  return [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
}
