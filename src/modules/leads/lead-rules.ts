import { concerning, DomainError } from '../../event-sourcing/decider.js';
import { extended } from '../../event-sourcing/outage.js';
import type { Outage } from '../../event-sourcing/process.js';
import type { Lead } from './lead.state.js';

/** What every command on a lead brings with it. */
export interface OnLead {
  /** Place of the lead in its stream, from 1. */
  readonly number: number;
  /** ISO 8601: the time of the decision. */
  readonly at: string;
  /** Times in which the service was down; they extend deadlines. */
  readonly outages: readonly Outage[];
}

export interface ByPartner extends OnLead {
  readonly partner: string;
}

/** Another partner's lead looks exactly like none (I7). What is refused on an own one is on record with it and its agent. */
export function ofPartner<Decision>({ opening }: Lead, { partner }: ByPartner, decide: () => Decision): Decision {
  if (opening.partner !== partner) throw notFound();
  const { leadId, agent } = opening;
  return concerning({ leadId, agent }, decide);
}

export function notFound(): DomainError {
  return new DomainError('LEAD_NOT_FOUND', 'no such lead');
}

export function samePerson(lead: Lead, personKeys: readonly string[]): void {
  if (!personKeys.includes(lead.opening.personKey)) {
    throw new DomainError('PERSON_MISMATCH', 'the lead was opened for another person');
  }
}

/** The lead waits for its partner: not ended, not created, and its deadline has not passed, whatever the timer did. */
export function active(lead: Lead, { at, outages }: OnLead): void {
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

export function followUpDue(lead: Lead, outages: readonly Outage[]): number {
  return extended(Date.parse(lead.opening.at), Date.parse(lead.opening.followUpBy), outages);
}

export function confirmDue(submission: { at: number; confirmBy: number }, outages: readonly Outage[]): number {
  return extended(submission.at, submission.confirmBy, outages);
}
