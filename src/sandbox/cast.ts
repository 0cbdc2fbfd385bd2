import type { ClientIdentity } from '../modules/access/client.js';
import type { CanaryKind } from '../modules/canaries/canary.events.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN, termsForFigures, type Terms } from '../modules/owners/terms.js';

/** An owner of the sandbox with its one partner. */
export interface SandboxOwner {
  readonly owner: string;
  readonly name: string;
  readonly terms: Terms;
  readonly partner: { readonly id: string; readonly name: string; readonly agents: readonly string[] };
}

/** Somebody of the sandbox's register, each of whom has one number. */
export interface SandboxCanary {
  readonly index: number;
  readonly kind: CanaryKind;
}

/** Two people of the bank: what needs two signatures can be tried. */
export const ANALYSTS = ['analyst-1', 'analyst-2'] as const;

/** Short enough to see a settlement and a lapse while one looks. */
const SHORT: Terms = {
  ...TERMS_WHEN_NOTHING_IS_KNOWN,
  followUpWithin: 'PT2M',
  confirmWithin: 'PT3M',
  settleAfter: 'PT20S',
  coolDown: 'PT10M',
  answerReadableFor: 'PT10M',
};

const AGREED = termsForFigures({ leadsPerDay: 40, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 }, SHORT);

/** Owners that the bank has agreed figures with, one in each mode, and one of whom nothing is known yet. */
export const OWNERS: readonly SandboxOwner[] = [
  {
    owner: 'harbour-holding',
    name: 'Harbour Holding',
    terms: AGREED,
    partner: { id: 'harbour-loans', name: 'Harbour Loans', agents: ['agent-1', 'agent-2'] },
  },
  {
    owner: 'quay-group',
    name: 'Quay Group',
    terms: SHORT,
    partner: { id: 'quay-direct', name: 'Quay Direct', agents: ['agent-1'] },
  },
  {
    owner: 'lighthouse-group',
    name: 'Lighthouse Group',
    terms: { ...AGREED, mode: 'proof' },
    partner: { id: 'lighthouse-credit', name: 'Lighthouse Credit', agents: ['agent-1'] },
  },
  {
    owner: 'ferry-holding',
    name: 'Ferry Holding',
    terms: { ...AGREED, mode: 'consent' },
    partner: { id: 'ferry-finance', name: 'Ferry Finance', agents: ['agent-1'] },
  },
  {
    owner: 'breakwater-group',
    name: 'Breakwater Group',
    terms: { ...AGREED, mode: 'blind' },
    partner: { id: 'breakwater-savings', name: 'Breakwater Savings', agents: ['agent-1'] },
  },
];

/** Everybody who may come in. A partner's client is called like the partner. */
export const CLIENTS: readonly ClientIdentity[] = [
  ...ANALYSTS.map((clientId): ClientIdentity => ({ clientId, role: 'analyst' })),
  { clientId: 'auditor', role: 'auditor' },
  { clientId: 'bank-feed', role: 'bank-feed' },
  { clientId: 'bank-identity', role: 'bank-identity' },
  { clientId: 'bank-messages', role: 'bank-messages' },
  { clientId: 'bank-surveillance', role: 'bank-surveillance' },
  { clientId: 'bank-canaries', role: 'bank-canaries' },
  { clientId: 'operator', role: 'operator' },
  ...OWNERS.map(({ owner, partner }): ClientIdentity => ({ clientId: partner.id, role: 'partner', partnerId: partner.id, ownerId: owner })),
];

/**
 * Persons of the register whom no honest partner can have. The scanner of the demo walks past the first of the staff; a lock would
 * show in what it is answered, so who is locked is further out, and who is deceased is nobody's customer.
 */
export const CANARIES: readonly SandboxCanary[] = [
  { index: 503, kind: 'staff' },
  { index: 4_100, kind: 'staff' },
  { index: 4_200, kind: 'locked' },
  { index: 900_001, kind: 'deceased' },
  { index: 900_002, kind: 'deceased' },
];

/** What all partners have signed. */
export const AGREEMENT = {
  version: 'sandbox-1',
  text: 'Sandbox agreement. The partner opens a lead for an applicant who is in front of it, for the purpose that it names, and follows it up.\n',
} as const;
