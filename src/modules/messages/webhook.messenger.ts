import { createHmac } from 'node:crypto';
import type { WebhookSettings } from '../../config.messengers.js';
import type { Contact } from '../persons/contact.js';
import { DeliveryFailed, type Letter, type Messenger } from './messenger.js';

/** For the request and its answer together, milliseconds. */
const PATIENCE_MS = 15_000;
/** Of a secret that is written as the standard's libraries do: base64 of its bytes follows. */
const SECRET_PREFIX = 'whsec_';
/** What says that this very message will never be taken. */
const FOR_GOOD: ReadonlySet<number> = new Set([410, 422]);

/**
 * Posts messages as JSON to a gateway or an app of the bank's, signed as Standard Webhooks has it
 * (https://www.standardwebhooks.com): whoever receives it checks with a library of theirs who sent it and that it is fresh,
 * and drops what has the id of an earlier one.
 */
export class WebhookMessenger implements Messenger {
  constructor(
    private readonly settings: WebhookSettings,
    /** Milliseconds since the epoch. */
    private readonly now: () => number,
    private readonly patience = PATIENCE_MS,
  ) {}

  reaches({ email, phone }: Contact): boolean {
    return email !== undefined || phone !== undefined;
  }

  async send(letter: Letter, stop: AbortSignal): Promise<void> {
    const body = JSON.stringify(letter);
    const status = await this.post(body, this.headers(letter.messageId, body), stop);
    if (status >= 200 && status < 300) return;
    throw FOR_GOOD.has(status) ? new DeliveryFailed('refused', 'for-good') : new DeliveryFailed('put-off', 'message');
  }

  private headers(messageId: string, body: string): Record<string, string> {
    const timestamp = String(Math.floor(this.now() / 1000));
    const { secret } = this.settings;
    const signature = signatureOf(secret.reveal(), `${messageId}.${timestamp}.${body}`);
    return {
      'content-type': 'application/json',
      'webhook-id': messageId,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
  }

  private async post(body: string, headers: Record<string, string>, stop: AbortSignal): Promise<number> {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(this.patience)]);
    try {
      // A redirect would carry the message to where the bank did not say: it counts as one that was not taken.
      const response = await fetch(this.settings.url, { method: 'POST', body, headers, redirect: 'manual', signal });
      // Whatever it says, nobody reads it; and it must not keep the connection.
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (stop.aborted) throw new DeliveryFailed('stopped', 'message');
      const isTimeout = (error as Error).name === 'TimeoutError';
      throw isTimeout ? new DeliveryFailed('timeout', 'message') : new DeliveryFailed('connection', 'messenger');
    }
  }
}

function signatureOf(secret: string, text: string): string {
  const key = secret.startsWith(SECRET_PREFIX) ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(text).digest('base64');
}
