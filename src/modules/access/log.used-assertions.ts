import type { Clock } from '../../event-sourcing/clock.js';
import type { EventStore } from '../../event-sourcing/event-store.js';
import { type Fleeting, SingleUseLog } from './log.single-use.js';
import { usedAssertions } from './used-assertion.js';

/** Seconds of expiry that share a stream. */
const SPAN = 3_600;
/** A span, the two minutes before it in which it may begin, and as long again; seconds. */
const KEPT = 2 * SPAN + 600;
/** Streams of a span, by the first digit of the id's hash, so that replicas seldom meet. */
const DIGITS = 16;

/**
 * Which client assertions have been used (R29), for many replicas, in streams of the log, one for each hour of expiry and digit of
 * their hash: an event for each token, at most 288 a day for a client that always has one.
 */
export class LogUsedAssertions {
  private readonly used;

  /** @param keyedHash in hex; keeps the log free of what clients make up */
  constructor(
    store: EventStore & Partial<Fleeting>,
    clock: Clock,
    private readonly keyedHash: (text: string) => string,
  ) {
    const actor = 'process:authorisation-server';
    this.used = new SingleUseLog(store, clock, { decider: usedAssertions, actor, kept: KEPT, held: 3 * DIGITS });
  }

  /**
   * @param expiresAt seconds since the epoch, after which the assertion is refused for its age; the same each time that it is sent
   * @returns whether this was the first use
   * @throws StoreUnavailable, UnknownOutcome: the assertion may be used up
   */
  use(id: string, expiresAt: number): Promise<boolean> {
    const hash = this.keyedHash(id).slice(0, 32);
    const stream = `assertions-${Math.floor(expiresAt / SPAN)}-${hash[0]}`;
    return this.used.use(stream, () => ({ type: 'UseAssertion', data: { id: hash, expiresAt } }));
  }
}
