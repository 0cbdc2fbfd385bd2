import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import { kept, type KeptReason } from '../persons/reason.js';
import { admissionPolicies, type Sender, signingPolicies, standingPolicies } from './admission.policies.js';
import { excess, followUpBy, room } from './allowance.js';
import { accrued, booked, enter, type LedgerCommand, mayBegin, type Named } from './ledger.js';
import { move, type MoveCommand } from './move.js';
import type {
  Answer,
  LeadAdmitted,
  Measured,
  OwnerEvent,
  ReinstatementReason,
  Resolution,
  SuspensionReason,
  TerminationReason,
  TermsReason,
} from './owner.events.js';
import { evolve, type Owner, type OwnerState, type Partner, termsOf } from './owner.state.js';
import { reestimate } from './reestimation.js';
import { assertTerms, type DisclosureMode, isSameTerms, PER_CONVERSION_NEEDS_TWO, stricterMode, type Terms } from './terms.js';

/** What a lead's own stream says about the person's earlier leads with this owner, read to its end after the owner's. */
export interface LeadHistory {
  /** Number and id of the latest lead, 0 and '' if there is none. */
  readonly latest: number;
  readonly latestId: string;
  /** The latest lead lapsed, was withdrawn, or the person was a customer already: it does not wait for a settlement. */
  readonly latestEnded: boolean;
  readonly nextId: string;
  /** The answer that a new lead must carry. */
  readonly carried?: Answer;
  readonly carriedCustomerKey?: string;
  /** The lead on the person that an owner still has whose past is this owner's. */
  readonly held?: LeadAdmitted['data'];
}

export type AdmitLead = Named<
  'AdmitLead',
  {
    partner: string;
    agent: string;
    purpose: string;
    personKey: string;
    /** The person in the other live epochs. */
    otherKeys?: readonly string[];
    leadStream: string;
    history: LeadHistory;
    /** How often the log has been restored, as the gate's stream says. */
    restores: number;
    /** The bank has halted all answers. */
    halted: boolean;
  } & Sender
>;
export type OwnerCommand =
  | Named<'RegisterOwner', { owner: string; name: string; terms: Terms; by: string; policyVersion: number; restores?: number }>
  | Named<'SetTerms', { terms: Terms; by: string; policyVersion?: number } & KeptReason<TermsReason>>
  | Named<'TightenMode', { mode: DisclosureMode; by: string } & KeptReason<TermsReason>>
  | Named<'ApproveTerms', { version: number; by: string }>
  | Named<'ReestimateTerms', { measured: Measured }>
  | Named<'RegisterPartner', { partner: string; name: string }>
  | Named<'OfferAgreement', { partner: string; version: string; documentSha256: string; by: string }>
  | Named<'SignAgreement', { partner: string; version: string; by: string }>
  | Named<'SuspendPartner', { partner: string; by: string } & KeptReason<SuspensionReason>>
  | Named<'ReinstatePartner', { partner: string; by: string } & KeptReason<ReinstatementReason>>
  | Named<'TerminatePartner', { partner: string; by: string } & KeptReason<TerminationReason>>
  | Named<'RegisterAgent' | 'RetireAgent', { partner: string; agent: string }>
  | AdmitLead
  | Named<'ResolveLead', { leadId: string; as: Resolution }>
  | LedgerCommand
  | MoveCommand;

