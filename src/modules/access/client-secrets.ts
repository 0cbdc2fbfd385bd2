import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Secrets of clients, for a bank that allows them: who knows one is the client. Only a keyed hash of it is kept, so that the log tells
 * it to nobody, not even to whoever tries out weak ones.
 */
export class ClientSecrets {
  /** @param keyedHash in hex */
  constructor(private readonly keyedHash: (text: string) => string) {}

  /** What is kept. @param sha256 of the secret, hex, in small letters: the secret itself stays with the client until it is shown */
  hashOf(clientId: string, sha256: string): string {
    return this.keyedHash(`${clientId} ${sha256}`);
  }

  /** @param secretHash as it is kept; '' for a client that has none */
  isRight(clientId: string, secret: string, secretHash: string): boolean {
    const shown = this.hashOf(clientId, createHash('sha256').update(secret).digest('hex'));
    return secretHash.length === shown.length && timingSafeEqual(Buffer.from(shown), Buffer.from(secretHash));
  }
}
