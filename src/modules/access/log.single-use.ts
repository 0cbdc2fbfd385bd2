import { type Clock, ClockUntrusted } from '../../event-sourcing/clock.js';
import type { Decider } from '../../event-sourcing/decider.js';
import { type EventStore, NO_STREAM } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Fact } from '../../event-sourcing/message.js';

/** What a log can do so that what means nothing any more goes from its disks by itself. */
export interface Fleeting {
  /** The events of a stream that has none yet need not be kept for longer than so many seconds. */
  keepFor(stream: string, seconds: number): Promise<void>;
}

/** What serves once, and how long that has to be known. */
export interface SingleUse<Use, F extends Fact> {
  readonly decider: Decider<Set<string>, Use, F>;
  /** Who is said to have written it. */
  readonly actor: string;
  /** Seconds after which the events of a stream may go. */
  readonly kept: number;
  /** Streams in use at the same time, and some: the oldest are let go of. */
  readonly held: number;
}

/**
 * What has been used, for many replicas, in streams of the log that share a span of time and a digit of the id's hash. A stream whose
 * time is over means nothing any more: it is not read again, drops out of the memory, and out of a log that can let events go by
 * their age.
 */
export class SingleUseLog<Use, F extends Fact> {
  private readonly commands: CommandHandling;

  private readonly time: LastTrusted;

  constructor(
    private readonly store: EventStore & Partial<Fleeting>,
    clock: Clock,
    private readonly kind: SingleUse<Use, F>,
  ) {
    this.time = new LastTrusted(clock, store);
    this.commands = new CommandHandling(store, this.time, undefined, { heldFolds: kind.held });
  }

  /**
   * @param command told how many uses the stream holds; it may throw
   * @returns whether this was the first use
   * @throws StoreUnavailable, UnknownOutcome: it may be used up
   */
  async use(stream: string, command: (held: number) => Use): Promise<boolean> {
    await this.time.look();
    const { decider, actor, kept } = this.kind;
    const cause = { correlationId: 'token', causationId: 'token', actor };
    const { events } = await this.commands.handle(decider, stream, cause, async (used, { revision }) => {
      if (revision === NO_STREAM) await this.store.keepFor?.(stream, kept);
      return command(used.size);
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
