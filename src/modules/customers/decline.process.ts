import { milliseconds } from '../../event-sourcing/duration.js';
import { extended } from '../../event-sourcing/outage.js';
import type { Process } from '../../event-sourcing/process.js';
import type { CustomerSubmitted, LeadConverted, LeadDeclined } from '../leads/lead.events.js';
import type { DeclineLead } from './customer.commands.js';

interface Unproved {
  readonly leadId: string;
  readonly createdAt: number;
  readonly confirmBy: number;
  readonly settleAfter: number;
}

/** A created lead whose applicant does not prove their identity in time is declined, `settleAfter` after the deadline. */
export const decline: Process<Unproved, CustomerSubmitted | LeadConverted | LeadDeclined, Pick<DeclineLead, 'type' | 'data'>> = {
  name: 'decline',
  version: 1,
  handles: ['CustomerSubmitted', 'LeadConverted', 'LeadDeclined'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    if (event.type !== 'CustomerSubmitted') return undefined;
    const { leadId, at, confirmBy, settleAfter } = event.data;
    return { leadId, createdAt: Date.parse(at), confirmBy: Date.parse(confirmBy), settleAfter: milliseconds(settleAfter) };
  },
  owed: ({ leadId, createdAt, confirmBy, settleAfter }, { now, outages }) => {
    const due = extended(createdAt, confirmBy, outages) + settleAfter;
    return now < due ? { commands: [], wakeAt: due } : { commands: [{ type: 'DeclineLead', data: { leadId } }] };
  },
};
