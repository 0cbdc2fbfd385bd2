import type { Contact } from '../persons/contact.js';
import type { Language } from './language.js';
import type { MessageKind } from './message.events.js';

/** A message on its way, in clear: it is never logged, and no error says anything of it. */
export interface Letter {
  /** The same at each try, so that whoever gets it twice can tell. */
  readonly messageId: string;
  readonly kind: MessageKind;
  /** The id of the lead that it is about. */
  readonly disclosureId: string;
  readonly to: Contact;
  readonly subject: string;
  /** Paragraphs with an empty line between them. @see messageText */
  readonly text: string;
  readonly languages: readonly Language[];
  /** ISO 8601. */
  readonly queuedAt: string;
  /** After that it is of no use; ISO 8601. */
  readonly expiresAt?: string;
}

/** A way out of the bank. */
export interface Messenger {
  reaches(contact: Contact): boolean;
  /**
   * Resolves when somebody else has taken the message over, durably as far as they say. May have happened also where it throws.
   * @throws DeliveryFailed and nothing else
   */
  send(letter: Letter, stop: AbortSignal): Promise<void>;
}

/** Why a try failed: words of this code base alone, for what a mail server says quotes addresses. */
export type DeliveryFailure = 'connection' | 'tls' | 'login' | 'timeout' | 'put-off' | 'refused' | 'stopped' | 'other';

/** What the failure is about: the messenger, so that others are not tried for now; this message alone; or this message for good. */
export type FailureScope = 'messenger' | 'message' | 'for-good';

/** Has no cause, on purpose. */
export class DeliveryFailed extends Error {
  override name = 'DeliveryFailed';

  constructor(
    readonly code: DeliveryFailure,
    readonly scope: FailureScope,
  ) {
    super('a message was not taken over');
  }
}

/** Injection token of the `Messenger`s, in the order in which they are preferred. */
export const MESSENGERS = Symbol('messengers');
