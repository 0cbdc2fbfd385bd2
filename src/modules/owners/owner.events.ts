import type { Fact } from '../../event-sourcing/message.js';
import type { KeptReason } from '../persons/reason.js';
import type { DayCounts } from './agent-limits.js';
import type { DisclosureMode, Terms } from './terms.js';

export type { DisclosureMode, Terms } from './terms.js';

/** Answer of a check. `no` means "not confirmed". */
export type Answer = 'yes' | 'no';

/** How a lead ends, as its owner's ledger knows it. */
export type Resolution = 'existing' | 'withdrawn' | 'lapsed';

/** `restores`: how often the log had been restored from a backup before; 0 unless given. */
export type OwnerRegistered = Fact<'OwnerRegistered', { owner: string; name: string; restores?: number; at: string }>;

/** Why somebody of the bank changes an owner's terms. */
export const TERMS_REASONS = ['agreed', 'volume-changed', 'conversion-changed', 'trust-earned', 'suspected-misuse', 'other'] as const;
/** Why terms are what nobody has chosen for this owner alone: its first ones, the bank's policy, the monthly re-estimation, another owner's past. */
export const OWN_TERMS_REASONS = ['registration', 'policy', 'measured', 'owner-changed'] as const;
export type TermsReason = (typeof TERMS_REASONS)[number] | (typeof OWN_TERMS_REASONS)[number];

/** Terms that need a second person's signature before they hold. */
export type TermsProposed = Fact<
  'TermsProposed',
  { version: number; terms: Terms; proposedBy: string; policyVersion?: number; at: string } & KeptReason<TermsReason>
>;
export type TermsSet = Fact<
  'TermsSet',
  {
    version: number;
    terms: Terms;
    setBy: string;
    approvedBy?: string;
    policyVersion?: number;
    /** What the terms rest on, where the monthly re-estimation set them. */
    measured?: Measured;
    at: string;
  } & KeptReason<TermsReason>
>;

/** What became of the leads opened 45 to 135 days before a month: whole cohorts, counted in leads. */
export interface Measured {
  /** The month that they were measured for, `2025-03`. */
  readonly month: string;
  readonly leads: number;
  /** Settled conversions, each customer number once. */
  readonly converted: number;
  readonly existing: number;
  readonly acknowledged: number;
}

/**
 * Why the machine may not raise `perConversion` by itself. The acknowledged share is low where it is far below the pool's, and where
 * it explains the drop in conversions: then the leads may be diluted.
 */
export const REVIEW_REASONS = ['acknowledged-share-low', 'no-baseline', 'needs-two-people', 'terms-proposed'] as const;
export type ReviewReason = (typeof REVIEW_REASONS)[number];

/** The measured figures would raise `perConversion`, or stand against proposed terms: a human decides, on other evidence. */
export type TermsReviewAsked = Fact<
  'TermsReviewAsked',
  {
    month: string;
    reason: ReviewReason;
    /** Units a conversion, where there were conversions. */ wanted?: number;
    measured: Measured;
    at: string;
  }
>;

/** The ledger. Units are leads, with at most three decimals; every figure is what was really booked. */
/** `draw` counts the owner's draws from the probation pool from 1; 0 where the units came with agreed figures. */
export type InitialGranted = Fact<'InitialGranted', { units: number; draw: number; at: string }>;
export const GRANT_REASONS = ['campaign', 'season', 'growth', 'goodwill', 'log-restored', 'other'] as const;
export type GrantReason = (typeof GRANT_REASONS)[number];
export const GRANT_REVOCATION_REASONS = [
  'granted-by-mistake',
  'campaign-over',
  'complaints',
  'suspected-misuse',
  'log-restored',
  'other',
] as const;
export type GrantRevocationReason = (typeof GRANT_REVOCATION_REASONS)[number];
/** `entry` names what a human enters into the ledger, so that it is entered once; `asked` may be more than the ceiling left room for. */
export type AllowanceGranted = Fact<
  'AllowanceGranted',
  { entry: string; units: number; asked: number; grantedBy: string; at: string } & KeptReason<GrantReason>
