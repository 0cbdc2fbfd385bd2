import { type Clock, ClockUntrusted } from '../../event-sourcing/clock.js';
import { type EventStore, NO_STREAM } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { type UseAssertion, usedAssertions } from './used-assertion.js';

const CAUSE = { correlationId: 'token', causationId: 'token', actor: 'process:authorisation-server' };

/** Seconds of expiry that share a stream. */
const SPAN = 3_600;
/** Seconds after which the events of a stream may go: a span, the two minutes before it in which it may begin, and as long again. */
const KEPT = 2 * SPAN + 600;
/** Streams of a span, by the first digit of the id's hash, so that replicas seldom meet. */
const DIGITS = 16;
/** As many as are in use at the same time, and some: the oldest are let go of. */
const HELD = 3 * DIGITS;

/** What a log can do so that what means nothing any more goes from its disks by itself. */
export interface Fleeting {
  /** The events of a stream that has none yet need not be kept for longer than so many seconds. */
  keepFor(stream: string, seconds: number): Promise<void>;
}

/**
 * Which client assertions have been used (R29), for many replicas, in streams of the log, one for each hour of expiry and digit of
 * their hash: an event for each token, at most 288 a day for a client that always has one. A stream whose hour is over means nothing
 * any more: it is not read again, drops out of the memory, and out of a log that can let events go by their age.
 */
export class LogUsedAssertions {
  private readonly commands: CommandHandling;

  private readonly time: LastTrusted;

  /** @param keyedHash in hex; keeps the log free of what clients make up */
  constructor(
    private readonly store: EventStore & Partial<Fleeting>,
    clock: Clock,
    private readonly keyedHash: (text: string) => string,
  ) {
    this.time = new LastTrusted(clock, store);
    this.commands = new CommandHandling(store, this.time, undefined, { heldFolds: HELD });
  }

  /**
   * @param expiresAt seconds since the epoch, after which the assertion is refused for its age; the same each time that it is sent
   * @returns whether this was the first use
   * @throws StoreUnavailable, UnknownOutcome: the assertion may be used up
   */
  async use(id: string, expiresAt: number): Promise<boolean> {
    await this.time.look();
    const hash = this.keyedHash(id).slice(0, 32);
    const stream = `assertions-${Math.floor(expiresAt / SPAN)}-${hash[0]}`;
    const command: UseAssertion = { type: 'UseAssertion', data: { id: hash, expiresAt } };
    const { events } = await this.commands.handle(usedAssertions, stream, CAUSE, async (_used, { revision }) => {
      if (revision === NO_STREAM) await this.store.keepFor?.(stream, KEPT);
      return command;
    });
    return events.length > 0;
  }
}

/**
 * While the clock is not trusted, the last time that it was: an operator needs a token to say that it is right, and nothing here
 * rests on the time.
 */
class LastTrusted implements Clock {
  private last: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly store: EventStore,
  ) {}

  /** Before the time is asked for. @throws StoreUnavailable */
  async look(): Promise<void> {
    this.last = this.trusted() ?? this.last ?? (await this.ofLog());
  }

  now(): number {
    this.last = this.trusted() ?? this.last;
    return this.last ?? 0;
  }

  private trusted(): number | undefined {
    try {
      return this.clock.now();
    } catch (error) {
      if (!(error instanceof ClockUntrusted)) throw error;
      return undefined;
    }
  }

  private async ofLog(): Promise<number> {
    const last = await this.store.readAt(await this.store.end());
    return Date.parse(last?.recordedAt ?? '') || 0;
  }
}
