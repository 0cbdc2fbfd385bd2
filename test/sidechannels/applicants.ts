import { mixed, shuffled } from '../../src/sandbox/repeatable.js';
import { NUMBERINGS } from '../../src/sandbox/synthetic-identifiers.js';
import type { TestPerson } from '../end-to-end/running-bank.js';

const SEED = 5;
const NAME_LETTERS = 8;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Nobody, and as long as everybody else in JSON: the length of a request must not tell its class (R40). */
export function applicant(index: number): TestPerson {
  const { country, scheme, size, origin } = NUMBERINGS.PL;
  const { birthDate, value } = origin(shuffled(index, size, SEED));
  return { country, scheme, value: value('', ''), familyName: nameOf(index), birthDate };
}

/** Another name of the same length. */
export function misnamed(person: TestPerson, index: number): TestPerson {
  return { ...person, familyName: nameOf(~index) };
}

/** How the bank reaches a customer; as long for everybody. */
export function contactOf(index: number): string {
  return `customer-${String(index).padStart(9, '0')}@example.org`;
}

/** The last six digits of a customer's account. */
export function secretOf(index: number): string {
  return String(mixed(index + 1) % 1_000_000).padStart(6, '0');
}

/** Their line in the bank's feed. */
export function customerLine(index: number): string {
  const { country, scheme, value, familyName, birthDate } = applicant(index);
  return `${JSON.stringify({
    customerNumber: `C${index}`,
    identifiers: [{ country, scheme, value }],
    familyNames: [familyName],
    birthDate,
    contact: { email: contactOf(index) },
    secrets: [{ kind: 'account-last-six', value: secretOf(index) }],
  })}\n`;
}

function nameOf(index: number): string {
  let letters = '';
  for (let state = mixed(index); letters.length < NAME_LETTERS; state = mixed(state + letters.length)) letters += LETTERS[state % 26] ?? '';
  return letters.charAt(0).toUpperCase() + letters.slice(1);
}
