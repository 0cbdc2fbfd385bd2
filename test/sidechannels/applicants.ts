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

function nameOf(index: number): string {
  let letters = '';
  for (let state = mixed(index); letters.length < NAME_LETTERS; state = mixed(state + letters.length)) letters += LETTERS[state % 26] ?? '';
  return letters.charAt(0).toUpperCase() + letters.slice(1);
}
