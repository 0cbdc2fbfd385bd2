import { DomainError } from '../../event-sourcing/decider.js';
import { counted, type DayCounts, leadsOn, localTime } from './agent-limits.js';
import {
  type Allowance,
  book,
  emptyAllowance,
  grant,
  inheritCapital,
  paceDepth,
  paceLeft,
  revoke,
  room,
  thousandths,
  undoGrant,
} from './allowance.js';
import type {
  AllowanceGranted,
  AllowanceRevoked,
  LeadAdmitted,
  OwnerEvent,
  OwnerInherited,
  OwnerMerged,
  OwnerRegistered,
  PartnerReceived,
  TermsProposed,
} from './owner.events.js';
import { signedAfter, type Terms } from './terms.js';

/** Everything that admission needs, and the ledger: the state of one owner's stream. */
export interface Owner {
  readonly status: 'registered';
  readonly owner: string;
  readonly name: string;
  terms: Terms | undefined;
  termsVersion: number;
  policyVersion: number;
  /** Restores of the log that the ledger has answered with a forfeiture. */
  restores: number;
  proposal: TermsProposed['data'] | undefined;
  /** `perConversion` as a human set it last; the machine may have changed it since. */
  signedPerConversion: number;
  /** The last month that the terms were re-estimated for; '' before the first. */
  reestimatedFor: string;
  readonly allowance: Allowance;
  /** Draws from the probation pool that have been booked. */
  drawsGranted: number;
  onProbation: boolean;
  readonly partners: Map<string, Partner>;
  /** Leads that still count: admitted, and neither resolved nor settled. By lead id. */
  readonly unresolved: Map<string, LeadAdmitted['data']>;
  /** What each lead has earned, 0 once it was taken back. By lead id. */
  readonly earned: Map<string, number>;
  /** Customer numbers (pseudonyms) that have earned for this owner, each once; with when the lead was admitted, epoch ms. */
  readonly earnedBy: Map<string, number>;
  /** Converted leads that were revoked before their settlement, which therefore showed them as declined. By lead id. */
  readonly shownDeclined: Set<string>;
  /** What humans have entered into the ledger, and what they asked for. By the entry's id. */
  readonly entries: Map<string, Entry>;
  /** Leads of late by agent (`<partner> <agent>`) and, under '', of all. */
  readonly leadsByDay: Map<string, DayCounts>;
  /** Into which owner it was merged, with what it had left: it admits and earns nothing any more. */
  merged: Pick<OwnerMerged['data'], 'into' | 'balance' | 'paceLeft' | 'until'> | undefined;
  /** Owners whose past is this one's, too. By owner id. */
  readonly predecessors: Map<string, Predecessor>;
}

export interface Predecessor {
  /** Epoch ms: leads admitted up to then. */
  readonly until: number;
  /** Nothing is left of it. */
  readonly merged: boolean;
}

/** A grant, or a revocation by a human, as it was asked for. */
export interface Entry {
  readonly kind: 'grant' | 'revocation';
  readonly units: number;
}

export interface Partner {
  readonly name: string;
  standing: 'good' | 'suspended' | 'terminated';
  offered: string | undefined;
  signed: string | undefined;
  /** SHA-256 of each agreement that was ever offered, by version. */
  readonly documents: Map<string, string>;
  readonly agents: Map<string, 'active' | 'retired'>;
  /** How often it has changed its owner. */
  moves: number;
  /** The owner that it went to, while it is not this one's. */
  left: string | undefined;
}

export type OwnerState = { readonly status: 'unknown' } | Owner;

export function evolve(state: OwnerState, event: OwnerEvent): OwnerState {
  if (event.type === 'OwnerRegistered') return registered(event.data);
  if (state.status === 'unknown') throw new Error(`${event.type} before OwnerRegistered`);
  evolveOwner(state, event);
  return state;
}

function registered({ owner, name, restores = 0, at }: OwnerRegistered['data']): Owner {
  const allowance = emptyAllowance();
  allowance.accruedUntil = Date.parse(at);
  allowance.paceAt = Date.parse(at);
  return {
    status: 'registered',
    owner,
    name,
    terms: undefined,
    termsVersion: 0,
    policyVersion: 0,
    restores,
    proposal: undefined,
    signedPerConversion: 0,
    reestimatedFor: '',
    allowance,
    drawsGranted: 0,
    onProbation: true,
    partners: new Map(),
    unresolved: new Map(),
    earned: new Map(),
    earnedBy: new Map(),
    shownDeclined: new Set(),
    entries: new Map(),
    leadsByDay: new Map(),
    merged: undefined,
    predecessors: new Map(),
  };
}

