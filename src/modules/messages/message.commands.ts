import type { Cause } from '../../event-sourcing/message.js';
import type { MessageKind } from './message.events.js';

/** Whom a message is for, without saying who they are. */
export type Addressee =
  | { readonly kind: 'customer'; readonly customerKey: string }
  /** `sealed` is what the partner handed over, under the key of `personKey`. */
  | { readonly kind: 'applicant'; readonly personKey: string; readonly sealed: string };

/** Writes a message for the bank's channel. Safe to send twice. */
export class SendMessage {
  readonly type = 'SendMessage';
  constructor(
    readonly data: {
      readonly kind: MessageKind;
      readonly leadId: string;
      readonly owner: string;
      readonly partner: string;
      readonly to: Addressee;
      /** When what the message tells of happened; ISO 8601. */
      readonly at: string;
    },
    readonly cause: Cause,
  ) {}
}
