import { concerning, DomainError } from '../../event-sourcing/decider.js';
import type { Answer, DisclosureMode } from '../owners/owner.events.js';
import { codeMissed, consentGiven, consentOf } from './lead-consent.js';
import type { ConsentCodeMissed, LeadEvent, MembershipAnswered } from './lead.events.js';
import { active, type ByPartner, samePerson } from './lead-rules.js';
import { answerIsReadable, type Lead, type Sight } from './lead.state.js';

/** Secrets that may be tried on one lead; what is tried further is answered `no` without a look-up. */
export const TRIES_OF_A_LEAD = 3;

/** A check, as far as it does not hang on who the person is. */
export interface Check extends ByPartner {
  /** The person asked about, in all live epochs. */
  readonly personKeys: readonly string[];
  readonly halted: boolean;
  /** The owner's mode now. */
  readonly mode: DisclosureMode;
  readonly termsVersion: number;
  /** The owner's ledger still counts this lead. */
  readonly unresolved: boolean;
  /** Keyed hash of the secret that was brought. */
  readonly tried?: string;
  /** Whether the code that was brought is the one that was sent last. */
  readonly code?: 'right' | 'wrong';
}

export interface AnsweredCheck extends Check {
  /** What the membership look-up found, under what the mode demands. */
  readonly membership: { readonly customer: boolean; readonly customerKey?: string };
}

/** What becomes of a check before anybody is looked up. */
type Course = 'look-up' | 'recorded' | 'code-missed';

/**
 * Whether a check of this lead comes to a look-up, or to the answer that is recorded.
 * @throws DomainError as the lead, its terms and the mode's demands have it
 */
export function courseOf(lead: Lead, check: Check): Course {
  samePerson(lead, check.personKeys);
  if (check.halted) throw new DomainError('GATE_HALTED', 'the bank has halted all answers');
  if (lead.answer !== undefined && !bringsMore(lead, check)) {
    readable(lead, { ...check, now: Date.parse(check.at) });
    return 'recorded';
  }
  active(lead, check);
  return demanded(lead, check);
}

/** @throws DomainError the lead ended long ago */
export function readable(lead: Lead, sight: Sight): void {
  if (!answerIsReadable(lead, sight)) throw new DomainError('ANSWER_EXPIRED', 'the answer of an ended lead is no longer readable');
}

export function answerCheck(lead: Lead, check: AnsweredCheck): readonly LeadEvent[] {
  switch (courseOf(lead, check)) {
    case 'recorded':
      return [];
    case 'code-missed':
      return [codeMissed(lead, check)];
    case 'look-up':
      return [...consentGiven(lead, check), ...answered(lead, check)];
  }
}

/**
 * What a check wrote says what it was answered; nothing, when it found its answer recorded.
 * @throws DomainError `CONSENT_CODE_WRONG`, which is on record too
 */
export function answerIn(events: readonly { readonly type: string; readonly data: object }[]): Answer | undefined {
  const written = new Map(events.map(({ type, data }) => [type, data]));
  const missed = written.get('ConsentCodeMissed');
  if (missed !== undefined) {
    const { leadId, agent } = missed as ConsentCodeMissed['data'];
    return concerning({ leadId, agent }, () => {
      throw new DomainError('CONSENT_CODE_WRONG', 'the code is not the one that was sent last');
    });
  }
  if (written.has('AnswerUpheld')) return 'no';
  const answered = written.get('AnswerChanged') ?? written.get('MembershipAnswered');
  return (answered as MembershipAnswered['data'] | undefined)?.answer;
}

/** A `no` that was not carried changes once it is confirmed after all: by another secret, or at another contact (I1). */
function bringsMore(lead: Lead, { mode, tried, code }: Check): boolean {
  if (lead.answer !== 'no' || lead.opening.carried !== undefined || lead.status !== 'answered') return false;
  switch (mode) {
    case 'instant':
    case 'blind':
      return false;
    case 'proof':
      return tried !== undefined && !lead.tried.includes(tried) && lead.tried.length < TRIES_OF_A_LEAD;
    case 'consent':
      return code !== undefined || consentOf(lead) === 'given';
  }
}

/** What the mode demands before an answer. */
function demanded(lead: Lead, { mode, tried, code, at }: Check): 'look-up' | 'code-missed' {
  switch (mode) {
    case 'instant':
      return 'look-up';
    case 'blind':
      throw new DomainError('CHECK_SWITCHED_OFF', 'the terms are blind: create settles it privately');
    case 'proof':
      if (tried === undefined) throw new DomainError('PROOF_MISSING', 'the terms demand a secret that the bank has issued');
      return 'look-up';
    case 'consent':
      return consentDemanded(lead, code, Date.parse(at));
  }
}

function consentDemanded(lead: Lead, code: Check['code'], now: number): 'look-up' | 'code-missed' {
  const consent = consentOf(lead, now);
  if (consent === 'given') return 'look-up';
  if (consent === 'refused') throw new DomainError('CONSENT_REFUSED', 'the applicant does not consent');
  if (consent === 'none' || code === undefined) throw new DomainError('CONSENT_MISSING', 'the applicant has not consented');
  return code === 'right' ? 'look-up' : 'code-missed';
}

function answered(lead: Lead, { mode, termsVersion, tried, at, membership }: AnsweredCheck): readonly LeadEvent[] {
  const { leadId, owner, partner, agent, purpose } = lead.opening;
  const of = { leadId, owner, partner, agent, purpose };
  const rests: Omit<MembershipAnswered['data'], 'answer'> = {
    ...of,
    mode,
    termsVersion,
    ...(tried === undefined || mode !== 'proof' ? {} : { tried }),
    at,
  };
  if (!membership.customer) {
    return lead.answer === 'no'
      ? [{ type: 'AnswerUpheld', data: rests }]
      : [{ type: 'MembershipAnswered', data: { ...rests, answer: 'no' } }];
  }
  const { customerKey } = membership;
  const type = lead.answer === 'no' ? 'AnswerChanged' : 'MembershipAnswered';
  return [
    { type, data: { ...rests, answer: 'yes' } },
    { type: 'LeadEndedExisting', data: { ...of, ...(customerKey === undefined ? {} : { customerKey }), at } },
  ];
}
