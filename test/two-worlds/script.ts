import type { ConsentWord } from '../../src/modules/leads/lead.events.js';
import type { OwnerName, PartnerName } from './cast.js';

export type Mode = 'instant' | 'proof' | 'consent' | 'blind';

/** What is wrong with a request, on purpose. */
export type Flaw =
  | 'another-name'
  | 'another-birth-date'
  | 'another-person'
  | 'no-such-lead'
  | 'lead-of-another-owner'
  | 'lead-of-the-sibling'
  | 'unknown-agent'
  | 'unknown-purpose'
  | 'impossible-identifier'
  | 'unknown-member'
  | 'no-key'
  | 'wrong-token'
  /** Of the mode's demands. */
  | 'wrong-secret'
  | 'no-secret'
  | 'wrong-code'
  | 'no-code';

export type Verb =
  | 'open'
  | 'consent'
  | 'check'
  | 'create'
  | 'withdraw'
  | 'leads'
  | 'lead'
  | 'customers'
  | 'customer'
  | 'allowance'
  | 'usage';

/** A partner's request. What it needs to know (ids of leads, customers) it has from what it was answered before. */
export interface Ask {
  /** Unique in its script. */
  readonly id: string;
  readonly partner: PartnerName;
  readonly verb: Verb;
  readonly person: number;
  readonly flaw?: Flaw;
  /** Sends the request of this id once more, key and all; `changed` with another body. */
  readonly again?: { readonly of: string; readonly changed: boolean };
  /** Of a list. */
  readonly query?: string;
  /** The client gives no correlation id of its own. */
  readonly anonymous: boolean;
}

/** What an applicant did at the bank about a create of theirs. */
export interface Act {
  readonly partner: PartnerName;
  readonly person: number;
  readonly outcome: 'proved' | 'turned-down';
  /** Milliseconds after the act at which the bank tells of it, in one world and in the other. */
  readonly toldAfter: readonly [number, number];
  /** Milliseconds after the act at which the bank takes its word back. */
  readonly revokedAfter?: number;
}

export type Happening =
  /** One after the other, each as soon as the one before is answered. */
  | { readonly kind: 'asks'; readonly asks: readonly Ask[] }
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'acknowledges'; readonly partner: PartnerName; readonly person: number }
  /** The applicant's word on their page. */
  | { readonly kind: 'says'; readonly partner: PartnerName; readonly person: number; readonly word: ConsentWord }
  | { readonly kind: 'locks'; readonly person: number; readonly locked: boolean }
  | { readonly kind: 'canary'; readonly person: number; readonly isCanary: boolean }
  | { readonly kind: 'terms'; readonly owner: string; readonly mode: Mode }
  /** In one of the two worlds only: see the differences. */
  | { readonly kind: 'only'; readonly world: 0 | 1; readonly happening: Happening };

export interface Moment {
  /** Milliseconds since the script began. */
  readonly at: number;
  readonly happening: Happening;
}

/** What two worlds have different about the one person. */
export const DIFFERENCES = [
  'customer or not',
  'customer or another in their place',
  'locked or not',
  'locked on the way or not',
  'a canary or not',
  'a canary on the way or not',
  'another name on file or no customer',
  'the secret on file or another',
  'the contact on file or another',
  'known to another owner or not',
  'won by another owner or not',
  "a lead of others' or none",
] as const;
export type Difference = (typeof DIFFERENCES)[number];

const BY_OTHERS: readonly Difference[] = ['known to another owner or not', 'won by another owner or not'];

/** Owners whose own doings are the same in both worlds. */
export function watched(difference: Difference): readonly OwnerName[] {
  return BY_OTHERS.includes(difference) ? ['acme'] : ['acme', 'bolt'];
}

/** Whether who names a lead of others' names one that there is: where others do not do the same, what is asked would not be the same either. */
export function namesOthersLeads(difference: Difference, world: 0 | 1): boolean {
  return difference === "a lead of others' or none" ? world === 1 : !BY_OTHERS.includes(difference);
}

export interface Script {
  readonly seed: number;
  readonly difference: Difference;
  /** Of both owners at the beginning. */
  readonly mode: Mode;
  readonly moments: readonly Moment[];
}
