import type { Fact } from '../../event-sourcing/message.js';

/**
 * What is told to whom: the bank's customer who was asked for; the applicant who has to prove their identity, or to say whether
 * the partner may be told; and whoever has the contact on the bank's file, while somebody claims to be them at another one. A new
 * kind goes to the end: the place in this list is part of links that are in mailboxes.
 */
export const MESSAGE_KINDS = ['you-were-asked-for', 'prove-your-identity', 'consent-code', 'consent-warning'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/**
 * A message for the bank's channel. The log is the outbox: address and text are sealed under the key of the person whom it
 * goes to, so erasing the person erases them too.
 */
export type MessageQueued = Fact<
  'MessageQueued',
  {
    messageId: string;
    kind: MessageKind;
    leadId: string;
    owner: string;
    partner: string;
    subject: string;
    sealed: string;
    /** The service delivers it, and not whoever reads the messages. What was queued without that is nobody's duty later. */
    toDeliver?: boolean;
    /** After that it is of no use to anybody; ISO 8601. */
    expiresAt?: string;
    at: string;
  }
>;

/** There is nobody to be written to: no customer, no other contact on file. */
export type MessageNotNeeded = Fact<'MessageNotNeeded', { messageId: string; kind: MessageKind; leadId: string; at: string }>;

/** Some mail server or gateway has taken it over. */
export type MessageDelivered = Fact<'MessageDelivered', { messageId: string; kind: MessageKind; leadId: string; at: string }>;

/** Why a message is given up. None depends on who somebody is to the bank. */
export const UNDELIVERABLE_REASONS = ['erased', 'no-contact', 'expired', 'refused', 'too-long-tried'] as const;
export type UndeliverableReason = (typeof UNDELIVERABLE_REASONS)[number];
export type MessageUndeliverable = Fact<
  'MessageUndeliverable',
  { messageId: string; kind: MessageKind; leadId: string; reason: UndeliverableReason; at: string }
>;

/** What the addressee says through the link of a message. */
export const MESSAGE_WORDS = ['never-spoke', 'in-touch'] as const;
export type MessageWord = (typeof MESSAGE_WORDS)[number];
/** Said once through each message: what somebody says through another message about the same lead is theirs alone. */
export type MessageAnswered = Fact<'MessageAnswered', { messageId: string; leadId: string; word: MessageWord; at: string }>;
/** What follows from the word for its lead is on record there. */
export type MessageAnswerHeeded = Fact<'MessageAnswerHeeded', { messageId: string; leadId: string; at: string }>;

export type MessageEvent =
  | MessageQueued
  | MessageNotNeeded
  | MessageDelivered
  | MessageUndeliverable
  | MessageAnswered
  | MessageAnswerHeeded;
