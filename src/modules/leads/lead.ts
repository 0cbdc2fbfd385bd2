import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import { milliseconds } from '../../event-sourcing/duration.js';
import type { LeadAdmitted } from '../owners/owner.events.js';
import { kept, type KeptReason } from '../persons/reason.js';
import { answerCheck, type AnsweredCheck } from './lead-answer.js';
import { answerConsent, type AskConsent, askConsent, deny } from './lead-consent.js';
import type { ConsentWord, ConversionRevocationReason, DenialChannel, LeadEvent, WithdrawalReason } from './lead.events.js';
import { active, type ByPartner, confirmDue, followUpDue, isOverdue, notFound, ofPartner, type OnLead, samePerson } from './lead-rules.js';
import { evolve, leadNumber, type Lead, type LeadState } from './lead.state.js';
import { type Settling, tellingDue } from './settlement.events.js';

interface AtSettlement {
  /** Time between two settlements, ms. */
  readonly settlementEvery: number;
}
type Named<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type LeadCommand =
  | Named<'RecordOpening', { admitted: LeadAdmitted['data'] }>
  | Named<'AnswerCheck', AnsweredCheck>
  | Named<'AskConsent', AskConsent>
  | Named<'AnswerConsent', OnLead & { readonly ask: number; readonly word: ConsentWord }>
  | Named<'DenyLead', OnLead & { readonly through: DenialChannel }>
  | Named<
      'SubmitCustomer',
      ByPartner & {
        readonly personKeys: readonly string[];
        readonly corroborations: readonly string[];
        readonly customerId: string;
        readonly sealed: string;
      }
    >
  | Named<'WithdrawLead', ByPartner & KeptReason<WithdrawalReason>>
  | Named<'LapseLead', OnLead>
  | Named<'ConfirmIdentity', OnLead & AtSettlement & { readonly customerKey: string; readonly actedAt: string }>
  | Named<'TurnDown', OnLead & AtSettlement & { readonly actedAt: string }>
  | Named<'DeclineLead', OnLead & AtSettlement>
  | Named<'RevokeConversion', OnLead & KeptReason<ConversionRevocationReason>>
  | Named<'LinkCustomer', OnLead & { readonly claimedByLead: string }>
  | Named<'AcknowledgeExisting', OnLead>;

type Data<Type extends LeadCommand['type']> = Extract<LeadCommand, { type: Type }>['data'];

export function decide(state: LeadState, command: LeadCommand): readonly LeadEvent[] {
  if (command.type === 'RecordOpening') return recordOpening(state, command.data.admitted);
  const lead = leadNumber(state, command.data.number);
  if (lead === undefined) throw notFound();
  switch (command.type) {
    case 'AnswerCheck':
      return ofPartner(lead, command.data, () => answerCheck(lead, command.data));
    case 'AskConsent':
      return ofPartner(lead, command.data, () => askConsent(lead, command.data));
    case 'AnswerConsent':
      return answerConsent(lead, command.data);
    case 'DenyLead':
      return deny(lead, command.data);
    case 'SubmitCustomer':
      return ofPartner(lead, command.data, () => submitCustomer(lead, command.data));
    case 'WithdrawLead':
      return ofPartner(lead, command.data, () => withdraw(lead, command.data));
    case 'LapseLead':
      return lapse(lead, command.data);
    case 'ConfirmIdentity':
      return confirm(lead, command.data);
    case 'TurnDown':
      return turnDown(lead, command.data);
    case 'DeclineLead':
      return decline(lead, command.data);
    case 'RevokeConversion':
      return revoke(lead, command.data);
    case 'LinkCustomer':
      return link(lead, command.data);
    case 'AcknowledgeExisting':
      return acknowledge(lead, command.data);
  }
}

function recordOpening(state: LeadState, admitted: LeadAdmitted['data']): readonly LeadEvent[] {
  if (state.leads.length >= admitted.number) return [];
  if (state.leads.length + 1 !== admitted.number) throw new Error('leads of a person are opened in order');
  const opened: LeadEvent = { type: 'LeadOpened', data: admitted };
  if (admitted.carried !== 'yes') return [opened];
  const { leadId, owner, partner, agent, purpose, carriedCustomerKey: customerKey, at } = admitted;
  const existing = { leadId, owner, partner, agent, purpose, ...(customerKey === undefined ? {} : { customerKey }), at };
  return [opened, { type: 'LeadEndedExisting', data: existing }];
}

function submitCustomer(lead: Lead, data: Data<'SubmitCustomer'>): readonly LeadEvent[] {
  samePerson(lead, data.personKeys);
  active(lead, data);
  const { leadId, owner, partner, agent, purpose, confirmWithin, settleAfter } = lead.opening;
  const { personKeys, corroborations, customerId, sealed, at } = data;
  const confirmBy = new Date(Date.parse(at) + milliseconds(confirmWithin)).toISOString();
  return [
    {
      type: 'CustomerSubmitted',
      data: { leadId, owner, partner, agent, purpose, customerId, personKeys, corroborations, sealed, confirmBy, settleAfter, at },
    },
  ];
}

function withdraw(lead: Lead, data: Data<'WithdrawLead'>): readonly LeadEvent[] {
  if (lead.status === 'withdrawn') return [];
  active(lead, data);
  const { leadId, owner, partner } = lead.opening;
  return [{ type: 'LeadWithdrawn', data: { leadId, owner, partner, ...kept(data), at: data.at } }];
}

