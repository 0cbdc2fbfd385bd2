import type { Process } from '../../event-sourcing/process.js';
import type { LeadConverted, LeadDeclined } from '../leads/lead.events.js';
import { settlementOf, type Settling } from '../leads/settlement.events.js';
import type { LeadSettled } from '../owners/owner.events.js';
import type { SettleLead } from './customer.commands.js';

interface Unsettled {
  readonly owner: string;
  readonly leadId: string;
  readonly settles: Settling;
}

/** At its settlement, and not before, what became of a created lead is shown and credited. */
export const settle: Process<Unsettled, LeadConverted | LeadDeclined | LeadSettled, Pick<SettleLead, 'type' | 'data'>> = {
  name: 'settle',
  version: 2,
  handles: ['LeadConverted', 'LeadDeclined', 'LeadSettled'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    if (event.type === 'LeadSettled') return undefined;
    const { owner, leadId, settles } = event.data;
    return { owner, leadId, settles };
  },
  owed: ({ owner, leadId, settles }, { now, outages }) => {
    const settlesAt = settlementOf(settles, outages);
    return now < settlesAt ? { commands: [], wakeAt: settlesAt } : { commands: [{ type: 'SettleLead', data: { owner, leadId } }] };
  },
};
