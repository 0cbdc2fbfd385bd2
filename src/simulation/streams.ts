import type { Decider } from '../event-sourcing/decider.js';
import { NO_STREAM } from '../event-sourcing/event-store.js';
import type { Fact, RecordedEvent } from '../event-sourcing/message.js';

/** A stream as far as it has gone. */
interface Fold<State> {
  state: State;
  revision: number;
  /** Epoch ms. */
  lastRecordedAt: number;
}

const CAUSE = { correlationId: 'simulation', causationId: 'simulation', actor: 'simulation' };

/**
 * The write side of the service without its machinery: the same deciders, decided and folded in one thread, one command at a
 * time. A year of a large partner is some ten million events, so they are handed on as they happen and not kept; the folds are.
 */
export class Streams {
  private readonly folds = new Map<string, Fold<unknown>>();
  private position = 0;
  private iso = { ms: NaN, text: '' };

  /** @param recorded is told of each event at once, in the order of the log */
  constructor(private readonly recorded: (event: RecordedEvent) => void) {}

  /** Events so far. */
  get events(): number {
    return this.position;
  }

  state<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): State {
    return this.fold(decider, stream).state;
  }

  /** When the stream's last event was recorded, epoch ms; 0 where there is none. */
  lastRecordedAt(stream: string): number {
    return this.folds.get(stream)?.lastRecordedAt ?? 0;
  }

  /**
   * Decides a command on the stream's end, and appends what follows from it.
   * @param now epoch ms
   * @throws DomainError as the decider says
   */
  handle<State, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    stream: string,
    now: number,
    command: (at: string, state: State) => NoInfer<Command>,
  ): readonly F[] {
    const fold = this.fold(decider, stream);
    const recordedAt = Math.max(now, fold.lastRecordedAt);
    const at = this.isoOf(recordedAt);
    const facts = decider.decide(fold.state, command(at, fold.state));
    for (const fact of facts) this.append(decider, fold, stream, at, fact);
    // As its text has it, which knows no fractions.
    if (facts.length > 0) fold.lastRecordedAt = Math.trunc(recordedAt);
    return facts;
  }

  /** ISO 8601 of epoch ms; the last one is remembered, for mostly it is asked for again. */
  isoOf(ms: number): string {
    if (ms !== this.iso.ms) this.iso = { ms, text: new Date(ms).toISOString() };
    return this.iso.text;
  }

  private append<State, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    fold: Fold<State>,
    stream: string,
    recordedAt: string,
    { type, data }: F,
  ): void {
    const position = this.position++;
    fold.revision += 1;
    const { revision } = fold;
    const event = { id: String(position), type, schemaVersion: 1, recordedAt, cause: CAUSE, stream, revision, position, data };
    fold.state = decider.evolve(fold.state, event as unknown as F);
    this.recorded(event);
  }

  private fold<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Fold<State> {
    let known = this.folds.get(stream) as Fold<State> | undefined;
    if (known === undefined) {
      known = { state: decider.initial(), revision: NO_STREAM, lastRecordedAt: 0 };
      this.folds.set(stream, known);
    }
    return known;
  }
}
