import { createHmac } from 'node:crypto';

/** Seconds for which one nonce is handed out. The one before and the one after are taken too: clocks of replicas differ a little. */
export const NONCE_PERIOD = 60;

/** Characters of a nonce: 132 bits of an HMAC, which nobody foresees. */
const LENGTH = 22;

/**
 * What a proof of possession has to carry (RFC 9449, section 8), so that none can be made in advance. A nonce follows from a secret
 * and the minute, so nothing is kept, and whoever has the same secret knows the same ones.
 *
 * The minute never goes back, whatever the clock does: a nonce that was given up stays so, and what was remembered with it may be
 * forgotten.
 */
export class ProofNonces {
  private minute = -Infinity;
  private nonces: readonly (readonly [minute: number, nonce: string])[] = [];

  /** @param now milliseconds since the epoch */
  constructor(
    private readonly secret: string,
    private readonly now: () => number,
  ) {}

  /** What the next proof is to carry. */
  current(): string {
    return this.taken()[1]?.[1] ?? '';
  }

  /** The minute that a nonce is of; `undefined` for one that is not taken now. It is the same each time that the nonce is shown. */
  minuteOf(nonce: string): number | undefined {
    // Which of them it is tells nobody anything: each is handed out to whoever asks.
    return this.taken().find(([, taken]) => taken === nonce)?.[0];
  }

  /** The one before, the current one, the one after. */
  private taken(): readonly (readonly [number, string])[] {
    const minute = Math.floor(this.now() / 1000 / NONCE_PERIOD);
    if (minute > this.minute) {
      this.minute = minute;
      this.nonces = [minute - 1, minute, minute + 1].map((each) => [each, this.of(each)]);
    }
    return this.nonces;
  }

  private of(minute: number): string {
    return createHmac('sha256', this.secret).update(String(minute)).digest('base64url').slice(0, LENGTH);
  }
}
