import type { Process } from '../../event-sourcing/process.js';
import type { ConsentAsked, CustomerSubmitted, LeadEndedExisting } from '../leads/lead.events.js';
import type { SendMessage } from './message.commands.js';
import type { MessageNotNeeded, MessageQueued } from './message.events.js';
import { messageIdOf } from './message.js';

type Owes = Process<
  SendMessage['data'],
  LeadEndedExisting | CustomerSubmitted | ConsentAsked | MessageQueued | MessageNotNeeded,
  Pick<SendMessage, 'type' | 'data'>
>;

/**
 * The customer whom a partner asked for is told who asked; the applicant of a create is asked to prove their identity, and that
 * of a request for consent for their word, at the contact that the partner gave, in the same words whoever they are (I6).
 */
export const messages: Owes = {
  name: 'messages',
  version: 3,
  handles: ['LeadEndedExisting', 'CustomerSubmitted', 'ConsentAsked', 'MessageQueued', 'MessageNotNeeded'],
  key: (event) => messageOf(event).messageId,
  evolve: (_state, event) => messageOf(event).owed,
  owed: (data) => ({ commands: [{ type: 'SendMessage', data }] }),
};

/** Earliest and latest that a warning is looked into, ms after the request. */
const WARNED_WITHIN = { from: 2_000, to: 10_000 } as const;

/**
 * Whoever the bank knows under another contact than the one that was given in their name is warned there. Whether there is
 * somebody to warn is more work or less; it is done at a time that whoever made the request cannot know, so that the
 * service's pace in the moments after it does not tell them.
 */
export const warnings: Owes = {
  name: 'warnings',
  version: 2,
  handles: ['ConsentAsked', 'MessageQueued', 'MessageNotNeeded'],
  key: (event) => warningOf(event).messageId,
  evolve: (_state, event) => warningOf(event).owed,
  owed: (data, { now }) => {
    const wakeAt = lookedIntoAt(data);
    return now < wakeAt ? { commands: [], wakeAt } : { commands: [{ type: 'SendMessage', data }] };
  },
};

/** Drawn from the pseudonyms, which nobody outside knows: another time for each request, the same after a restart. */
function lookedIntoAt({ to, leadId, at }: SendMessage['data']): number {
  const { from, to: until } = WARNED_WITHIN;
  const drawn = Array.from(JSON.stringify([to, leadId, at])).reduce((sum, each) => (Math.imul(sum, 31) + each.charCodeAt(0)) >>> 0, 0);
  return Date.parse(at) + from + (drawn % (until - from));
}

function messageOf(event: Parameters<Owes['key']>[0]): { readonly messageId: string; readonly owed?: SendMessage['data'] } {
  switch (event.type) {
    case 'LeadEndedExisting': {
      const { leadId, owner, partner, customerKey, at } = event.data;
      const kind = 'you-were-asked-for';
      const messageId = messageIdOf(kind, leadId);
      if (customerKey === undefined) return { messageId };
      return { messageId, owed: { kind, leadId, owner, partner, to: { kind: 'customer', customerKey }, at } };
    }
    case 'CustomerSubmitted': {
      const { leadId, owner, partner, sealed, at } = event.data;
      const kind = 'prove-your-identity';
      const to = { kind: 'applicant', leadStream: event.stream, sealed } as const;
      return { messageId: messageIdOf(kind, leadId), owed: { kind, leadId, owner, partner, to, at } };
    }
    case 'ConsentAsked': {
      const { leadId, owner, partner, sealed, ask, purpose, dropped, expiresAt, at } = event.data;
      const kind = 'consent-code';
      const messageId = messageIdOf(kind, leadId, ask);
      if (dropped) return { messageId };
      const to = { kind: 'applicant', leadStream: event.stream, sealed } as const;
      return { messageId, owed: { kind, leadId, owner, partner, to, ask, purpose, expiresAt, at } };
    }
    case 'MessageQueued':
    case 'MessageNotNeeded':
      return { messageId: event.data.messageId };
  }
}

function warningOf(event: Parameters<Owes['key']>[0]): { readonly messageId: string; readonly owed?: SendMessage['data'] } {
  if (event.type !== 'ConsentAsked') return messageOf(event);
  const { leadId, owner, partner, personKey, otherKeys = [], contactKey, ask, purpose, expiresAt, at } = event.data;
  const kind = 'consent-warning';
  const to = { kind: 'other-contact', personKeys: [personKey, ...otherKeys], contactKey } as const;
  return { messageId: messageIdOf(kind, leadId, ask), owed: { kind, leadId, owner, partner, to, ask, purpose, expiresAt, at } };
}