function lapse(lead: Lead, { at, outages }: Data<'LapseLead'>): readonly LeadEvent[] {
  if ((lead.status !== 'open' && lead.status !== 'answered') || !isOverdue(lead, Date.parse(at), outages)) return [];
  const { leadId, owner, partner } = lead.opening;
  const deadline = new Date(followUpDue(lead, outages)).toISOString();
  return [{ type: 'LeadLapsed', data: { leadId, owner, partner, deadline, at } }];
}

/** The applicant's act binds, not the moment at which the bank's system tells of it. */
function confirm(lead: Lead, { customerKey, actedAt, at, outages, settlementEvery }: Data<'ConfirmIdentity'>): readonly LeadEvent[] {
  const submission = submitted(lead);
  if (lead.status === 'converted' && lead.customerKey === customerKey) return [];
  if (lead.status === 'converted') throw new DomainError('CONFIRMATION_INVALID', 'the identity was confirmed with another number');
  if (lead.status === 'declined') throw new DomainError('CONFIRMATION_TOO_LATE', 'the lead was declined');
  const acted = actOf(submission, actedAt, at);
  if (acted > confirmDue(submission, outages)) throw new DomainError('CONFIRMATION_TOO_LATE', 'the applicant acted after the deadline');
  const { leadId, owner, partner } = lead.opening;
  const { customerId, personKeys, corroborations, sealed } = submission;
  const settles = settlingOf(lead, acted, at, settlementEvery);
  const toldLate = Date.parse(at) > tellingDue(settles, outages);
  return [
    {
      type: 'LeadConverted',
      data: { leadId, owner, partner, customerId, customerKey, personKeys, corroborations, sealed, actedAt, settles, toldLate, at },
    },
  ];
}

function turnDown(lead: Lead, { actedAt, at, settlementEvery }: Data<'TurnDown'>): readonly LeadEvent[] {
  const submission = submitted(lead);
  if (lead.status === 'declined') return [];
  if (lead.status === 'converted') throw new DomainError('CONFIRMATION_INVALID', 'the identity was confirmed; revoke it instead');
  const acted = actOf(submission, actedAt, at);
  return [declined(lead, submission, 'turned-down', settlingOf(lead, acted, at, settlementEvery), at)];
}

/** Not proved in time: written when the bank's confirmation of a timely act can no longer be on its way. */
function decline(lead: Lead, { at, outages, settlementEvery }: Data<'DeclineLead'>): readonly LeadEvent[] {
  if (lead.status !== 'created' || lead.submission === undefined) return [];
  const settles = settlingOf(lead, confirmDue(lead.submission, outages), at, settlementEvery);
  if (Date.parse(at) < tellingDue(settles, outages)) return [];
  return [declined(lead, lead.submission, 'not-proved', settles, at)];
}

function declined(
  lead: Lead,
  { customerId }: { customerId: string },
  reason: 'not-proved' | 'turned-down',
  settles: Settling,
  at: string,
): LeadEvent {
  const { leadId, owner, partner } = lead.opening;
  return { type: 'LeadDeclined', data: { leadId, owner, partner, customerId, reason, settles, at } };
}

function revoke(lead: Lead, data: Data<'RevokeConversion'>): readonly LeadEvent[] {
  if (lead.status !== 'converted' || lead.customerKey === undefined || lead.settles === undefined) {
    throw new DomainError('CONFIRMATION_INVALID', 'there is no confirmation to revoke');
  }
  if (lead.revoked) return [];
  const { leadId, owner, partner } = lead.opening;
  const { customerKey, settles } = lead;
  return [{ type: 'ConversionRevoked', data: { leadId, owner, partner, customerKey, ...kept(data), settles, at: data.at } }];
}

function link(lead: Lead, { claimedByLead, at }: Data<'LinkCustomer'>): readonly LeadEvent[] {
  const { leadId, owner, partner } = lead.opening;
  if (lead.linked || lead.customerKey === undefined || claimedByLead === leadId) return [];
  return [{ type: 'CustomerLinked', data: { leadId, owner, partner, customerKey: lead.customerKey, claimedByLead, at } }];
}

function acknowledge(lead: Lead, { at }: Data<'AcknowledgeExisting'>): readonly LeadEvent[] {
  if (lead.status !== 'existing') throw new DomainError('NOT_ACKNOWLEDGEABLE', 'there is no disclosure to acknowledge');
  if (lead.acknowledged) return [];
  const { leadId, owner, partner, at: admittedAt, carried } = lead.opening;
  return [{ type: 'ExistingAcknowledged', data: { leadId, owner, partner, admittedAt, ...(carried && { carried: true }), at } }];
}

function submitted(lead: Lead): NonNullable<Lead['submission']> {
  if (lead.submission === undefined) throw new DomainError('CUSTOMER_NOT_FOUND', 'no such customer');
  return lead.submission;
}

/** A bank's clock may show whole seconds: an act in the second of the creation is one after it. */
const WHOLE_SECOND_MS = 1_000;

function actOf(submission: { at: number }, actedAt: string, at: string): number {
  const acted = Date.parse(actedAt);
  if (!(acted > submission.at - WHOLE_SECOND_MS && acted <= Date.parse(at))) {
    throw new DomainError('CONFIRMATION_INVALID', 'the act lies between the creation and now');
  }
  return Math.max(acted, submission.at);
}

function settlingOf({ opening }: Lead, from: number, at: string, every: number): Settling {
  return { from: new Date(from).toISOString(), after: opening.settleAfter, told: at, every };
}

/** The decider of `lead-<owner and person>`. */
export const lead: Decider<LeadState, LeadCommand, LeadEvent> = {
  name: 'lead',
  version: 4,
  initial: () => ({ leads: [] }),
  evolve,
  decide,
};
