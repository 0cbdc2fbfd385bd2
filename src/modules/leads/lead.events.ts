import type { Fact } from '../../event-sourcing/message.js';
import type { KeptReason } from '../persons/reason.js';
import type { Answer, DisclosureMode, LeadAdmitted } from '../owners/owner.events.js';
import type { Settling } from './settlement.events.js';

/** A function of `LeadAdmitted` alone, so that whoever finishes an admission writes the same. */
export type LeadOpened = Fact<'LeadOpened', LeadAdmitted['data']>;
export type MembershipAnswered = Fact<
  'MembershipAnswered',
  {
    leadId: string;
    owner: string;
    partner: string;
    agent: string;
    purpose: string;
    answer: Answer;
    mode: DisclosureMode;
    termsVersion: number;
    /** Keyed hash of the secret that was brought, so that the same one is not tried twice. */
    tried?: string;
    at: string;
  }
>;
/** In `proof` and `consent`: another secret, or another contact, did not confirm the person either. The `no` stands. */
export type AnswerUpheld = Fact<'AnswerUpheld', Omit<MembershipAnswered['data'], 'answer'>>;
/** In `proof` and `consent` an answer changes once at most, from `no` to `yes` (I1). */
export type AnswerChanged = Fact<'AnswerChanged', MembershipAnswered['data'] & { answer: 'yes' }>;
/** The answer was yes: the lead ends. `customerKey` lets the bank tell its customer who asked; no partner ever sees it. */
export type LeadEndedExisting = Fact<
  'LeadEndedExisting',
  { leadId: string; owner: string; partner: string; agent: string; purpose: string; customerKey?: string; at: string }
>;
/** Why a lead is withdrawn, in words that name nobody (I11). */
export const WITHDRAWAL_REASONS = ['lost-interest', 'unreachable', 'not-eligible', 'went-elsewhere', 'opened-by-mistake', 'other'] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];
/** `sealed` holds what the partner adds in its own words, encrypted under the key of this owner and person: people type names. */
export type LeadWithdrawn = Fact<
  'LeadWithdrawn',
  { leadId: string; owner: string; partner: string; at: string } & KeptReason<WithdrawalReason>
>;
export type LeadLapsed = Fact<'LeadLapsed', { leadId: string; owner: string; partner: string; deadline: string; at: string }>;

/** The follow-up. `sealed` holds the person's data, encrypted under the key of this owner and person. */
export type CustomerSubmitted = Fact<
  'CustomerSubmitted',
  {
    leadId: string;
    owner: string;
    partner: string;
    agent: string;
    purpose: string;
    customerId: string;
    personKeys: readonly string[];
    /** One for each of `personKeys`. */
    corroborations: readonly string[];
    sealed: string;
    confirmBy: string;
    /** How long after that the bank may still tell of an act before it. */
    settleAfter: string;
    at: string;
  }
>;
/** The applicant has proved their identity to the bank. Shown to the partner only by the settlement. */
export type LeadConverted = Fact<
  'LeadConverted',
  {
    leadId: string;
    owner: string;
    partner: string;
    customerId: string;
    customerKey: string;
    personKeys: readonly string[];
    corroborations: readonly string[];
    sealed: string;
    /** When the applicant acted. */
    actedAt: string;
    /** Which settlement will show and credit it. */
    settles: Settling;
    /** The bank told of the act later than `settleAfter`, which it owes not to: its settlement can be told apart. */
    toldLate: boolean;
    at: string;
  }
>;
export type LeadDeclined = Fact<
  'LeadDeclined',
  {
    leadId: string;
    owner: string;
    partner: string;
    customerId: string;
    reason: 'not-proved' | 'turned-down';
    settles: Settling;
    at: string;
  }
>;
/** Why the bank revokes a confirmation. */
export const CONVERSION_REVOCATION_REASONS = ['forged-papers', 'stolen-identity', 'wrong-person', 'confirmed-by-mistake', 'other'] as const;
export type ConversionRevocationReason = (typeof CONVERSION_REVOCATION_REASONS)[number];
/** `sealed`, as with a withdrawal. */
export type ConversionRevoked = Fact<
  'ConversionRevoked',
  {
    leadId: string;
    owner: string;
    partner: string;
    customerKey: string;
    settles: Settling;
    at: string;
  } & KeptReason<ConversionRevocationReason>
>;
/** The customer number was known already: this lead's customer is that one. */
export type CustomerLinked = Fact<
  'CustomerLinked',
  { leadId: string; owner: string; partner: string; customerKey: string; claimedByLead: string; at: string }
>;
export type ExistingAcknowledged = Fact<
  'ExistingAcknowledged',
  { leadId: string; owner: string; partner: string; /** Of the lead. */ admittedAt: string; carried?: true; at: string }
>;

/** What the applicant says on being asked: whether the partner may be told, or that they never spoke to it. */
export const CONSENT_WORDS = ['given', 'refused', 'denied'] as const;
export type ConsentWord = (typeof CONSENT_WORDS)[number];
/**
 * The partner asked for the applicant's consent at a contact of its choice. `sealed` holds the contact, under the person's own
 * key. A code that was `dropped` is sent to nobody: the contact has had too many.
 */
export type ConsentAsked = Fact<
  'ConsentAsked',
  {
    leadId: string;
    owner: string;
    partner: string;
    agent: string;
    purpose: string;
    /** Of the lead's requests for consent, from 1. */
    ask: number;
    personKey: string;
    /** As the lead has them. */
    otherKeys?: readonly string[];
    contactKey: string;
    sealed: string;
    dropped: boolean;
    expiresAt: string;
    at: string;
  }
>;
/** The applicant's word, on the page that the message links to, or by the code that they read out to the partner. */
export type ConsentAnswered = Fact<
  'ConsentAnswered',
  { leadId: string; owner: string; partner: string; agent: string; ask: number; word: ConsentWord; by: 'page' | 'code'; at: string }
>;
/** The partner brought another code than the one that was sent. */
export type ConsentCodeMissed = Fact<
  'ConsentCodeMissed',
  { leadId: string; owner: string; partner: string; agent: string; ask: number; at: string }
>;
export const DENIAL_CHANNELS = ['consent-page', 'message-link', 'bank'] as const;
export type DenialChannel = (typeof DENIAL_CHANNELS)[number];
/** "I never spoke to them." No partner ever sees it: it may come from the customer's own contact. */
export type LeadDenied = Fact<
  'LeadDenied',
  { leadId: string; owner: string; partner: string; agent: string; through: DenialChannel; at: string }
>;

export type LeadEvent =
  | LeadOpened
  | MembershipAnswered
  | AnswerUpheld
  | AnswerChanged
  | ConsentAsked
  | ConsentAnswered
  | ConsentCodeMissed
  | LeadDenied
  | LeadEndedExisting
  | LeadWithdrawn
  | LeadLapsed
  | CustomerSubmitted
  | LeadConverted
  | LeadDeclined
  | ConversionRevoked
  | CustomerLinked
  | ExistingAcknowledged;
