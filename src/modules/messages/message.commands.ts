import type { Cause } from '../../event-sourcing/message.js';
import type { MessageKind, MessageWord } from './message.events.js';

/** Whom a message is for, without saying who they are. */
export type Addressee =
  | { readonly kind: 'customer'; readonly customerKey: string }
  /** `sealed` is what the partner handed over, under the key of the lead's stream. */
  | { readonly kind: 'applicant'; readonly leadStream: string; readonly sealed: string }
  /** The person of these keys, one an epoch, if they are a customer, wherever the bank reaches them other than at this contact. */
  | { readonly kind: 'other-contact'; readonly personKeys: readonly string[]; readonly contactKey: string };

interface ToSend {
  readonly leadId: string;
  readonly owner: string;
  readonly partner: string;
  readonly to: Addressee;
  /** When what the message tells of happened; ISO 8601. */
  readonly at: string;
}

/** The n-th request for consent on a lead. */
interface AboutConsent {
  readonly ask: number;
  readonly purpose: string;
  /** Until when the applicant may answer; ISO 8601. */
  readonly expiresAt: string;
}

/** Writes a message for the bank's channel. Safe to send twice. */
export class SendMessage {
  readonly type = 'SendMessage';
  constructor(
    readonly data:
      | (ToSend & { readonly kind: Exclude<MessageKind, 'consent-code' | 'consent-warning'> })
      | (ToSend & AboutConsent & { readonly kind: 'consent-code' | 'consent-warning' }),
    readonly cause: Cause,
  ) {}
}

/** Hands a message to its channel, or gives it up. Safe to send twice; whoever gets it may then get it twice, under one id. */
export class DeliverMessage {
  readonly type = 'DeliverMessage';
  constructor(
    readonly data: { readonly messageId: string },
    readonly cause: Cause,
  ) {}
}

/** What the addressee says through the message's link. Safe to send twice: the first word stands. */
export class AnswerMessage {
  readonly type = 'AnswerMessage';
  constructor(
    readonly data: { readonly messageId: string; readonly word: MessageWord },
    readonly cause: Cause,
  ) {}
}

/** Tells the lead what the addressee of a message about it has said. Safe to send twice. */
export class HeedMessageAnswer {
  readonly type = 'HeedMessageAnswer';
  constructor(
    readonly data: { readonly messageId: string; readonly leadId: string; readonly word: MessageWord },
    readonly cause: Cause,
  ) {}
}
