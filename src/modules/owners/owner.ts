import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import { admissionPolicies, standingPolicies } from './admission.policies.js';
import { accrual, earningOf, excess, followUpBy, room, thousandths, type Allowance } from './allowance.js';
import type { Answer, LeadAdmitted, Measured, OwnerEvent, Resolution } from './owner.events.js';
import { evolve, type Entry, type Owner, type OwnerState, type Partner } from './owner.state.js';
import { reestimate } from './reestimation.js';
import { assertTerms, isSameTerms, PER_CONVERSION_NEEDS_TWO, PROBATION_CONVERSIONS, type Terms } from './terms.js';

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
}

interface At {
  /** ISO 8601: the time of the decision. */
  readonly at: string;
}
type Named<Type extends string, Data> = Type extends string ? { readonly type: Type; readonly data: Data & At } : never;

export type AdmitLead = Named<
  'AdmitLead',
  {
    partner: string;
    agent: string;
    purpose: string;
    personKey: string;
    leadStream: string;
    history: LeadHistory;
    /** How often the log has been restored, as the gate's stream says. */
    restores: number;
    /** The bank has halted all answers. */
    halted: boolean;
  }
>;
export type OwnerCommand =
  | Named<'RegisterOwner', { owner: string; name: string; terms: Terms; by: string; policyVersion: number; restores?: number }>
  | Named<'SetTerms', { terms: Terms; reason: string; by: string; policyVersion?: number }>
  | Named<'ApproveTerms', { version: number; by: string }>
  | Named<'ReestimateTerms', { measured: Measured }>
  | Named<'GrantInitial', { units: number; draw: number }>
  | Named<'GrantAllowance' | 'RevokeAllowance', { entry: string; units: number; reason: string; by: string }>
  | Named<'ForfeitAfterRestore', { restores: number }>
  | Named<'RegisterPartner', { partner: string; name: string }>
  | Named<'OfferAgreement', { partner: string; version: string; documentSha256: string; by: string }>
  | Named<'SignAgreement', { partner: string; version: string; by: string }>
  | Named<'SuspendPartner' | 'ReinstatePartner' | 'TerminatePartner', { partner: string; reason: string; by: string }>
  | Named<'RegisterAgent' | 'RetireAgent', { partner: string; agent: string }>
  | AdmitLead
  | Named<'ResolveLead', { leadId: string; as: Resolution }>
  | Named<'SettleLead', { leadId: string; as: 'converted' | 'declined'; settlesAt: string; revoked: boolean; customerKey?: string }>
  | Named<'CreditAcknowledgement', { leadId: string; partner: string; admittedAt: string }>
  | Named<'TakeBackCredit', { leadId: string; partner: string }>;

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
    case 'ApproveTerms':
      return approveTerms(state, command.data);
    case 'ReestimateTerms':
      return reestimateTerms(state, command.data);
    case 'GrantInitial':
      return grantInitial(state, command.data);
    case 'GrantAllowance':
      return grantAllowance(state, command.data);
    case 'RevokeAllowance':
      return revokeAllowance(state, command.data);
    case 'ForfeitAfterRestore': {
      const { restores, at } = command.data;
      if (restores <= state.restores) return [];
      return [{ type: 'AllowanceForfeited', data: { units: Math.max(0, state.allowance.balance), restores, at } }];
    }
    case 'RegisterPartner':
      if (state.partners.has(command.data.partner)) throw new DomainError('ALREADY_EXISTS', 'the partner is registered already');
      return [{ type: 'PartnerRegistered', data: { ...command.data, owner: state.owner } }];
    case 'OfferAgreement':
      return offerAgreement(state, command.data);
    case 'SignAgreement':
      return signAgreement(state, command.data);
    case 'SuspendPartner':
    case 'ReinstatePartner':
    case 'TerminatePartner':
      return changeStanding(state, command.type, command.data);
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
      return lead === undefined ? [] : [{ type: 'LeadResolved', data: { leadId, partner: lead.partner, as, admittedAt: lead.at, at } }];
    }
    case 'SettleLead':
      return settleLead(state, command.data);
    case 'CreditAcknowledgement':
      return creditAcknowledgement(state, command.data);
    case 'TakeBackCredit':
      return takeBackCredit(state, command.data);
  }
}

