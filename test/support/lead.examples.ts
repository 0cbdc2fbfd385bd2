import type { LeadCommand } from '../../src/modules/leads/lead.js';
import type { LeadEvent } from '../../src/modules/leads/lead.events.js';
import type { LeadAdmitted } from '../../src/modules/owners/owner.events.js';
import type { Settling } from '../../src/modules/leads/settlement.events.js';
import { day } from './calendar.js';
import { admitted, customerKey, leadId, personKey, theAgent, theOwner, thePartner } from './owner.examples.js';

export type LeadFact<Type extends LeadEvent['type']> = Extract<LeadEvent, { type: Type }>;
export type LeadCommandData<Type extends LeadCommand['type']> = Extract<LeadCommand, { type: Type }>['data'];

const of = { leadId: leadId(1), owner: theOwner, partner: thePartner };
const by = { ...of, agent: theAgent, purpose: 'onboarding' };
const DAILY = 86_400_000;

/** A lead of the first applicant, opened on day 1, to be followed up by day 15. */
export function aLead(change: Partial<LeadAdmitted['data']> = {}): LeadFact<'LeadOpened'> {
  return { type: 'LeadOpened', data: admitted(1, change).data };
}

export function answered(answer: 'yes' | 'no' = 'no', change: object = {}): LeadFact<'MembershipAnswered'> {
  return { type: 'MembershipAnswered', data: { ...by, answer, mode: 'instant', termsVersion: 1, at: day(2), ...change } };
}

export function endedExisting(change: object = {}): LeadFact<'LeadEndedExisting'> {
  return { type: 'LeadEndedExisting', data: { ...by, customerKey: customerKey(1), at: day(2), ...change } };
}

/** Created on day 3, to be proved by day 33. */
export function created(change: object = {}): LeadFact<'CustomerSubmitted'> {
  return {
    type: 'CustomerSubmitted',
    data: {
      ...by,
      customerId: 'customer-1',
      personKeys: [personKey(1)],
      corroborations: ['corroboration-1'],
      sealed: 'sealed',
      confirmBy: day(33),
      settleAfter: 'P3D',
      at: day(3),
      ...change,
    },
  };
}

/** The applicant acted on day 4; the bank told of it on day 5. */
export function convertedLead(change: object = {}): LeadFact<'LeadConverted'> {
  return {
    type: 'LeadConverted',
    data: {
      ...of,
      customerId: 'customer-1',
      customerKey: customerKey(1),
      personKeys: [personKey(1)],
      corroborations: ['corroboration-1'],
      sealed: 'sealed',
      actedAt: day(4),
      settles: settlesFrom(day(4), day(5)),
      toldLate: false,
      at: day(5),
      ...change,
    },
  };
}

export function revokedLead(at = day(20), change: object = {}): LeadFact<'ConversionRevoked'> {
  return {
    type: 'ConversionRevoked',
    data: { ...of, customerKey: customerKey(1), reason: 'stolen-identity', settles: convertedLead().data.settles, at, ...change },
  };
}

/** Turned down by an act on day 4, or not proved by day 33. */
export function declinedLead(reason: 'not-proved' | 'turned-down', at: string): LeadFact<'LeadDeclined'> {
  const settles = settlesFrom(reason === 'turned-down' ? day(4) : day(33), at);
  return { type: 'LeadDeclined', data: { ...of, customerId: 'customer-1', reason, settles, at } };
}

/** Three days after an act, at midnight. */
export function settlesFrom(from: string, told: string): Settling {
  return { from, after: 'P3D', told, every: DAILY };
}

export function withdrawn(at = day(3)): LeadFact<'LeadWithdrawn'> {
  return { type: 'LeadWithdrawn', data: { ...of, reason: 'lost-interest', at } };
}

export function lapsed(at = day(15), deadline = day(15)): LeadFact<'LeadLapsed'> {
  return { type: 'LeadLapsed', data: { ...of, deadline, at } };
}

/** The first settlement after nine in the morning of the n-th day. */
export function midnightAfter(n: number): string {
  return new Date(Math.ceil(Date.parse(day(n)) / DAILY) * DAILY).toISOString();
}

const onLead = { number: 1, outages: [] };
const settling = { settlementEvery: DAILY };

export const check = (change: Partial<LeadCommandData<'AnswerCheck'>> = {}): LeadCommand => ({
  type: 'AnswerCheck',
  data: {
    ...onLead,
    partner: thePartner,
    personKeys: [personKey(1)],
    halted: false,
    mode: 'instant',
    termsVersion: 1,
    unresolved: true,
    membership: { customer: false },
    at: day(2),
    ...change,
  },
});