>;
export type AllowanceRevoked = Fact<
  'AllowanceRevoked',
  { entry: string; units: number; revokedBy: string; at: string } & KeptReason<GrantRevocationReason>
>;
export type AllowanceAccrued = Fact<'AllowanceAccrued', { units: number; from: string; until: string }>;
/**
 * Units above the ceiling of stricter terms; counts as a revocation. With `restores`: the whole balance, because the log was
 * restored for that many-th time and it is not known what was spent since the backup; nothing is credited until a human grants.
 */
export type AllowanceForfeited = Fact<'AllowanceForfeited', { units: number; restores?: number; at: string }>;

/**
 * The commit point of opening a lead: one unit is spent. Everything that the lead's own stream will say about its opening
 * follows from this alone.
 */
export type LeadAdmitted = Fact<
  'LeadAdmitted',
  {
    leadId: string;
    leadStream: string;
    /** Place of the lead in its stream, from 1. */
    number: number;
    owner: string;
    partner: string;
    agent: string;
    purpose: string;
    personKey: string;
    /** The person in the other epochs that were live, if any was. */
    otherKeys?: readonly string[];
    mode: DisclosureMode;
    termsVersion: number;
    /** The answer of an earlier lead, which this one carries instead of a look-up. */
    carried?: Answer;
    /** Whom the carried yes was about: the bank tells its customer of this lead too. */
    carriedCustomerKey?: string;
    followUpBy: string;
    confirmWithin: string;
    settleAfter: string;
    answerReadableFor: string;
    at: string;
  }
>;
/** `admittedAt` here and below is when the lead was admitted, so that cohorts need no memory of single leads. */
/** `carried`: the lead came with an earlier one's answer, and says nothing new of whom its owner brings. */
export type LeadResolved = Fact<
  'LeadResolved',
  { leadId: string; partner: string; as: Resolution; admittedAt: string; carried?: true; at: string }
>;
/** What became of a created lead, shown and credited at a settlement. */
export type LeadSettled = Fact<
  'LeadSettled',
  {
    leadId: string;
    partner: string;
    as: 'converted' | 'declined';
    /** It had been converted, and was revoked before its settlement: shown as declined. */
    revoked?: true;
    /** Pseudonym of the customer number, where this is the first conversion with it for this owner. */
    customerKey?: string;
    credited: number;
    bonus: number;
    admittedAt: string;
    /** The settlement's own moment, which is what its partner sees: that at which its turn came would tell of the others before it. */
    settlesAt: string;
    at: string;
  }
>;
export type AcknowledgementCredited = Fact<
  'AcknowledgementCredited',
  { leadId: string; partner: string; credited: number; admittedAt: string; carried?: true; at: string }
>;
/** Takes back exactly what a lead had earned. */
export type CreditRevoked = Fact<'CreditRevoked', { leadId: string; partner: string; units: number; at: string }>;
export type ProbationLeft = Fact<'ProbationLeft', { owner: string; at: string }>;

export type PartnerRegistered = Fact<'PartnerRegistered', { partner: string; owner: string; name: string; at: string }>;
export type AgreementOffered = Fact<
  'AgreementOffered',
  { partner: string; version: string; purposes: readonly string[]; documentSha256: string; offeredBy: string; at: string }
>;
export type AgreementSigned = Fact<'AgreementSigned', { partner: string; version: string; signedBy: string; at: string }>;
export const SUSPENSION_REASONS = [
  'suspected-misuse',
  'leaked-list',
  'complaints',
  'insecure-systems',
  'breach-of-agreement',
  'other',
] as const;
export type SuspensionReason = (typeof SUSPENSION_REASONS)[number];
export const REINSTATEMENT_REASONS = ['cleared', 'remedied', 'suspended-by-mistake', 'other'] as const;
export type ReinstatementReason = (typeof REINSTATEMENT_REASONS)[number];
export const TERMINATION_REASONS = ['misuse', 'breach-of-agreement', 'agreement-ended', 'other'] as const;
export type TerminationReason = (typeof TERMINATION_REASONS)[number];
interface OnPartner {
  readonly partner: string;
  readonly by: string;
  readonly at: string;
}
export type PartnerSuspended = Fact<'PartnerSuspended', OnPartner & KeptReason<SuspensionReason>>;
export type PartnerReinstated = Fact<'PartnerReinstated', OnPartner & KeptReason<ReinstatementReason>>;
export type PartnerTerminated = Fact<'PartnerTerminated', OnPartner & KeptReason<TerminationReason>>;
export type AgentRegistered = Fact<'AgentRegistered', { partner: string; agent: string; at: string }>;
export type AgentRetired = Fact<'AgentRetired', { partner: string; agent: string; at: string }>;