type Data<Type extends OwnerCommand['type']> = Extract<OwnerCommand, { type: Type }>['data'];

function registerOwner({ owner: id, name, terms, by, policyVersion, restores = 0, at }: Data<'RegisterOwner'>): readonly OwnerEvent[] {
  const registered: OwnerEvent = { type: 'OwnerRegistered', data: { owner: id, name, ...(restores > 0 ? { restores } : {}), at } };
  const state = evolve({ status: 'unknown' }, registered);
  if (state.status === 'unknown') throw new Error('a registered owner is known');
  return [registered, ...setTerms(state, { terms, reason: 'registration', by, policyVersion, at })];
}

function setTerms(state: Owner, { terms, reason, by, policyVersion, at }: Data<'SetTerms'>): readonly OwnerEvent[] {
  assertTerms(terms);
  if (policyVersion !== undefined && policyVersion <= policyReached(state)) return [];
  const version = Math.max(state.termsVersion, state.proposal?.version ?? 0) + 1;
  const raises = terms.perConversion > (state.terms?.perConversion ?? 0);
  if (terms.perConversion > PER_CONVERSION_NEEDS_TWO && raises) {
    if (policyVersion === undefined && isSameTerms(state.proposal?.terms, terms)) return [];
    return [{ type: 'TermsProposed', data: { version, terms, reason, proposedBy: by, ...ofPolicy(policyVersion), at } }];
  }
  if (policyVersion === undefined && state.proposal === undefined && isSameTerms(state.terms, terms)) return [];
  return inForce(state, { version, terms, reason, setBy: by, ...ofPolicy(policyVersion), at });
}

function approveTerms(state: Owner, { version, by, at }: Data<'ApproveTerms'>): readonly OwnerEvent[] {
  const { proposal } = state;
  if (proposal === undefined && version === state.termsVersion) return [];
  if (proposal === undefined || proposal.version !== version) throw new DomainError('NOT_FOUND', 'no such terms are proposed');
  if (proposal.proposedBy === by) throw new DomainError('TERMS_INVALID', 'a second person has to sign');
  const { terms, reason, proposedBy, policyVersion } = proposal;
  return inForce(state, { version, terms, reason, setBy: proposedBy, approvedBy: by, ...ofPolicy(policyVersion), at });
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
  const { terms, termsVersion, proposal, reestimatedFor } = state;
  const { month } = measured;
  if (terms === undefined || month <= reestimatedFor) return [];
  const found = reestimate(terms, measured);
  if (found.outcome === 'keep') return [];
  if (found.outcome === 'review' || proposal !== undefined) {
    const { reason, wanted } = found.outcome === 'review' ? found : { reason: 'terms-proposed' as const, wanted: found.perConversion };
    const data = { month, reason, ...(Number.isFinite(wanted) ? { wanted } : {}), measured, at };
    return [{ type: 'TermsReviewAsked', data }];
  }
  const changed = { ...terms, perConversion: found.perConversion };
  const reason = 'measured on the leads opened 45 to 135 days before the month';
  return inForce(state, { version: termsVersion + 1, terms: changed, reason, setBy: 'process:reestimate', measured, at });
}

/** New terms hold from here: what accrued under the old ones is booked first, what lies above the new ceiling goes. */
function inForce(state: Owner, set: Extract<OwnerEvent, { type: 'TermsSet' }>['data']): readonly OwnerEvent[] {
  const { terms, at } = set;
  const before = accrued(state, at);
  const allowance = booked(state, before);
  const above = excess(allowance, terms);
  const initial = terms.figures !== undefined && allowance.initialGiven === 0 ? Math.min(terms.initial, room(allowance, terms)) : 0;
  return [
    ...before,
    { type: 'TermsSet', data: set },
    ...(above > 0 ? [{ type: 'AllowanceForfeited', data: { units: above, at } } as const] : []),
    ...(initial > 0 ? [{ type: 'InitialGranted', data: { units: initial, draw: 0, at } } as const] : []),
  ];
}

