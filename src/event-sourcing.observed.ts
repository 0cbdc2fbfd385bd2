import { DomainError } from './event-sourcing/decider.js';
import type { Decider } from './event-sourcing/decider.js';
import type { Clock, ClockJump } from './event-sourcing/clock.js';
import type { EventStore } from './event-sourcing/event-store.js';
import type { FoldCache } from './event-sourcing/fold-cache.js';
import { type Attempt, CommandHandling, type CommandHandlingOptions, type Handled } from './event-sourcing/handle-command.js';
import type { IdempotencyIndex } from './event-sourcing/idempotency-index.js';
import type { Cause, Fact } from './event-sourcing/message.js';
import type { Upcasters } from './event-sourcing/upcasters.js';
import type { Metrics } from './observability/metrics.js';

/** Command handling that counts, and that remembers which events an idempotency key led to until the index has them. */
export class ObservedCommandHandling extends CommandHandling {
  constructor(
    store: EventStore,
    clock: Clock,
    folds: FoldCache,
    upcasters: Upcasters,
    private readonly index: IdempotencyIndex,
    private readonly metrics: Metrics,
    options: CommandHandlingOptions = {},
  ) {
    super(store, clock, folds, { ...options, upcasters });
  }

  override handle<State, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    stream: string,
    cause: Cause,
    command: (state: State, attempt: Attempt) => Command | Promise<Command>,
  ): Promise<Handled<F>> {
    let type = 'unknown';
    const noted = (made: Command): Command => {
      type = (made as { type?: string }).type ?? type;
      return made;
    };
    const observed = (state: State, attempt: Attempt): Command | Promise<Command> => {
      const made = command(state, attempt);
      return made instanceof Promise ? made.then(noted) : noted(made);
    };
    return super.handle(decider, stream, cause, observed).then(
      (handled) => {
        this.metrics.commandHandled(type, 'accepted');
        this.remember(stream, cause, handled.events[0]?.revision);
        return handled;
      },
      (error: unknown) => {
        this.metrics.commandHandled(type, error instanceof DomainError ? 'refused' : 'failed');
        throw error;
      },
    );
  }

  private remember(stream: string, { idempotencyKeyHash, payloadHash }: Cause, revision: number | undefined): void {
    if (idempotencyKeyHash === undefined || revision === undefined) return;
    this.index.remember(idempotencyKeyHash, { stream, revision, ...(payloadHash !== undefined && { payloadHash }) });
  }
}

/** Jumps of the clock, for whoever reports them; what comes before anybody listens is kept for the first who does. */
export class ClockJumps {
  private readonly listeners: ((jump: ClockJump) => void)[] = [];
  private readonly jumps: ClockJump[] = [];

  report(jump: ClockJump): void {
    this.jumps.push(jump);
    if (this.jumps.length > 20) this.jumps.shift();
    for (const listener of this.listeners) listener(jump);
  }

  listen(listener: (jump: ClockJump) => void): void {
    this.listeners.push(listener);
    for (const jump of this.jumps) listener(jump);
  }
}