/** Why a partner changes its owner, or two owners become one. */
export const OWNER_CHANGE_REASONS = [
  'acquisition',
  'merger',
  'reorganisation',
  'common-control-found',
  'registered-by-mistake',
  'other',
] as const;
export type OwnerChangeReason = (typeof OWNER_CHANGE_REASONS)[number];

/** The allowance of an owner whose past another one takes over, as it was then; it bounds what the other goes on with. */
interface Remainder {
  /** Units; may be negative. */
  readonly balance: number;
  /** Leads that the pace allowed. */
  readonly paceLeft: number;
  /** No lead that the past holds was admitted after it; ISO 8601. */
  readonly until: string;
}
/**
 * The partner opens no more leads under this owner: the commit point of its move to another. `move` counts the partner's
 * moves from 1. Without `by` it only follows its owner, which was merged meanwhile.
 */
export type PartnerLeft = Fact<
  'PartnerLeft',
  {
    partner: string;
    owner: string;
    to: string;
    move: number;
    by?: string;
    reason?: OwnerChangeReason;
    sealed?: string;
    at: string;
  } & Remainder
>;
/** The partner as it left its former owner, with what it had signed; from here on it opens leads under this one. */
export type PartnerReceived = Fact<
  'PartnerReceived',
  {
    partner: string;
    owner: string;
    from: string;
    move: number;
    name: string;
    standing: 'good' | 'suspended' | 'terminated';
    offered?: string;
    signed?: string;
    /** SHA-256 of each agreement that was ever offered, by version. */
    documents: Readonly<Record<string, string>>;
    agents: Readonly<Record<string, 'active' | 'retired'>>;
    /** What each agent has opened of late, so that a move gives it no new day. */
    leadsByDay?: Readonly<Record<string, DayCounts>>;
    at: string;
  }
>;
/** The owner admits and earns nothing any more: its partners and its past go to another one. */
export type OwnerMerged = Fact<
  'OwnerMerged',
  { owner: string; into: string; by: string; at: string } & Remainder & KeptReason<OwnerChangeReason>
>;
/**
 * The past of `from`, up to `until`, is this owner's past too: what was answered then, and which customer numbers earned.
 * `earlier` are owners whose past it was. It comes with a partner, by its so-many-th move, or with all that is left of `from`.
 */
export type OwnerInherited = Fact<
  'OwnerInherited',
  {
    owner: string;
    from: string;
    until: string;
    earlier: readonly { readonly owner: string; readonly until: string }[];
    merged?: true;
    partner?: string;
    move?: number;
    /** Working capital that the other owner had been given, in units: this one has been given no less. 0 unless given. */
    capitalGiven?: number;
    /** Leads that the pace allowed the other owner: no more is left of this one's. */
    paceLeft: number;
    at: string;
  }
>;

export type OwnerEvent =
  | OwnerRegistered
  | TermsProposed
  | TermsSet
  | TermsReviewAsked
  | InitialGranted
  | AllowanceGranted
  | AllowanceRevoked
  | AllowanceAccrued
  | AllowanceForfeited
  | LeadAdmitted
  | LeadResolved
  | LeadSettled
  | AcknowledgementCredited
  | CreditRevoked
  | ProbationLeft
  | PartnerRegistered
  | AgreementOffered
  | AgreementSigned
  | PartnerSuspended
  | PartnerReinstated
  | PartnerTerminated
  | AgentRegistered
  | AgentRetired
  | PartnerLeft
  | PartnerReceived
  | OwnerMerged
  | OwnerInherited;
