import type { Secret } from '../../src/modules/persons/secret.js';
import type { Role } from '../../src/modules/access/role.js';
import { person } from '../end-to-end/persons.js';
import type { TestPerson } from '../end-to-end/running-bank.js';

export const DAY = 86_400_000;

/** The company that is watched has two partners, another company has one. */
export const PARTNERS = { elder: 'acme', younger: 'acme', stranger: 'bolt' } as const;
export type PartnerName = keyof typeof PARTNERS;
export type OwnerName = (typeof PARTNERS)[PartnerName];

/** Who asks for what in a world, by client id. */
export const STAFF: Readonly<Record<string, Role>> = {
  analyst: 'analyst',
  feed: 'bank-feed',
  identity: 'bank-identity',
  messages: 'bank-messages',
  operator: 'operator',
  canaries: 'bank-canaries',
};

export const AGENTS = ['anna', 'boris'];
export const PURPOSE = 'onboarding';

/** The one person of whom two worlds think differently. */
export const SUBJECT = 0;
/** The same in every world: a customer, two who are none, a customer with a lock. */
const BYSTANDERS: Readonly<Record<'customer' | 'stranger' | 'other' | 'locked', number>> = {
  customer: 1,
  stranger: 2,
  other: 3,
  locked: 4,
};
export const PERSONS = [SUBJECT, ...Object.values(BYSTANDERS)];
export const LOCKED = [BYSTANDERS.locked];
export const CUSTOMERS = [BYSTANDERS.customer, BYSTANDERS.locked];
/** In the place of the subject, where it is none: nobody asks for them. */
export const NOBODY = 9;

export const personOf = (n: number): TestPerson => person(n);

/** The number that the bank keeps a person under, or gives them when they become a customer. */
export const customerNumberOf = (n: number): string => `N-${n}`;

/** What the bank has issued to a customer, and a partner asks its applicant for. */
export const secretOf = (n: number): Secret => ({ kind: 'account-last-six', value: String(204_060 + n) });
export const ANOTHER_SECRET: Secret = { kind: 'account-last-six', value: '111111' };

/** Where a partner says that an applicant can be reached; no two say the same. */
export const contactFrom = (partner: PartnerName, n: number): string => `applicant-${n}@${partner}.example.org`;

/** Where the bank reaches its customer. */
export const contactOnFile = (n: number): string => `customer-${n}@mail.example.org`;

/** So little that a handful of leads comes to the limits, so short that every deadline passes in a script. */
export const SMALL_TERMS = {
  initial: 9,
  perConversion: 2.5,
  ceiling: 14,
  openLeads: 5,
  pace: 4,
  followUpWithin: 'P2D',
  confirmWithin: 'P3D',
  coolDown: 'P2D',
  settleAfter: 'P1D',
  answerReadableFor: 'P1D',
} as const;
export const FOLLOW_UP_WITHIN = 2 * DAY;
export const CONFIRM_WITHIN = 3 * DAY;
export const COOL_DOWN = 2 * DAY;
export const SETTLE_AFTER = 1 * DAY;
