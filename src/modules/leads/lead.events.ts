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
    at: string;
  }
>;
/** The answer was yes: the lead ends. `customerKey` lets the bank tell its customer who asked; no partner ever sees it. */
export type LeadEndedExisting = Fact<
  'LeadEndedExisting',
  { leadId: string; owner: string; partner: string; agent: string; purpose: string; customerKey?: string; at: string }
>;
/** Why a lead is withdrawn, in words that name nobody (I11). */
export const WITHDRAWAL_REASONS = ['lost-interest', 'unreachable', 'not-eligible', 'went-elsewhere', 'opened-by-mistake', 'other'] as const;
export type WithdrawalReason = (typeof WITHDRAWAL_REASONS)[number];
/** `sealed` holds what the partner adds in its own words, encrypted under the person's own key: people type names. */
export type LeadWithdrawn = Fact<
  'LeadWithdrawn',
  { leadId: string; owner: string; partner: string; at: string } & KeptReason<WithdrawalReason>
>;
export type LeadLapsed = Fact<'LeadLapsed', { leadId: string; owner: string; partner: string; deadline: string; at: string }>;

/** The follow-up. `sealed` holds the person's data, encrypted under the person's own key. */
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
/** `sealed`, as with a withdrawal, under the person's own key. */
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
  { leadId: string; owner: string; partner: string; /** Of the lead. */ admittedAt: string; at: string }
>;

export type LeadEvent =
  | LeadOpened
  | MembershipAnswered
  | LeadEndedExisting
  | LeadWithdrawn
  | LeadLapsed
  | CustomerSubmitted
  | LeadConverted
  | LeadDeclined
  | ConversionRevoked
  | CustomerLinked
  | ExistingAcknowledged;
