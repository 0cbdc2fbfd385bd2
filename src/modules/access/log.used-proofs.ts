import type { Clock } from '../../event-sourcing/clock.js';
import { type EventStore, StoreUnavailable } from '../../event-sourcing/event-store.js';
import { type Fleeting, SingleUseLog } from './log.single-use.js';
import { usedProofs } from './used-proof.js';
import type { UsedProofs } from './used-proofs.js';

/** Minutes that share a stream. */
const SPAN = 5;
/** Seconds: a span, what is taken before and after it, and as long again. */
const KEPT = 2 * SPAN * 60 + 600;
/** Streams of a span, by the first digit of the id's hash, so that requests seldom wait for each other. */
const DIGITS = 16;
/** Proofs that a stream remembers, some hundred bytes each in memory: 3,000 requests a second for five minutes. */
const CAPACITY = 60_000;

/** Which proofs of possession have been used (R28), for many replicas: each is an event in the log that they share. */
export class LogUsedProofs implements UsedProofs {
  private readonly used;

  /** @param keyedHash in hex; keeps the log free of what clients make up */
  constructor(
    store: EventStore & Partial<Fleeting>,
    clock: Clock,
    private readonly keyedHash: (text: string) => string,
    private readonly capacity = CAPACITY,
  ) {
    this.used = new SingleUseLog(store, clock, { decider: usedProofs, actor: 'process:access', kept: KEPT, held: 3 * DIGITS });
  }

  use(id: string, minute: number): Promise<boolean> {
    const hash = this.keyedHash(id).slice(0, 32);
    const stream = `proofs-${Math.floor(minute / SPAN)}-${hash[0]}`;
    return this.used.use(stream, (held) => {
      if (held >= this.capacity) throw new StoreUnavailable('more proofs of possession than can be remembered');
      return { type: 'UseProof', data: { id: hash, minute } };
    });
  }
}