export function decide(state: OwnerState, command: OwnerCommand): readonly OwnerEvent[] {
  if (command.type === 'RegisterOwner') {
    if (state.status === 'registered') throw new DomainError('ALREADY_EXISTS', 'the owner is registered already');
    return registerOwner(command.data);
  }
  if (state.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
  return decideForOwner(state, command);
}

function decideForOwner(state: Owner, command: Exclude<OwnerCommand, { type: 'RegisterOwner' }>): readonly OwnerEvent[] {
  switch (command.type) {
    case 'SetTerms':
      return setTerms(state, command.data);
    case 'TightenMode':
      return tightenMode(state, command.data);
    case 'ApproveTerms':
      return approveTerms(state, command.data);
    case 'ReestimateTerms':
      return reestimateTerms(state, command.data);
    case 'RegisterPartner':
      if (state.partners.has(command.data.partner)) throw new DomainError('ALREADY_EXISTS', 'the partner is registered already');
      if (state.merged !== undefined) throw new DomainError('OWNER_MERGED', 'the owner was merged into another one');
      return [{ type: 'PartnerRegistered', data: { ...command.data, owner: state.owner } }];
    case 'OfferAgreement':
      return offerAgreement(state, command.data);
    case 'SignAgreement':
      return signAgreement(state, command.data);
    case 'SuspendPartner':
    case 'ReinstatePartner':
    case 'TerminatePartner':
      return changeStanding(state, command);
    case 'RegisterAgent':
      if (knownPartner(state, command.data.partner).agents.get(command.data.agent) === 'active') return [];
      return [{ type: 'AgentRegistered', data: command.data }];
    case 'RetireAgent':
      if (knownPartner(state, command.data.partner).agents.get(command.data.agent) !== 'active') return [];
      return [{ type: 'AgentRetired', data: command.data }];
    case 'AdmitLead':
      return admitLead(state, command.data);
    case 'ResolveLead': {
      const { leadId, as, at } = command.data;
      const lead = state.unresolved.get(leadId);
      if (lead === undefined) return [];
      const { partner, at: admittedAt, carried } = lead;
      return [{ type: 'LeadResolved', data: { leadId, partner, as, admittedAt, ...(carried && { carried: true }), at } }];
    }
    case 'GrantInitial':
    case 'GrantAllowance':
    case 'RevokeAllowance':
    case 'ForfeitAfterRestore':
    case 'SettleLead':
    case 'CreditAcknowledgement':
    case 'TakeBackCredit':
      return enter(state, command);
    case 'LeaveOwner':
    case 'MergeOwner':
    case 'InheritOwner':
    case 'ReceivePartner':
      return move(state, command);
  }
}

type Data<Type extends OwnerCommand['type']> = Extract<OwnerCommand, { type: Type }>['data'];

function registerOwner({ owner: id, name, terms, by, policyVersion, restores = 0, at }: Data<'RegisterOwner'>): readonly OwnerEvent[] {
  const registered: OwnerEvent = { type: 'OwnerRegistered', data: { owner: id, name, ...(restores > 0 ? { restores } : {}), at } };
  const state = evolve({ status: 'unknown' }, registered);
  if (state.status === 'unknown') throw new Error('a registered owner is known');
  return [registered, ...setTerms(state, { terms, reason: 'registration', by, policyVersion, at })];
}

function setTerms(state: Owner, { terms, by, policyVersion, at, ...why }: Data<'SetTerms'>): readonly OwnerEvent[] {
  assertTerms(terms);
  if (policyVersion !== undefined && policyVersion <= policyReached(state)) return [];
  const version = nextVersion(state);
  const raises = terms.perConversion > (state.terms?.perConversion ?? 0);
  if (terms.perConversion > PER_CONVERSION_NEEDS_TWO && raises) {
    if (policyVersion === undefined && isSameTerms(state.proposal?.terms, terms)) return [];
    return [{ type: 'TermsProposed', data: { version, terms, ...kept(why), proposedBy: by, ...ofPolicy(policyVersion), at } }];
  }
  if (policyVersion === undefined && state.proposal === undefined && isSameTerms(state.terms, terms)) return [];
  return inForce(state, { version, terms, ...kept(why), setBy: by, ...ofPolicy(policyVersion), at });
}

/** Of the terms in force the mode alone. Where it is as strict already nothing changes: neither do terms that are proposed. */
function tightenMode(state: Owner, { mode, by, at, ...why }: Data<'TightenMode'>): readonly OwnerEvent[] {
  const terms = termsOf(state);
  const stricter = stricterMode(terms.mode, mode);
  if (stricter === terms.mode) return [];
  return inForce(state, { version: nextVersion(state), terms: { ...terms, mode: stricter }, ...kept(why), setBy: by, at });
}

/** Terms that were proposed and are void by now had a version, too. */
function nextVersion({ termsVersion, proposal }: Owner): number {
  return Math.max(termsVersion, proposal?.version ?? 0) + 1;
}

function approveTerms(state: Owner, { version, by, at }: Data<'ApproveTerms'>): readonly OwnerEvent[] {
  const { proposal } = state;
  if (proposal === undefined && version === state.termsVersion) return [];
  if (proposal === undefined || proposal.version !== version) throw new DomainError('NOT_FOUND', 'no such terms are proposed');
  if (proposal.proposedBy === by) throw new DomainError('TERMS_INVALID', 'a second person has to sign');
  const { terms, proposedBy, policyVersion } = proposal;
  return inForce(state, { version, terms, ...kept(proposal), setBy: proposedBy, approvedBy: by, ...ofPolicy(policyVersion), at });
}

/** Version of the policy that the terms, or the proposed ones, hold already; −1 without any. 0 is no policy yet. */
function policyReached({ terms, policyVersion, proposal }: Owner): number {
  return Math.max(terms === undefined ? -1 : policyVersion, proposal?.policyVersion ?? -1);
}

function ofPolicy(policyVersion: number | undefined): { policyVersion?: number } {
  return policyVersion === undefined ? {} : { policyVersion };
}

/** Once a month; what the machine may not do by itself it asks a human about. */
function reestimateTerms(state: Owner, { measured, at }: Data<'ReestimateTerms'>): readonly OwnerEvent[] {
  const { terms, termsVersion, proposal, reestimatedFor, signedPerConversion } = state;
  const { month } = measured;
  if (terms === undefined || month <= reestimatedFor || state.merged !== undefined) return [];
  const found = reestimate(terms, measured, signedPerConversion);
  if (found.outcome === 'keep') return [];
  if (found.outcome === 'review' || proposal !== undefined) {
    const { reason, wanted } = found.outcome === 'review' ? found : { reason: 'terms-proposed' as const, wanted: found.perConversion };
    const data = { month, reason, ...(Number.isFinite(wanted) ? { wanted } : {}), measured, at };
    return [{ type: 'TermsReviewAsked', data }];
  }
  const changed = { ...terms, perConversion: found.perConversion };
  return inForce(state, { version: termsVersion + 1, terms: changed, reason: 'measured', setBy: 'process:reestimate', measured, at });
}

/** New terms hold from here: what accrued under the old ones is booked first, what lies above the new ceiling goes. */
function inForce(state: Owner, set: Extract<OwnerEvent, { type: 'TermsSet' }>['data']): readonly OwnerEvent[] {
  const { terms, at } = set;
  const before = accrued(state, at);
  const allowance = booked(state, before);
  const above = excess(allowance, terms);
  const begins = terms.figures !== undefined && allowance.initialGiven === 0 && mayBegin(state);
  const initial = begins ? Math.min(terms.initial, room(allowance, terms)) : 0;
  return [
    ...before,
    { type: 'TermsSet', data: set },
    ...(above > 0 ? [{ type: 'AllowanceForfeited', data: { units: above, at } } as const] : []),
    ...(initial > 0 ? [{ type: 'InitialGranted', data: { units: initial, draw: 0, at } } as const] : []),
  ];
}

/** A version is one document for ever: what a partner has signed must not come to mean something else. */
function offerAgreement(state: Owner, { partner, version, documentSha256, by, at }: Data<'OfferAgreement'>): readonly OwnerEvent[] {
  const { offered, documents } = knownPartner(state, partner);
  const document = documents.get(version);
  if (document !== undefined && document !== documentSha256) {
    throw new DomainError('ALREADY_EXISTS', 'this version was offered with another document');
  }
  if (offered === version) return [];
  const { purposes } = termsOf(state);
  return [{ type: 'AgreementOffered', data: { partner, version, purposes, documentSha256, offeredBy: by, at } }];
}

function signAgreement(state: Owner, { partner, version, by, at }: Data<'SignAgreement'>): readonly OwnerEvent[] {
  const { offered, signed } = knownPartner(state, partner);
  if (offered !== version) throw new DomainError('NOT_FOUND', 'no such agreement is offered');
  return signed === version ? [] : [{ type: 'AgreementSigned', data: { partner, version, signedBy: by, at } }];
}

function changeStanding(
  state: Owner,
  command: Extract<OwnerCommand, { type: 'SuspendPartner' | 'ReinstatePartner' | 'TerminatePartner' }>,
): readonly OwnerEvent[] {
  const { standing } = knownPartner(state, command.data.partner);
  if (standing === 'terminated') {
    if (command.type === 'TerminatePartner') return [];
    throw new DomainError('PARTNER_TERMINATED', 'a terminated partner stays so');
  }
  switch (command.type) {
    case 'SuspendPartner':
      return standing === 'suspended' ? [] : [{ type: 'PartnerSuspended', data: command.data }];
    case 'ReinstatePartner':
      return standing === 'good' ? [] : [{ type: 'PartnerReinstated', data: command.data }];
    case 'TerminatePartner':
      return [{ type: 'PartnerTerminated', data: command.data }];
  }
}

/** Silent for a lead that is open already for the same partner: it is the same lead, and free. */
function admitLead(state: Owner, data: Data<'AdmitLead'>): readonly OwnerEvent[] {
  const { partner: partnerId, agent, purpose, personKey, otherKeys = [], leadStream, history, restores, halted, at } = data;
  const partner = signingPartner(state, data);
  const current = currentLead(state, history);
  if (current !== undefined) {
    if (current.partner !== partnerId) throw new DomainError('LEAD_HELD', 'another partner of the same owner has this lead');
    answersMayLeave(halted, current.carried);
    return [];
  }
  const terms = termsOf(state);
  const now = Date.parse(at);
  for (const policy of admissionPolicies) policy({ owner: state, terms, partner, partnerId, agent, purpose, restores, now });
  answersMayLeave(halted, history.carried);
  const admitted: LeadAdmitted['data'] = {
    leadId: history.nextId,
    leadStream,
    number: history.latest + 1,
    owner: state.owner,
    partner: partnerId,
    agent,
    purpose,
    personKey,
    ...(otherKeys.length === 0 ? {} : { otherKeys }),
    mode: terms.mode,
    termsVersion: state.termsVersion,
    ...(history.carried === undefined ? {} : { carried: history.carried }),
    ...(history.carriedCustomerKey === undefined ? {} : { carriedCustomerKey: history.carriedCustomerKey }),
    followUpBy: followUpBy(terms, now),
    confirmWithin: terms.confirmWithin,
    settleAfter: terms.settleAfter,
    answerReadableFor: terms.answerReadableFor,
    at,
  };
  return [...accrued(state, at), { type: 'LeadAdmitted', data: admitted }];
}

/** A lead that carries an answer tells it as it is opened; the halt is for that answer, too. */
function answersMayLeave(halted: boolean, carried: Answer | undefined): void {
  if (halted && carried !== undefined) throw new DomainError('GATE_HALTED', 'the bank has halted all answers');
}

/**
 * The lead that this owner has for the person now: admitted and not yet opened, or open, or created and not yet settled.
 * Until its settlement a created lead is active, whatever has become of it (I6).
 */
export function currentLead(state: Owner, history: LeadHistory): LeadAdmitted['data'] | undefined {
  const pending = state.unresolved.get(history.nextId);
  if (pending !== undefined) return pending;
  return (history.latestEnded ? undefined : state.unresolved.get(history.latestId)) ?? history.held;
}

/** Who asks, and how they have shown that it is they. */
export type ByPartner = Sender & { readonly partner: string };

/**
 * The partner, if it may give commands at all.
 * @throws DomainError `PARTNER_NOT_FOUND`, `OWNER_CHANGING`, `PARTNER_SUSPENDED`, `PARTNER_TERMINATED`, `AGREEMENT_UNSIGNED`,
 * `TOKEN_UNBOUND`
 */
export function admissiblePartner(state: OwnerState, by: ByPartner): Partner {
  return satisfying(standingPolicies, state, by);
}

/**
 * The partner, if it may open, check and create.
 * @throws DomainError as `admissiblePartner`, and `SIGNATURE_REQUIRED`
 */
export function signingPartner(state: OwnerState, by: ByPartner): Partner {
  return satisfying(signingPolicies, state, by);
}

function satisfying(policies: typeof standingPolicies, state: OwnerState, by: ByPartner): Partner {
  if (state.status === 'unknown') throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
  const partner = knownPartner(state, by.partner);
  for (const policy of policies) policy({ partner, terms: state.terms, sender: by });
  return partner;
}

function knownPartner(state: Owner, id: string): Partner {
  const partner = state.partners.get(id);
  if (partner === undefined) throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
  // What was so when it left is what its new owner receives; nothing changes here any more.
  if (partner.left !== undefined) throw new DomainError('OWNER_CHANGING', 'the partner goes to another owner', 1);
  return partner;
}

/** The decider of `owner-<ownerId>`. */
export const owner: Decider<OwnerState, OwnerCommand, OwnerEvent> = {
  name: 'owner',
  version: 8,
  initial: () => ({ status: 'unknown' }),
  evolve,
  decide,
};
