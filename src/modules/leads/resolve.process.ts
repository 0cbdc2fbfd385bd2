import type { Process } from '../../event-sourcing/process.js';
import type { LeadResolved } from '../owners/owner.events.js';
import type { ResolveLead } from './lead.commands.js';
import type { LeadEndedExisting, LeadLapsed, LeadWithdrawn } from './lead.events.js';

const AS = { LeadEndedExisting: 'existing', LeadWithdrawn: 'withdrawn', LeadLapsed: 'lapsed' } as const;

/** A lead that lapsed, was withdrawn, or found a customer leaves its owner's ledger at once; only created ones wait. */
export const resolve: Process<
  ResolveLead['data'],
  LeadEndedExisting | LeadWithdrawn | LeadLapsed | LeadResolved,
  Pick<ResolveLead, 'type' | 'data'>
> = {
  name: 'resolve',
  version: 1,
  handles: ['LeadEndedExisting', 'LeadWithdrawn', 'LeadLapsed', 'LeadResolved'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) =>
    event.type === 'LeadResolved' ? undefined : { owner: event.data.owner, leadId: event.data.leadId, as: AS[event.type] },
  owed: (data) => ({ commands: [{ type: 'ResolveLead', data }] }),
};
