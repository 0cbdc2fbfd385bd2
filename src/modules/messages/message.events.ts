import type { Fact } from '../../event-sourcing/message.js';

/** What is told to whom: the bank's customer who was asked for, or the applicant who has to prove their identity. */
export type MessageKind = 'you-were-asked-for' | 'prove-your-identity';

/**
 * A message for the bank's channel. The log is the outbox: address and text are sealed under the key of the person whom it
 * goes to, so erasing the person erases them too.
 */
export type MessageQueued = Fact<
  'MessageQueued',
  { messageId: string; kind: MessageKind; leadId: string; owner: string; partner: string; subject: string; sealed: string; at: string }
>;
export type MessageEvent = MessageQueued;
