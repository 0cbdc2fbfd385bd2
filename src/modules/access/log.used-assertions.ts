import { type Clock, ClockUntrusted } from '../../event-sourcing/clock.js';
import type { EventStore } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { usedAssertion } from './used-assertion.js';

const CAUSE = { correlationId: 'token', causationId: 'token', actor: 'process:authorisation-server' };

/**
 * Which client assertions have been used (R29), for many replicas: each is a stream of its own in the log, which only one of them
 * can begin. That is an event for each token, at most 288 a day for a client that always has one.
 */
export class LogUsedAssertions {
  private readonly commands: CommandHandling;

  private constructor(
    store: EventStore,
    clock: Clock,
    private readonly keyedHash: (text: string) => string,
  ) {
    this.commands = new CommandHandling(store, clock, undefined, { heldFolds: 100 });
  }

  /** @param keyedHash keeps the log free of what clients make up */
  static async open(store: EventStore, clock: Clock, keyedHash: (text: string) => string): Promise<LogUsedAssertions> {
    const last = await store.readAt(await store.end());
    return new LogUsedAssertions(store, new LastTrusted(clock, Date.parse(last?.recordedAt ?? '') || 0), keyedHash);
  }

  /**
   * @param expiresAt seconds since the epoch, after which the assertion is refused for its age
   * @returns whether this was the first use
   * @throws StoreUnavailable, UnknownOutcome: the assertion may be used up
   */
  async use(id: string, expiresAt: number): Promise<boolean> {
    const stream = `assertion-${this.keyedHash(id)}`;
    const { events } = await this.commands.handle(usedAssertion, stream, CAUSE, () => ({ type: 'UseAssertion', data: { expiresAt } }));
    return events.length > 0;
  }
}

/**
 * While the clock is not trusted, the last time that it was: an operator needs a token to say that it is right, and nothing here
 * rests on the time.
 */
class LastTrusted implements Clock {
  constructor(
    private readonly clock: Clock,
    private last: number,
  ) {}

  now(): number {
    try {
      this.last = this.clock.now();
    } catch (error) {
      if (!(error instanceof ClockUntrusted)) throw error;
    }
    return this.last;
  }
}
