import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { base, cs_CZ, en, es, Faker, it, type LocaleDefinition, pl, sk, sv } from '@faker-js/faker';
import type { PersonIdentifier } from '../modules/persons/identifier.js';
import { RepeatableRandom, shuffled } from './repeatable.js';
import { NUMBERINGS, portugueseTaxNumber } from './synthetic-identifiers.js';

/** Nobody: made up, but with identifiers that pass every check. */
export interface SyntheticPerson {
  readonly index: number;
  /** The first is the one that they are usually known by. */
  readonly identifiers: readonly [PersonIdentifier, ...PersonIdentifier[]];
  readonly givenName: string;
  /** The present one first, then those before. */
  readonly familyNames: readonly [string, ...string[]];
  readonly birthDate: string;
  readonly email: string;
}

export interface SyntheticRegister {
  readonly seed: number;
  /** Persons 0 to this, less one, are customers; all further ones are not. */
  readonly customers: number;
}

/** The seed of the register that a sandbox starts with. */
export const SANDBOX_SEED = 1;

type Country = keyof typeof NUMBERINGS;

/** Of twenty persons one after the other. */
const PATTERN: readonly Country[] = [
  'CZ',
  'PL',
  'ES',
  'CZ',
  'SE',
  'SK',
  'PL',
  'CZ',
  'IT',
  'ES',
  'CZ',
  'SE',
  'PL',
  'CZ',
  'SK',
  'ES',
  'CZ',
  'PL',
  'IT',
  'SE',
];
/** Czechs and Slovaks are counted together, because they share a numbering. */
const COUNTED: Readonly<Record<Country, readonly Country[]>> = {
  CZ: ['CZ', 'SK'],
  SK: ['CZ', 'SK'],
  PL: ['PL'],
  SE: ['SE'],
  ES: ['ES'],
  IT: ['IT'],
};
const LOCALES: Readonly<Record<Country, LocaleDefinition>> = { CZ: cs_CZ, SK: sk, PL: pl, SE: sv, ES: es, IT: it };
const LINES_A_CHUNK = 200;

const random = new RepeatableRandom();
const names = new Map(
  Object.entries(LOCALES).map(([country, locale]) => [country, new Faker({ locale: [locale, en, base], randomizer: random })]),
);

/** Person number `index` of a seed: the same whoever asks, and whatever was asked before. No two share an identifier. */
export function syntheticPerson(seed: number, index: number): SyntheticPerson {
  const country = PATTERN[index % PATTERN.length] as Country;
  const { scheme, size, origin } = NUMBERINGS[country];
  const { sex, birthDate, value } = origin(shuffled(countedBefore(index, COUNTED[country]), size, seed));
  random.seed([seed, index]);
  const { person } = names.get(country) as Faker;
  const familyName = person.lastName(sex);
  const givenName = person.firstName(sex);
  const formerNames = sex === 'female' && random.next() < 0.3 ? [person.lastName(sex)] : [];
  const others = random.next() < 0.1 && index < 10_000_000 ? [{ country: 'PT', scheme: 'nif', value: portugueseTaxNumber(index) }] : [];
  return {
    index,
    identifiers: [{ country, scheme, value: value(familyName, givenName) }, ...others],
    givenName,
    familyNames: [familyName, ...formerNames],
    birthDate,
    email: `person-${seed}-${index}@example.${['org', 'com', 'net'][index % 3]}`,
  };
}

export function* syntheticPersons({
  seed,
  from,
  to,
}: {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}): Generator<SyntheticPerson> {
  for (let index = from; index < to; index++) yield syntheticPerson(seed, index);
}

/** What `npm run import` and `POST /v1/registry/imports` take, as chunks of NDJSON. */
export async function* registerNdjson(customers: number, seed: number = SANDBOX_SEED): AsyncGenerator<Buffer> {
  for (let from = 0; from < customers; from += LINES_A_CHUNK) {
    const persons = [...syntheticPersons({ seed, from, to: Math.min(customers, from + LINES_A_CHUNK) })];
    yield Buffer.from(persons.map((person) => `${JSON.stringify(registerRow(seed, person))}\n`).join(''));
    await nextTurn();
  }
}

export async function writeSyntheticRegister(path: string, { seed, customers }: SyntheticRegister): Promise<void> {
  await pipeline(Readable.from(registerNdjson(customers, seed)), createWriteStream(path));
}

export function customerNumber(index: number): string {
  return `V-${String(index).padStart(8, '0')}`;
}

/** Customers with an account, whose last six digits they know: as many as anybody tries mode `proof` with. */
const WITH_ACCOUNT = 1_000;
const ACCOUNT_ENDINGS = 1_000_000;

/** The last six digits of a customer's account; `undefined` for whoever has none. */
export function accountEnding(seed: number, index: number): string | undefined {
  return index < WITH_ACCOUNT ? String(shuffled(index, ACCOUNT_ENDINGS, seed)).padStart(6, '0') : undefined;
}

function registerRow(seed: number, { index, identifiers, familyNames, givenName, birthDate, email }: SyntheticPerson): object {
  const ending = accountEnding(seed, index);
  const secrets = ending === undefined ? {} : { secrets: [{ kind: 'account-last-six', value: ending }] };
  const row = { customerNumber: customerNumber(index), identifiers, familyNames, birthDate, contact: { email } };
  return { ...row, ...secrets, givenNames: givenName };
}

/** How many of the persons before this one are of these countries. */
function countedBefore(index: number, countries: readonly Country[]): number {
  const inPattern = (length: number) => PATTERN.slice(0, length).filter((country) => countries.includes(country)).length;
  return Math.floor(index / PATTERN.length) * inPattern(PATTERN.length) + inPattern(index % PATTERN.length);
}
