import { readFileSync } from 'node:fs';
import { createTransport, type Transporter } from 'nodemailer';
import type { SmtpSettings } from '../../config.messengers.js';
import { messageHtml } from './message.html.js';
import type { Contact } from '../persons/contact.js';
import { DeliveryFailed, type Letter, type Messenger } from './messenger.js';

/** How long a mail server may take, milliseconds. */
export interface SmtpPatience {
  /** To its greeting. */
  readonly connect: number;
  /** Between two of its answers. */
  readonly silence: number;
  /** For all of it: a server that answers a letter at a time must not hold a place for ever. */
  readonly whole: number;
}

/** One address as SMTP writes it. What else the library would find in a text might be two. */
const ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[^\s"(),:;<>@[\\\]]+$/u;

const PATIENCE: SmtpPatience = { connect: 10_000, silence: 60_000, whole: 120_000 };

export interface Sender {
  /** As the addressee reads it. */
  readonly bank: string;
  /** Host of the service, for the right half of a `Message-ID`. */
  readonly host: string;
  /** A keyed hash: what a `Message-ID` is made from is nobody's business on the way. */
  readonly hash: (messageId: string) => string;
}

/** Sends mail, a connection for each message. The `Message-ID` follows from the message, so that a mailbox can drop a repeat. */
export class SmtpMessenger implements Messenger {
  private readonly transport: Transporter;

  constructor(
    private readonly settings: SmtpSettings,
    private readonly sender: Sender,
    private readonly patience: SmtpPatience = PATIENCE,
  ) {
    const { host, port, tls, caFile, login } = settings;
    this.transport = createTransport({
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'demanded',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2', ...(caFile !== undefined && { ca: readFileSync(caFile) }) },
      ...(login && { auth: { user: login.user, pass: login.password.reveal() } }),
      connectionTimeout: patience.connect,
      greetingTimeout: patience.connect,
      dnsTimeout: patience.connect,
      socketTimeout: patience.silence,
      // It would write addresses and texts.
      logger: false,
      // A partner's name is not to make the library read a file.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  reaches({ email }: Contact): boolean {
    return email !== undefined;
  }

  async send({ messageId, to, subject, text, languages, queuedAt }: Letter, stop: AbortSignal): Promise<void> {
    const { from } = this.settings;
    const { bank, host, hash } = this.sender;
    const email = to.email ?? '';
    if (!ADDRESS.test(email)) throw new DeliveryFailed('refused', 'for-good');
    try {
      await this.transport.sendMail({
        envelope: { from, to: [email] },
        from: { name: bank, address: from },
        to: { name: '', address: email },
        messageId: `<${hash(messageId).slice(0, 32)}@${host}>`,
        date: new Date(queuedAt),
        subject,
        text,
        html: messageHtml({ subject, text, languages }),
        // Nobody's holiday notice is to answer (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.any([stop, AbortSignal.timeout(this.patience.whole)]),
      });
    } catch (error) {
      throw failureOf(error, stop);
    }
  }
}

interface MailError {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly timeoutType?: unknown;
}

/**
 * A recipient or a message that is refused with 5xx is refused for good (RFC 5321, section 4.2.1); with 4xx it is put off. What
 * happens before the recipient is named is about the server, or the bank's own standing with it.
 */
function failureOf(error: unknown, stop: AbortSignal): DeliveryFailed {
  const { code, command, responseCode, timeoutType } = error as MailError;
  if (stop.aborted) return new DeliveryFailed('stopped', 'message');
  if (code === 'EABORT' || timeoutType === 'SOCKET_TIMEOUT') return new DeliveryFailed('timeout', 'message');
  if (code === 'ETIMEDOUT') return new DeliveryFailed('timeout', 'messenger');
  if (code === 'ETLS') return new DeliveryFailed('tls', 'messenger');
  if (code === 'EAUTH' || code === 'ENOAUTH') return new DeliveryFailed('login', 'messenger');
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  if (isAboutMessage && typeof responseCode === 'number') {
    return responseCode >= 500 ? new DeliveryFailed('refused', 'for-good') : new DeliveryFailed('put-off', 'message');
  }
  // The library itself finds that it is no address.
  if (code === 'EENVELOPE' && responseCode === undefined) return new DeliveryFailed('refused', 'for-good');
  if (code === 'ECONNECTION' || code === 'ESOCKET' || code === 'EDNS') return new DeliveryFailed('connection', 'messenger');
  return new DeliveryFailed('other', 'messenger');
}
