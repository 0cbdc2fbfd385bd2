import { extended } from '../../event-sourcing/outage.js';
import type { Process } from '../../event-sourcing/process.js';
import type { CustomerSubmitted, LeadConverted, LeadDeclined } from '../leads/lead.events.js';
import { tellingDue } from '../leads/settlement.events.js';
import type { DeclineLead } from './customer.commands.js';

interface Unproved {
  readonly leadId: string;
  readonly createdAt: number;
  readonly confirmBy: number;
  /** ISO 8601. */
  readonly settleAfter: string;
}

/** A created lead whose applicant does not prove their identity in time is declined, `settleAfter` after the deadline. */
export const decline: Process<Unproved, CustomerSubmitted | LeadConverted | LeadDeclined, Pick<DeclineLead, 'type' | 'data'>> = {
  name: 'decline',
  version: 2,
  handles: ['CustomerSubmitted', 'LeadConverted', 'LeadDeclined'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    if (event.type !== 'CustomerSubmitted') return undefined;
    const { leadId, at, confirmBy, settleAfter } = event.data;
    return { leadId, createdAt: Date.parse(at), confirmBy: Date.parse(confirmBy), settleAfter };
  },
  owed: ({ leadId, createdAt, confirmBy, settleAfter }, { now, outages }) => {
    const from = new Date(extended(createdAt, confirmBy, outages)).toISOString();
    const due = tellingDue({ from, after: settleAfter }, outages);
    return now < due ? { commands: [], wakeAt: due } : { commands: [{ type: 'DeclineLead', data: { leadId } }] };
  },
};
