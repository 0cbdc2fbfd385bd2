import { DomainError } from '../../event-sourcing/decider.js';
import type { DisclosureMode } from '../owners/owner.events.js';
import type { ConsentWord, DenialChannel, LeadEvent } from './lead.events.js';
import { active, type ByPartner, type OnLead } from './lead-rules.js';
import type { Ask, Lead } from './lead.state.js';

/** How long a code, and the page that goes with it, is good for: ten minutes, ms (R44). */
export const CONSENT_WITHIN_MS = 10 * 60_000;
/** Wrong codes after which no code is good any more. */
const CODES_OF_AN_ASK = 3;
/** Requests for consent on one lead. */
const ASKS_OF_A_LEAD = 5;

export interface AskConsent extends ByPartner {
  /** The owner's mode now. */
  readonly mode: DisclosureMode;
  readonly contactKey: string;
  readonly sealed: string;
  /** The contact has had too many codes: this one goes to nobody. */
  readonly dropped: boolean;
}

/** @throws DomainError nobody is to be asked */
export function mayAskConsent(lead: Lead, data: Pick<AskConsent, 'mode' | keyof OnLead>): void {
  active(lead, data);
  if (data.mode !== 'consent' || lead.opening.carried !== undefined) {
    throw new DomainError('CONSENT_NOT_NEEDED', 'the mode asks for no consent, or the lead carries its answer');
  }
  if (lead.asks.length >= ASKS_OF_A_LEAD) throw new DomainError('CONSENT_THROTTLED', 'the applicant was asked often enough');
}

export function askConsent(lead: Lead, data: AskConsent): readonly LeadEvent[] {
  mayAskConsent(lead, data);
  const { leadId, owner, partner, agent, purpose, personKey, otherKeys } = lead.opening;
  const { contactKey, sealed, dropped, at } = data;
  const ask = lead.asks.length + 1;
  const expiresAt = new Date(Date.parse(at) + CONSENT_WITHIN_MS).toISOString();
  const of = { leadId, owner, partner, agent, purpose };
  const person = { personKey, ...(otherKeys && { otherKeys }) };
  return [{ type: 'ConsentAsked', data: { ...of, ask, ...person, contactKey, sealed, dropped, expiresAt, at } }];
}

/** The applicant's word, which is taken once. Whoever never spoke to the partner may say so also when it is too late for a word. */
export function answerConsent(lead: Lead, data: OnLead & { readonly ask: number; readonly word: ConsentWord }): readonly LeadEvent[] {
  const { ask, word, at } = data;
  const asked = lead.asks[ask - 1];
  if (asked === undefined) throw new DomainError('LEAD_NOT_FOUND', 'nobody was asked that');
  if (asked.word !== undefined) return [];
  const { leadId, owner, partner, agent } = lead.opening;
  const isOver = !isAnswerable(lead, ask, Date.parse(at));
  if (isOver && word !== 'denied') throw new DomainError('CONSENT_OVER', 'the applicant was asked too long ago');
  const answer: LeadEvent = { type: 'ConsentAnswered', data: { leadId, owner, partner, agent, ask, word, by: 'page', at } };
  const denial = word === 'denied' ? deny(lead, { ...data, through: 'consent-page' }) : [];
  return isOver ? denial : [answer, ...denial];
}

/** Whether the applicant's word on this request would still tell the partner something. @param now milliseconds since the epoch */
export function isAnswerable(lead: Lead, ask: number, now: number): boolean {
  const asked = lead.asks[ask - 1];
  const isLast = ask === lead.asks.length;
  return isLast && asked !== undefined && isOpen(asked, now) && (lead.status === 'open' || lead.status === 'answered');
}

export function deny(lead: Lead, { through, at }: OnLead & { readonly through: DenialChannel }): readonly LeadEvent[] {
  const { leadId, owner, partner, agent } = lead.opening;
  return lead.denied ? [] : [{ type: 'LeadDenied', data: { leadId, owner, partner, agent, through, at } }];
}

/**
 * What the last request for consent has come to: `asked` waits for the applicant or their code.
 * @param now milliseconds since the epoch; without it an old request waits still
 */
export function consentOf(lead: Lead, now = 0): 'none' | 'asked' | 'given' | 'refused' {
  const ask = lead.asks.at(-1);
  if (ask === undefined || ask.used) return 'none';
  if (ask.word !== undefined) return ask.word === 'given' ? 'given' : 'refused';
  return isOpen(ask, now) ? 'asked' : 'none';
}

/** The code that the partner brought says that the applicant consents. */
export function consentGiven(lead: Lead, { mode, at }: { readonly mode: DisclosureMode; readonly at: string }): readonly LeadEvent[] {
  if (mode !== 'consent' || consentOf(lead) !== 'asked') return [];
  const { leadId, owner, partner, agent } = lead.opening;
  return [{ type: 'ConsentAnswered', data: { leadId, owner, partner, agent, ask: lead.asks.length, word: 'given', by: 'code', at } }];
}

export function codeMissed(lead: Lead, { at }: { readonly at: string }): LeadEvent {
  const { leadId, owner, partner, agent } = lead.opening;
  return { type: 'ConsentCodeMissed', data: { leadId, owner, partner, agent, ask: lead.asks.length, at } };
}

function isOpen(ask: Ask, now: number): boolean {
  return now < ask.expiresAt && ask.missed < CODES_OF_AN_ASK;
}