function evolveOwner(state: Owner, event: Exclude<OwnerEvent, { type: 'OwnerRegistered' }>): void {
  const { allowance } = state;
  switch (event.type) {
    case 'TermsProposed':
      state.proposal = event.data;
      return;
    case 'TermsSet':
      return evolveTerms(state, event.data);
    case 'TermsReviewAsked':
      state.reestimatedFor = event.data.month;
      return;
    case 'InitialGranted':
      book(allowance, event.data.units);
      allowance.initialGiven += event.data.units;
      state.drawsGranted = Math.max(state.drawsGranted, event.data.draw);
      return;
    case 'AllowanceGranted':
      state.entries.set(event.data.entry, { kind: 'grant', units: event.data.asked });
      return evolveGrant(state, event.data);
    case 'AllowanceAccrued':
      allowance.accruedUntil = Date.parse(event.data.until);
      return book(allowance, event.data.units);
    case 'AllowanceRevoked':
      return evolveRevocation(state, event.data);
    case 'AllowanceForfeited':
      takeBack(state, event.data);
      if (event.data.restores === undefined) return;
      state.restores = event.data.restores;
      allowance.lost = thousandths(allowance.lost + event.data.units);
      allowance.awaitsGrant = true;
      return;
    case 'LeadAdmitted':
      return evolveAdmission(state, event.data);
    case 'LeadResolved':
      state.unresolved.delete(event.data.leadId);
      return;
    case 'LeadSettled': {
      const { leadId, credited, bonus, customerKey } = event.data;
      state.unresolved.delete(leadId);
      if (event.data.revoked === true) state.shownDeclined.add(leadId);
      const earned = thousandths(credited + bonus);
      if (earned > 0) state.earned.set(leadId, earned);
      if (customerKey !== undefined) {
        state.earnedBy.set(customerKey, Date.parse(event.data.admittedAt));
        if (event.data.as === 'converted') allowance.settledConversions += 1;
      }
      allowance.bonuses += bonus;
      return book(allowance, earned);
    }
    case 'AcknowledgementCredited':
      state.earned.set(event.data.leadId, event.data.credited);
      return book(allowance, event.data.credited);
    case 'CreditRevoked':
      state.earned.set(event.data.leadId, 0);
      return takeBack(state, event.data);
    case 'ProbationLeft':
      state.onProbation = false;
      return;
    case 'PartnerRegistered':
      state.partners.set(event.data.partner, {
        name: event.data.name,
        standing: 'good',
        offered: undefined,
        signed: undefined,
        documents: new Map(),
        agents: new Map(),
        moves: 0,
        left: undefined,
      });
      return;
    case 'AgreementOffered': {
      const { version, documentSha256 } = event.data;
      const of = partner(state, event.data.partner);
      of.offered = version;
      of.documents.set(version, documentSha256);
      return;
    }
    case 'AgreementSigned':
      partner(state, event.data.partner).signed = event.data.version;
      return;
    case 'PartnerSuspended':
      partner(state, event.data.partner).standing = 'suspended';
      return;
    case 'PartnerReinstated':
      partner(state, event.data.partner).standing = 'good';
      return;
    case 'PartnerTerminated':
      partner(state, event.data.partner).standing = 'terminated';
      return;
    case 'AgentRegistered':
      partner(state, event.data.partner).agents.set(event.data.agent, 'active');
      return;
    case 'AgentRetired':
      partner(state, event.data.partner).agents.set(event.data.agent, 'retired');
      return;
    case 'PartnerLeft': {
      const leaver = partner(state, event.data.partner);
      leaver.left = event.data.to;
      leaver.moves = event.data.move;
      return;
    }
    case 'PartnerReceived':
      state.partners.set(event.data.partner, received(event.data));
      evolveAgents(state, event.data);
      return;
    case 'OwnerMerged': {
      const { into, balance, paceLeft: left, until } = event.data;
      state.merged = { into, balance, paceLeft: left, until };
      return;
    }
    case 'OwnerInherited':
      return evolveInheritance(state, event.data);
  }
}

function evolveTerms(
  state: Owner,
  { version, terms, reason, policyVersion, measured, at }: Extract<OwnerEvent, { type: 'TermsSet' }>['data'],
): void {
  const { allowance } = state;
  const now = Date.parse(at);
  allowance.paceLeft = state.terms === undefined ? paceDepth(terms) : Math.min(paceDepth(terms), paceLeft(allowance, state.terms, now));
  allowance.paceAt = now;
  allowance.accruedUntil = now;
  state.signedPerConversion = signedAfter(state.signedPerConversion, state.terms, { terms, reason, measured });
  state.terms = terms;
  state.termsVersion = version;
  state.policyVersion = policyVersion ?? state.policyVersion;
  state.proposal = undefined;
  state.reestimatedFor = measured?.month ?? state.reestimatedFor;
}

function received({ name, standing, offered, signed, documents, agents, move }: PartnerReceived['data']): Partner {
  return {
    name,
    standing,
    offered,
    signed,
    documents: new Map(Object.entries(documents)),
    agents: new Map(Object.entries(agents)),
    moves: move,
    left: undefined,
  };
}