function grantInitial(state: Owner, { units, draw, at }: Data<'GrantInitial'>): readonly OwnerEvent[] {
  const terms = termsOf(state);
  if (draw <= state.drawsGranted) return [];
  const before = accrued(state, at);
  const initialLeft = Math.max(0, thousandths(terms.initial - state.allowance.initialGiven));
  const granted = Math.min(units, initialLeft, room(booked(state, before), terms));
  return [...before, { type: 'InitialGranted', data: { units: granted, draw, at } }];
}

function grantAllowance(state: Owner, { entry, units, reason, by, at }: Data<'GrantAllowance'>): readonly OwnerEvent[] {
  const asked = positive(units);
  if (isEntered(state, entry, { kind: 'grant', units: asked })) return [];
  const before = accrued(state, at);
  // It is the grant that a restored ledger waits for.
  const granted = Math.min(asked, room({ ...booked(state, before), awaitsGrant: false }, termsOf(state)));
  return [...before, { type: 'AllowanceGranted', data: { entry, units: granted, asked, reason, grantedBy: by, at } }];
}

function revokeAllowance(state: Owner, { entry, units, reason, by, at }: Data<'RevokeAllowance'>): readonly OwnerEvent[] {
  const asked = positive(units);
  if (isEntered(state, entry, { kind: 'revocation', units: asked })) return [];
  return [...accrued(state, at), { type: 'AllowanceRevoked', data: { entry, units: asked, reason, revokedBy: by, at } }];
}

/**
 * What a human enters counts once, however often and in however many requests it comes (R15).
 * @throws DomainError `ALREADY_EXISTS` when the id stands for something else
 */
function isEntered(state: Owner, id: string, { kind, units }: Entry): boolean {
  const known = state.entries.get(id);
  if (known === undefined) return false;
  if (known.kind !== kind || known.units !== units) throw new DomainError('ALREADY_EXISTS', 'the entry is in the ledger, and differs');
  return true;
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
  type: 'SuspendPartner' | 'ReinstatePartner' | 'TerminatePartner',
  data: Data<'SuspendPartner'>,
): readonly OwnerEvent[] {
  const { standing } = knownPartner(state, data.partner);
  if (standing === 'terminated') {
    if (type === 'TerminatePartner') return [];
    throw new DomainError('PARTNER_TERMINATED', 'a terminated partner stays so');
  }
  switch (type) {
    case 'SuspendPartner':
      return standing === 'suspended' ? [] : [{ type: 'PartnerSuspended', data }];
    case 'ReinstatePartner':
      return standing === 'good' ? [] : [{ type: 'PartnerReinstated', data }];
    case 'TerminatePartner':
      return [{ type: 'PartnerTerminated', data }];
  }
}

/** Silent for a lead that is open already for the same partner: it is the same lead, and free. */
function admitLead(state: Owner, data: Data<'AdmitLead'>): readonly OwnerEvent[] {
  const { partner: partnerId, agent, purpose, personKey, leadStream, history, restores, halted, at } = data;
  const partner = admissiblePartner(state, partnerId);
  const current = currentLead(state, history);
  if (current !== undefined) {
    if (current.partner !== partnerId) throw new DomainError('LEAD_HELD', 'another partner of the same owner has this lead');
    answersMayLeave(halted, current.carried);
    return [];
  }
  const terms = termsOf(state);
  const now = Date.parse(at);
  for (const policy of admissionPolicies) policy({ owner: state, terms, partner, agent, purpose, restores, now });
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
  return history.latestEnded ? undefined : state.unresolved.get(history.latestId);
}

/**
 * The partner, if it may give commands at all.
 * @throws DomainError `PARTNER_NOT_FOUND`, `PARTNER_SUSPENDED`, `PARTNER_TERMINATED`, `AGREEMENT_UNSIGNED`
 */
