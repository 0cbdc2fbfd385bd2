import { extended } from '../../event-sourcing/outage.js';
import type { Process } from '../../event-sourcing/process.js';
import type { LapseLead } from './lead.commands.js';
import type { CustomerSubmitted, LeadEndedExisting, LeadLapsed, LeadOpened, LeadWithdrawn } from './lead.events.js';

interface Waiting {
  readonly leadId: string;
  readonly openedAt: number;
  readonly followUpBy: number;
}

/** A lead whose follow-up does not come before its deadline lapses, also when the deadline passed while nobody watched. */
export const lapse: Process<
  Waiting,
  LeadOpened | CustomerSubmitted | LeadWithdrawn | LeadLapsed | LeadEndedExisting,
  Pick<LapseLead, 'type' | 'data'>
> = {
  name: 'lapse',
  version: 1,
  handles: ['LeadOpened', 'CustomerSubmitted', 'LeadWithdrawn', 'LeadLapsed', 'LeadEndedExisting'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) =>
    event.type === 'LeadOpened'
      ? { leadId: event.data.leadId, openedAt: Date.parse(event.data.at), followUpBy: Date.parse(event.data.followUpBy) }
      : undefined,
  owed: ({ leadId, openedAt, followUpBy }, { now, outages }) => {
    const due = extended(openedAt, followUpBy, outages);
    return now < due ? { commands: [], wakeAt: due } : { commands: [{ type: 'LapseLead', data: { leadId } }] };
  },
};
