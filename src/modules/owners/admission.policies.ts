import { DomainError } from '../../event-sourcing/decider.js';
import { type DayCounts, hoursAreKept, leadsOfTheDayAreLeft, shareIsKept } from './agent-limits.js';
import { accrual, paceLeft, secondsUntilPace } from './allowance.js';
import { agentKey, type Owner, type Partner } from './owner.state.js';
import type { Terms, TokenBinding } from './terms.js';

/** How a request has shown that it is the partner's. */
export interface Sender {
  /** What its token is bound to, proved by the request; missing where whoever has the token may use it. */
  readonly boundBy?: Exclude<TokenBinding, 'either'>;
  /** It carries a message signature of one of its client's keys. */
  readonly isSigned?: boolean;
}

/** A partner's wish to open a lead, against its owner as it is now. */
export interface Admission {
  readonly owner: Owner;
  readonly terms: Terms;
  readonly partner: Partner;
  readonly partnerId: string;
  readonly agent: string;
  readonly purpose: string;
  /** How often the log has been restored from a backup. */
  readonly restores: number;
  readonly now: number;
}

/** A rule of admission: silent when it is kept, a `DomainError` when it is not. */
export type AdmissionPolicy = (admission: Admission) => void;

export function inGoodStanding({ partner }: Pick<Admission, 'partner'>): void {
  if (partner.standing === 'suspended') throw new DomainError('PARTNER_SUSPENDED', 'the partner is suspended');
  if (partner.standing === 'terminated') throw new DomainError('PARTNER_TERMINATED', 'the agreement was terminated');
}

export function agreementIsSigned({ partner }: Pick<Admission, 'partner'>): void {
  if (partner.offered === undefined || partner.signed !== partner.offered) {
    throw new DomainError('AGREEMENT_UNSIGNED', 'the current agreement is not signed');
  }
}

/** Of an owner that has no terms yet nothing is asked. */
interface Sent {
  readonly terms: Terms | undefined;
  readonly sender: Sender;
}

export function tokenIsBound({ terms, sender }: Sent): void {
  const asked = terms?.requires?.boundTokens;
  if (asked === undefined || asked === sender.boundBy || (asked === 'either' && sender.boundBy !== undefined)) return;
  throw new DomainError('TOKEN_UNBOUND', 'the terms ask for a token that is bound to what its sender holds');
}

export function requestIsSigned({ terms, sender }: Sent): void {
  if (terms?.requires?.signedRequests !== true || sender.isSigned === true) return;
  throw new DomainError('SIGNATURE_REQUIRED', 'the terms ask for a signed request');
}

export function purposeIsAgreed({ terms, purpose }: Admission): void {
  if (!terms.purposes.includes(purpose)) throw new DomainError('PURPOSE_NOT_AGREED', 'the terms do not name this purpose');
}

export function agentIsRegistered({ partner, agent }: Admission): void {
  if (partner.agents.get(agent) !== 'active') throw new DomainError('AGENT_UNKNOWN', 'no such agent works for the partner');
}

/** Each agent by itself: hours, leads a day, share. */
export function agentKeepsLimits({ owner, terms, partnerId, agent, now }: Admission): void {
  if (terms.agentLimits === undefined) return;
  const of = (key: string): DayCounts => owner.leadsByDay.get(key) ?? [];
  const load = { limits: terms.agentLimits, ofAgent: of(agentKey({ partner: partnerId, agent })), ofOwner: of(''), now };
  for (const policy of [hoursAreKept, leadsOfTheDayAreLeft, shareIsKept]) policy(load);
}

export function openLeadsAreLeft({ owner, terms }: Admission): void {
  if (owner.unresolved.size >= terms.openLeads) {
    throw new DomainError('OPEN_LEADS_EXCEEDED', 'too many leads are open at a time');
  }
}

/** A ledger from a backup does not know what was spent since; until it has forfeited its balance it is no ground for an admission. */
export function restoresAreAccountedFor({ owner, restores }: Admission): void {
  if (owner.restores < restores) throw new DomainError('ALLOWANCE_SPENT', 'the log was restored; the allowance has to be granted anew');
}

export function allowanceIsLeft({ owner, terms, now }: Admission): void {
  if (owner.allowance.balance + accrual(owner.allowance, terms, now).units < 1) {
    throw new DomainError('ALLOWANCE_SPENT', 'the allowance is used up; it is earned by conversions');
  }
}

export function paceIsKept({ owner, terms, now }: Admission): void {
  if (paceLeft(owner.allowance, terms, now) < 1) {
    const retryAfter = secondsUntilPace(owner.allowance, terms, now);
    throw new DomainError('PACE_EXCEEDED', 'more leads a day than the pace allows', retryAfter);
  }
}

/** What every command of a partner has to satisfy. */
export const standingPolicies: readonly ((of: Pick<Admission, 'partner'> & Sent) => void)[] = [
  inGoodStanding,
  agreementIsSigned,
  tokenIsBound,
];

/** What those have to satisfy beside that tell, or change, what the bank says of a person: open, check, create. */
export const signingPolicies: typeof standingPolicies = [...standingPolicies, requestIsSigned];

/** What a new lead has to satisfy, in the order in which it is decided (R38). */
export const admissionPolicies: readonly AdmissionPolicy[] = [
  purposeIsAgreed,
  agentIsRegistered,
  agentKeepsLimits,
  openLeadsAreLeft,
  restoresAreAccountedFor,
  allowanceIsLeft,
  paceIsKept,
];
