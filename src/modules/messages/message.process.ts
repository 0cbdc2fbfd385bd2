import type { Process } from '../../event-sourcing/process.js';
import type { CustomerSubmitted, LeadEndedExisting } from '../leads/lead.events.js';
import type { SendMessage } from './message.commands.js';
import type { MessageQueued } from './message.events.js';

/**
 * The customer whom a partner asked for is told who asked; the applicant of a create is asked to prove their identity, at the
 * contact that the partner gave, in the same words whoever they are (I6).
 */
export const messages: Process<
  SendMessage['data'],
  LeadEndedExisting | CustomerSubmitted | MessageQueued,
  Pick<SendMessage, 'type' | 'data'>
> = {
  name: 'messages',
  version: 1,
  handles: ['LeadEndedExisting', 'CustomerSubmitted', 'MessageQueued'],
  key: ({ data }) => data.leadId,
  evolve: (_state, event) => {
    switch (event.type) {
      case 'LeadEndedExisting': {
        const { leadId, owner, partner, customerKey, at } = event.data;
        if (customerKey === undefined) return undefined;
        return { kind: 'you-were-asked-for', leadId, owner, partner, to: { kind: 'customer', customerKey }, at };
      }
      case 'CustomerSubmitted': {
        const { leadId, owner, partner, personKeys, sealed, at } = event.data;
        const personKey = personKeys[0] ?? '';
        return { kind: 'prove-your-identity', leadId, owner, partner, to: { kind: 'applicant', personKey, sealed }, at };
      }
      case 'MessageQueued':
        return undefined;
    }
  },
  owed: (data) => ({ commands: [{ type: 'SendMessage', data }] }),
};
