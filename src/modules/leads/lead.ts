import { concerning, DomainError, type Decider } from '../../event-sourcing/decider.js';
import { milliseconds } from '../../event-sourcing/duration.js';
import { extended } from '../../event-sourcing/outage.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { DisclosureMode, LeadAdmitted } from '../owners/owner.events.js';
import { kept, type KeptReason } from '../persons/reason.js';
import type { ConversionRevocationReason, LeadEvent, WithdrawalReason } from './lead.events.js';
import { answerIsReadable, evolve, leadNumber, type Lead, type LeadState } from './lead.state.js';
import { type Settling, tellingDue } from './settlement.events.js';

/** What every command on a lead brings with it. */
interface OnLead {
  /** Place of the lead in its stream, from 1. */
  readonly number: number;
  /** ISO 8601: the time of the decision. */
  readonly at: string;
  /** Times in which the service was down; they extend deadlines. */
  readonly outages: readonly Outage[];
}
interface ByPartner extends OnLead {
  readonly partner: string;
}
interface AtSettlement {
  /** Time between two settlements, ms. */
  readonly settlementEvery: number;
}
type Named<Type extends string, Data> = { readonly type: Type; readonly data: Data };

export type LeadCommand =
  | Named<'RecordOpening', { admitted: LeadAdmitted['data'] }>
  | Named<
      'AnswerCheck',
      ByPartner & {
        /** The person asked about, in all live epochs. */
        readonly personKeys: readonly string[];
        readonly halted: boolean;
        /** The owner's mode now. */
        readonly mode: DisclosureMode;
        readonly termsVersion: number;
        /** The owner's ledger still counts this lead. */
        readonly unresolved: boolean;
        /** What the membership look-up found. */
        readonly membership: { readonly customer: boolean; readonly customerKey?: string };
      }
    >
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

function answerCheck(lead: Lead, data: Data<'AnswerCheck'>): readonly LeadEvent[] {
  samePerson(lead, data.personKeys);
  if (data.halted) throw new DomainError('GATE_HALTED', 'the bank has halted all answers');
  if (lead.answer !== undefined) {
    if (answerIsReadable(lead, { ...data, now: Date.parse(data.at) })) return [];
    throw new DomainError('ANSWER_EXPIRED', 'the answer of an ended lead is no longer readable');
  }
  active(lead, data);
  demandsAreMet(data.mode);
  const { leadId, owner, partner, agent, purpose } = lead.opening;
  const of = { leadId, owner, partner, agent, purpose };
  const { termsVersion, mode, at } = data;
  if (!data.membership.customer) return [{ type: 'MembershipAnswered', data: { ...of, answer: 'no', mode, termsVersion, at } }];
  const { customerKey } = data.membership;
  return [
    { type: 'MembershipAnswered', data: { ...of, answer: 'yes', mode, termsVersion, at } },
    { type: 'LeadEndedExisting', data: { ...of, ...(customerKey === undefined ? {} : { customerKey }), at } },
  ];
}

/** What the mode demands before an answer. Of a mode that this version cannot check, nothing is answered. */
function demandsAreMet(mode: DisclosureMode): void {
  switch (mode) {
    case 'instant':
      return;
    case 'blind':
      throw new DomainError('CHECK_SWITCHED_OFF', 'the terms are blind: create settles it privately');
    case 'proof':
    case 'consent':
      throw new DomainError('MODE_NOT_AVAILABLE', 'the demands of this mode cannot be checked');
  }
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
  const { leadId, owner, partner, at: admittedAt } = lead.opening;
  return [{ type: 'ExistingAcknowledged', data: { leadId, owner, partner, admittedAt, at } }];
}

/** Another partner's lead looks exactly like none (I7). What is refused on an own one is on record with it and its agent. */
function ofPartner<Decision>({ opening }: Lead, { partner }: ByPartner, decide: () => Decision): Decision {
  if (opening.partner !== partner) throw notFound();
  const { leadId, agent } = opening;
  return concerning({ leadId, agent }, decide);
}

export function notFound(): DomainError {
  return new DomainError('LEAD_NOT_FOUND', 'no such lead');
}

function samePerson(lead: Lead, personKeys: readonly string[]): void {
  if (!personKeys.includes(lead.opening.personKey)) {
    throw new DomainError('PERSON_MISMATCH', 'the lead was opened for another person');
  }
}

/** The lead waits for its partner: not ended, not created, and its deadline has not passed, whatever the timer did. */
function active(lead: Lead, { at, outages }: OnLead): void {
  switch (lead.status) {
    case 'open':
    case 'answered':
      if (isOverdue(lead, Date.parse(at), outages)) throw new DomainError('LEAD_LAPSED', 'the deadline of the lead has passed');
      return;
    case 'created':
    case 'converted':
    case 'declined':
      throw new DomainError('LEAD_CREATED', 'the customer of this lead was created');
    case 'existing':
      throw new DomainError('LEAD_ENDED', 'the lead ended with its answer');
    case 'withdrawn':
      throw new DomainError('LEAD_WITHDRAWN', 'the lead was withdrawn');
    case 'lapsed':
      throw new DomainError('LEAD_LAPSED', 'the deadline of the lead has passed');
  }
}

export function isOverdue(lead: Lead, now: number, outages: readonly Outage[]): boolean {
  return now >= followUpDue(lead, outages);
}

function followUpDue(lead: Lead, outages: readonly Outage[]): number {
  return extended(Date.parse(lead.opening.at), Date.parse(lead.opening.followUpBy), outages);
}

function confirmDue(submission: { at: number; confirmBy: number }, outages: readonly Outage[]): number {
  return extended(submission.at, submission.confirmBy, outages);
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
  version: 2,
  initial: () => ({ leads: [] }),
  evolve,
  decide,
};
