import type { Process } from '../../event-sourcing/process.js';
import type { AcknowledgementCredited } from '../owners/owner.events.js';
import type { CreditAcknowledgement } from './lead.commands.js';
import type { ExistingAcknowledged } from './lead.events.js';

/** What the customer acknowledged gives the owner its unit back, once. */
export const acknowledgement: Process<
  CreditAcknowledgement['data'],
  ExistingAcknowledged | AcknowledgementCredited,
  Pick<CreditAcknowledgement, 'type' | 'data'>
> = {
  name: 'acknowledgement',
  version: 1,
  handles: ['ExistingAcknowledged', 'AcknowledgementCredited'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    if (event.type === 'AcknowledgementCredited') return undefined;
    const { owner, partner, leadId, admittedAt, carried } = event.data;
    return { owner, partner, leadId, admittedAt, ...(carried && { carried }) };
  },
  owed: (data) => ({ commands: [{ type: 'CreditAcknowledgement', data }] }),
};
