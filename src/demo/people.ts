import { accountEnding, customerNumber, SANDBOX_SEED, syntheticPerson, type SyntheticPerson } from '../sandbox/register.js';

/** Persons that one run of the demo may take from each of the four groups below. */
const GROUP = 2_000;
/** The first thousand customers of a sandbox have accounts: the honest partner's and those on the walk are among them. */
const WALK_FROM = 500;
/** Further out nobody's register in a sandbox reaches. */
const STRANGERS_FROM = 1_000_000;

export const MOST_APPLICANTS = GROUP;

/** The register has to hold the customers that the scanner and the honest partner meet. */
export const CUSTOMERS_NEEDED = 2 * GROUP;

/** A person as a request names them. */
export interface NamedPerson {
  readonly country: string;
  readonly scheme: string;
  readonly value: string;
  readonly familyName: string;
  readonly birthDate: string;
}

export interface Met {
  readonly person: NamedPerson;
  readonly email: string;
  readonly customerNumber: string;
  /** The last six digits of their account with the bank, which they know; `undefined` for whoever has none. */
  readonly accountEnding?: string;
}

/**
 * Who is met in a run. Customers are the same in each: an owner never meets one twice. Strangers are others in each run,
 * because those of an earlier one may have become customers.
 */
export class People {
  private readonly next: Record<'walk' | 'applicant', { customer: number; stranger: number }>;

  /** @param run from 1 */
  constructor(run: number) {
    const strangers = STRANGERS_FROM + run * 2 * GROUP;
    this.next = { applicant: { customer: 0, stranger: strangers + GROUP }, walk: { customer: WALK_FROM, stranger: strangers } };
  }

  meet(where: 'walk' | 'applicant', customer: boolean): Met {
    const group = this.next[where];
    return met(syntheticPerson(SANDBOX_SEED, customer ? group.customer++ : group.stranger++));
  }
}

function met({ index, identifiers: [identifier], familyNames: [familyName], birthDate, email }: SyntheticPerson): Met {
  const { country, scheme, value } = identifier;
  const ending = accountEnding(SANDBOX_SEED, index);
  return {
    person: { country, scheme, value, familyName, birthDate },
    email,
    customerNumber: customerNumber(index),
    ...(ending !== undefined && { accountEnding: ending }),
  };
}