export function admissiblePartner(state: OwnerState, partnerId: string): Partner {
  if (state.status === 'unknown') throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
  const partner = knownPartner(state, partnerId);
  for (const policy of standingPolicies) policy({ partner });
  return partner;
}

/**
 * A conversion earns once per customer number. One that the settlement already sees revoked earns nothing, and spends its
 * number all the same: a revoked number does not earn again for this owner.
 */
function settleLead(state: Owner, { leadId, as, settlesAt, revoked, customerKey, at }: Data<'SettleLead'>): readonly OwnerEvent[] {
  const lead = state.unresolved.get(leadId);
  if (lead === undefined || at < settlesAt) return [];
  const before = accrued(state, at);
  const first = as === 'converted' && customerKey !== undefined && !state.earnedBy.has(customerKey);
  const earns = first && !revoked;
  const { credited, bonus } = earns ? earningOf(booked(state, before), termsOf(state)) : { credited: 0, bonus: 0 };
  return [
    ...before,
    {
      type: 'LeadSettled',
      data: {
        leadId,
        partner: lead.partner,
        as: revoked ? 'declined' : as,
        ...(revoked ? { revoked } : {}),
        ...(first ? { customerKey } : {}),
        credited,
        bonus,
        admittedAt: lead.at,
        settlesAt,
        at,
      },
    },
    ...(earns && state.onProbation && state.allowance.settledConversions + 1 >= PROBATION_CONVERSIONS
      ? [{ type: 'ProbationLeft', data: { owner: state.owner, at } } as const]
      : []),
  ];
}

function creditAcknowledgement(state: Owner, { leadId, partner, admittedAt, at }: Data<'CreditAcknowledgement'>): readonly OwnerEvent[] {
  if (state.earned.has(leadId)) return [];
  const before = accrued(state, at);
  const credited = Math.min(1, room(booked(state, before), termsOf(state)));
  return [...before, { type: 'AcknowledgementCredited', data: { leadId, partner, credited, admittedAt, at } }];
}

/** Exactly what the lead had earned; silent while its settlement is still to come, which may not credit it at all. */
function takeBackCredit(state: Owner, { leadId, partner, at }: Data<'TakeBackCredit'>): readonly OwnerEvent[] {
  const units = state.earned.get(leadId);
  if (state.unresolved.has(leadId) || units === 0) return [];
  return [...accrued(state, at), { type: 'CreditRevoked', data: { leadId, partner, units: units ?? 0, at } }];
}

function accrued(state: Owner, at: string): readonly Extract<OwnerEvent, { type: 'AllowanceAccrued' }>[] {
  if (state.terms === undefined || state.terms.perDay === 0) return [];
  const { units, until } = accrual(state.allowance, state.terms, Date.parse(at));
  if (units <= 0) return [];
  const from = new Date(state.allowance.accruedUntil).toISOString();
  return [{ type: 'AllowanceAccrued', data: { units, from, until: new Date(until).toISOString() } }];
}

/** The allowance as it is once what accrued has been booked. */
function booked({ allowance }: Owner, accruals: ReturnType<typeof accrued>): Allowance {
  return accruals.reduce((before, { data }) => ({ ...before, balance: thousandths(before.balance + data.units) }), allowance);
}

export function termsOf(state: Owner): Terms {
  if (state.terms === undefined) throw new DomainError('TERMS_INVALID', 'the owner has no terms yet');
  return state.terms;
}

function knownPartner(state: Owner, id: string): Partner {
  const partner = state.partners.get(id);
  if (partner === undefined) throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
  return partner;
}

function positive(units: number): number {
  if (!(units > 0) || units > 1e9) throw new DomainError('TERMS_INVALID', 'units are a positive number');
  return thousandths(units);
}

/** The decider of `owner-<ownerId>`. */
export const owner: Decider<OwnerState, OwnerCommand, OwnerEvent> = {
  name: 'owner',
  version: 3,
  initial: () => ({ status: 'unknown' }),
  evolve,
  decide,
};