export const create = (change: Partial<LeadCommandData<'SubmitCustomer'>> = {}): LeadCommand => ({
  type: 'SubmitCustomer',
  data: {
    ...onLead,
    partner: thePartner,
    personKeys: [personKey(1)],
    corroborations: ['corroboration-1'],
    customerId: 'customer-1',
    sealed: 'sealed',
    at: day(3),
    ...change,
  },
});

export const withdraw = (change: Partial<LeadCommandData<'WithdrawLead'>> = {}): LeadCommand => ({
  type: 'WithdrawLead',
  data: { ...onLead, partner: thePartner, reason: 'lost-interest', at: day(3), ...change },
});

export const lapse = (change: Partial<LeadCommandData<'LapseLead'>> = {}): LeadCommand => ({
  type: 'LapseLead',
  data: { ...onLead, at: day(15), ...change },
});

export const confirm = (change: Partial<LeadCommandData<'ConfirmIdentity'>> = {}): LeadCommand => ({
  type: 'ConfirmIdentity',
  data: { ...onLead, ...settling, customerKey: customerKey(1), actedAt: day(4), at: day(5), ...change },
});

export const turnDown = (change: Partial<LeadCommandData<'TurnDown'>> = {}): LeadCommand => ({
  type: 'TurnDown',
  data: { ...onLead, ...settling, actedAt: day(4), at: day(5), ...change },
});

export const decline = (change: Partial<LeadCommandData<'DeclineLead'>> = {}): LeadCommand => ({
  type: 'DeclineLead',
  data: { ...onLead, ...settling, at: day(36), ...change },
});

export const revoke = (change: Partial<LeadCommandData<'RevokeConversion'>> = {}): LeadCommand => ({
  type: 'RevokeConversion',
  data: { ...onLead, reason: 'stolen-identity', at: day(20), ...change },
});

export const link = (claimedByLead: string): LeadCommand => ({ type: 'LinkCustomer', data: { ...onLead, claimedByLead, at: day(6) } });

/** Asked for on day 2 at a quarter past the hour that `day` gives; good for ten minutes. */
export function consentAsked(ask = 1, change: Partial<LeadFact<'ConsentAsked'>['data']> = {}): LeadFact<'ConsentAsked'> {
  const at = change.at ?? day(2);
  const expiresAt = new Date(Date.parse(at) + 600_000).toISOString();
  const sent = { personKey: personKey(1), contactKey: 'contact-1', sealed: 'sealed contact', dropped: false };
  return { type: 'ConsentAsked', data: { ...by, ask, ...sent, expiresAt, at, ...change } };
}

export function consentAnswered(
  word: 'given' | 'refused' | 'denied',
  change: Partial<LeadFact<'ConsentAnswered'>['data']> = {},
): LeadFact<'ConsentAnswered'> {
  return { type: 'ConsentAnswered', data: { ...of, agent: theAgent, ask: 1, word, by: 'page', at: day(2), ...change } };
}

export function codeMissed(ask = 1): LeadFact<'ConsentCodeMissed'> {
  return { type: 'ConsentCodeMissed', data: { ...of, agent: theAgent, ask, at: day(2) } };
}

export function denied(through: 'consent-page' | 'message-link' | 'bank', at = day(2)): LeadFact<'LeadDenied'> {
  return { type: 'LeadDenied', data: { ...of, agent: theAgent, through, at } };
}

/** Another secret, or another contact, and the `no` stands. */
export function upheld(change: object = {}): LeadFact<'AnswerUpheld'> {
  return { type: 'AnswerUpheld', data: { ...by, mode: 'proof', termsVersion: 1, at: day(2), ...change } };
}

export function changed(change: object = {}): LeadFact<'AnswerChanged'> {
  return { type: 'AnswerChanged', data: { ...by, answer: 'yes', mode: 'proof', termsVersion: 1, at: day(2), ...change } };
}

export const askConsent = (change: Partial<LeadCommandData<'AskConsent'>> = {}): LeadCommand => ({
  type: 'AskConsent',
  data: {
    ...onLead,
    partner: thePartner,
    mode: 'consent',
    contactKey: 'contact-1',
    sealed: 'sealed contact',
    dropped: false,
    at: day(2),
    ...change,
  },
});

export const answerConsent = (
  word: 'given' | 'refused' | 'denied',
  change: Partial<LeadCommandData<'AnswerConsent'>> = {},
): LeadCommand => ({ type: 'AnswerConsent', data: { ...onLead, ask: 1, word, at: day(2), ...change } });

export const deny = (through: 'consent-page' | 'message-link' | 'bank', at = day(2)): LeadCommand => ({
  type: 'DenyLead',
  data: { ...onLead, through, at },
});
