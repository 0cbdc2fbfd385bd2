import type { Fact } from '../../event-sourcing/message.js';

/** What is told to whom: the bank's customer who was asked for, or the applicant who has to prove their identity. */
export type MessageKind = 'you-were-asked-for' | 'prove-your-identity';
/** A message was handed to the bank's channel. The text and the address are in the outbox only. */
export type MessageHandedOver = Fact<
  'MessageHandedOver',
  { messageId: string; kind: MessageKind; leadId: string; owner: string; partner: string; at: string }
>;
export type MessageEvent = MessageHandedOver;