/** A partner that comes back brings some of the leads that were counted here already. */
function evolveAgents(state: Owner, { partner: partnerId, leadsByDay = {} }: PartnerReceived['data']): void {
  for (const [agent, counts] of Object.entries(leadsByDay)) {
    const key = agentKey({ partner: partnerId, agent });
    const known = state.leadsByDay.get(key) ?? [];
    for (const [day, leads] of counts) countLeads(state, key, day, Math.max(0, leads - leadsOn(known, day)));
  }
}

function evolveInheritance(
  state: Owner,
  { from, until, earlier, merged, capitalGiven = 0, paceLeft: left, at }: OwnerInherited['data'],
): void {
  const { allowance, terms, predecessors } = state;
  inheritCapital(allowance, capitalGiven);
  for (const each of [...earlier, { owner: from, until }]) {
    if (each.owner === state.owner) continue;
    const known = predecessors.get(each.owner);
    predecessors.set(each.owner, {
      until: Math.max(known?.until ?? -Infinity, Date.parse(each.until)),
      merged: (known?.merged ?? false) || (each.owner === from && merged === true),
    });
  }
  if (terms === undefined) return;
  const now = Date.parse(at);
  allowance.paceLeft = Math.min(paceLeft(allowance, terms, now), left);
  allowance.paceAt = Math.max(allowance.paceAt, now);
}

function evolveAdmission(state: Owner, admitted: LeadAdmitted['data']): void {
  const { allowance, terms } = state;
  const now = Date.parse(admitted.at);
  state.unresolved.set(admitted.leadId, admitted);
  const { day } = localTime(now, terms?.agentLimits ?? {});
  countLeads(state, agentKey(admitted), day, 1);
  accrueNothingAtCeiling(state, now);
  if (terms !== undefined) {
    allowance.paceLeft = paceLeft(allowance, terms, now) - 1;
  }
  allowance.paceAt = now;
  allowance.admissions += 1;
  allowance.balance = thousandths(allowance.balance - 1);
}

/** Of the agent, and of the whole owner. */
function countLeads({ leadsByDay }: Owner, agent: string, day: number, leads: number): void {
  for (const key of ['', agent]) leadsByDay.set(key, counted(leadsByDay.get(key) ?? [], day, leads));
}

function evolveGrant({ allowance }: Owner, { units, reason, at }: AllowanceGranted['data']): void {
  if (allowance.awaitsGrant) {
    allowance.awaitsGrant = false;
    // What would have accrued meanwhile is not saved up.
    allowance.accruedUntil = Date.parse(at);
  }
  grant(allowance, units, { givesBack: reason === 'log-restored' });
}

function evolveRevocation(state: Owner, { entry, units, reason, at }: AllowanceRevoked['data']): void {
  state.entries.set(entry, { kind: 'revocation', units });
  if (reason === 'granted-by-mistake' || reason === 'campaign-over') undoGrant(state.allowance, units);
  takeBack(state, { units, at });
}

function takeBack(state: Owner, { units, at }: { units: number; at: string }): void {
  accrueNothingAtCeiling(state, Date.parse(at));
  revoke(state.allowance, units);
}

/** What would have accrued while the balance stood at the ceiling is gone, not saved up. Before anything lowers the balance. */
function accrueNothingAtCeiling({ allowance, terms }: Owner, now: number): void {
  if (terms !== undefined && room(allowance, terms) === 0) allowance.accruedUntil = now;
}

function partner(state: Owner, id: string): Partner {
  const found = state.partners.get(id);
  if (found === undefined) throw new Error('an event of a partner before PartnerRegistered');
  return found;
}

export function agentKey({ partner, agent }: { readonly partner: string; readonly agent: string }): string {
  return `${partner} ${agent}`;
}

/** What each agent of the partner's has opened of late, for the next owner. */
export function leadsOfAgents(state: Owner, partnerId: string): Readonly<Record<string, DayCounts>> {
  const agents = [...partner(state, partnerId).agents.keys()];
  const counts = agents.map((agent) => [agent, state.leadsByDay.get(agentKey({ partner: partnerId, agent })) ?? []] as const);
  return Object.fromEntries(counts.filter(([, { length }]) => length > 0));
}

/** The partner opens its leads under another owner. */
export function hasLeft(state: Owner, partnerId: string): boolean {
  return state.partners.get(partnerId)?.left !== undefined;
}

/** @throws DomainError `TERMS_INVALID` as long as the owner has none */
export function termsOf(state: Owner): Terms {
  if (state.terms === undefined) throw new DomainError('TERMS_INVALID', 'the owner has no terms yet');
  return state.terms;
}

export function ownerStream(ownerId: string): string {
  return `owner-${ownerId}`;
}
