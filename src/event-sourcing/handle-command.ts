import type { Clock } from './clock.js';
import { Deadline, jittered } from './deadline.js';
import { type Decider, DomainError } from './decider.js';
import { eventId } from './event-id.js';
import { BEFORE_FIRST, DuplicateEventId, type EventStore, StoreUnavailable, UnknownOutcome, WrongExpectedRevision } from './event-store.js';
import { takingAlways } from './exact-moment.js';
import type { FoldCache } from './fold-cache.js';
import type { Cause, Fact, NewEvent, Recorded, RecordedEvent } from './message.js';
import { type Fold, StreamFolds, type StreamFoldsOptions, type WrittenWith } from './stream-folds.js';
import { StreamQueue } from './stream-queue.js';
import { Upcasters } from './upcasters.js';

/** What a command may know of the attempt that it is made for. */
export interface Attempt {
  /** Milliseconds since the epoch: the later of the clock and the stream's last event (R7). */
  readonly now: number;
  /** The stream's revision that the decision will be made at; `NO_STREAM` when it does not exist. */
  readonly revision: number;
}

export interface Loaded<State> {
  /** Read only, and alive: the next load of the stream advances it in place. Use it before the next `await`. */
  readonly state: State;
  /** `NO_STREAM` when the stream does not exist. */
  readonly revision: number;
  /** Milliseconds since the epoch; 0 when the stream does not exist. */
  readonly lastRecordedAt: number;
}

export interface Handled<F extends Fact> {
  /** What the command wrote, as it is stored; `position` of each is the place from which all of them can be seen. */
  readonly events: readonly Recorded<F>[];
  /** Position of the last event written, `BEFORE_FIRST` when there was nothing to do. */
  readonly position: number;
  /** The same command stood in the stream already: what it wrote then was read again, and nothing was decided. */
  readonly isRepeat: boolean;
}

export interface CommandHandlingOptions extends StreamFoldsOptions {
  /** How often a command is decided anew because somebody else wrote first (R13); 20 unless given. */
  readonly maxAttempts?: number;
  /** Milliseconds from the start of the work to giving up; 10,000 unless given. */
  readonly deadlineMs?: number;
  /** Longest wait for other commands on the same stream; 30,000 unless given. */
  readonly queueMs?: number;
  readonly upcasters?: Upcasters;
}

/** Others kept writing to the stream first, or it had too long a queue. Nothing was written. */
export class StreamContended extends StoreUnavailable {
  override name = 'StreamContended';
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/**
 * Milliseconds that a command on a shared stream takes: some times what it takes to read a stream and to write to it. To find an
 * event there and to fold it is 20 µs more than to find none, which many questions would show (R41).
 */
export const SHARED_TAKES_MS = 10;
/** Events that one command writes, at most. */
const LARGEST_COMMAND = 100;

/** A command on its way. */
interface Work<State, Command, F extends Fact> {
  readonly decider: Decider<State, Command, F>;
  readonly stream: string;
  readonly cause: Cause;
  readonly command: (state: State, attempt: Attempt) => Command | Promise<Command>;
  readonly deadline: Deadline;
}

/** Load, decide, append at the revision read, retry: the only place where this sequence stands. */
export class CommandHandling {
  private readonly queue = new StreamQueue();
  private readonly folds: StreamFolds;
  private readonly upcasters: Upcasters;
  private readonly maxAttempts: number;
  private readonly deadlineMs: number;
  private readonly queueMs: number;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    disk?: FoldCache,
    options: CommandHandlingOptions = {},
  ) {
    this.folds = new StreamFolds(store, disk, options);
    this.upcasters = options.upcasters ?? new Upcasters();
    this.maxAttempts = options.maxAttempts ?? 20;
    this.deadlineMs = options.deadlineMs ?? 10_000;
    this.queueMs = options.queueMs ?? 30_000;
  }

  /** Streams that commands are waiting for or working on. */
  get busyStreams(): number {
    return this.queue.size;
  }

  /**
   * The stream folded to its end.
   * @throws StoreUnavailable
   * @throws UnknownEventVersion
   */
  load<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Promise<Loaded<State>> {
    return this.folds.load(decider, stream);
  }

  /** What {@link load} would give, without waiting; `undefined` where the store has to be asked. */
  current<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Loaded<State> | undefined {
    return this.folds.current(decider, stream);
  }

  /**
   * The stream as far as it was folded last, which may be long ago; `undefined` where it is known to have gone on. For what does
   * not change any more, and for a first look at what is decided again on the stream's end. Nobody is told no on it.
   */
  lastKnown<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Loaded<State> | undefined {
    return this.folds.lastKnown(decider, stream);
  }

  /**
   * Decides a command on the stream's end and writes what follows from it, one command at a time for each stream.
   *
   * Where the stream was folded before, the decision is made on that fold without asking whether others have written since: what
   * is written is written at the fold's revision, so the store takes it only if they have not. Whatever says that nothing is to
   * be written holds only when a read finds the stream's end still there; else the command is made and decided afresh.
   *
   * A command that came with an idempotency key and stands in the stream already is not decided again, whichever process
   * wrote it: what it wrote is what it comes to (R12).
   *
   * @param command makes the command from the state; called afresh on every attempt. It may read other streams; it must
   *   not write to this one (it would wait for itself).
   * @throws DomainError as the decider says, or `IDEMPOTENCY_KEY_REUSED`; nothing was written
   * @throws UnknownOutcome the events may be there, now or later: no answer may rest on it (R3)
   * @throws StoreUnavailable nothing was written
   */
  handle<State, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    stream: string,
    cause: Cause,
    command: (state: State, attempt: Attempt) => Command | Promise<Command>,
  ): Promise<Handled<F>> {
    const patience = new Deadline(this.queueMs);
    const begin = (): Promise<Handled<F>> =>
      this.queue.run(stream, () => {
        if (patience.passed) throw new StreamContended('too many commands are waiting for the stream');
        return this.untilWritten(decider, stream, cause, command);
      });
    return decider.isShared ? takingAlways(SHARED_TAKES_MS, begin) : begin();
  }

  /** Writes the folds that are due to disk; for shutting down. */
  flush(): void {
    this.folds.flush();
  }

  private async untilWritten<State, Command, F extends Fact>(
    decider: Decider<State, Command, F>,
    stream: string,
    cause: Cause,
    command: (state: State, attempt: Attempt) => Command | Promise<Command>,
  ): Promise<Handled<F>> {
    const deadline = new Deadline(this.deadlineMs);
    const work = { decider, stream, cause, command, deadline };
    let fold = this.folds.current(decider, stream);
    const known = fold === undefined ? this.folds.lastKnown(decider, stream) : undefined;
    const early = known && (await this.onLastKnown(work, known));
    if (early !== undefined) return early;
    for (let attempt = 1; attempt <= this.maxAttempts && !deadline.passed; attempt++) {
      fold = this.folds.current(decider, stream) ?? (await this.loaded(work));
      const handled = await this.attempt(work, fold);
      if (handled !== undefined) return handled;
      await deadline.pause(jittered(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
    }
    throw new StreamContended('others kept writing to the stream');
  }

  /** @returns `undefined` where the stream had gone on: nothing was written, and what was found there says nothing */
  private async onLastKnown<State, Command, F extends Fact>(
    work: Work<State, Command, F>,
    fold: Fold<State>,
  ): Promise<Handled<F> | undefined> {
    const { revision } = fold;
    const isEnd = async (): Promise<boolean> => (await this.loaded(work)) === fold && isStillAt(fold, revision);
    try {
      const handled = await this.attempt(work, fold);
      const isProven = handled === undefined || handled.isRepeat || handled.events.length > 0;
      return isProven || (await isEnd()) ? handled : undefined;
    } catch (error) {
      if (isOfStore(error) || (await isEnd())) throw error;
      return undefined;
    }
  }

  private loaded<State, Command, F extends Fact>({ decider, stream, deadline }: Work<State, Command, F>): Promise<Fold<State>> {
    return deadline.wait(this.folds.load(decider, stream), notInTime);
  }

  /** @returns `undefined` where somebody else wrote first, and nothing was written */
  private async attempt<State, Command, F extends Fact>(
    { decider, stream, cause, command, deadline }: Work<State, Command, F>,
    fold: Fold<State>,
  ): Promise<Handled<F> | undefined> {
    const { revision } = fold;
    const before = writtenBefore(fold, cause);
    if (before !== undefined) return this.readAgain<F>(stream, before, cause, deadline);
    const now = Math.max(this.clock.now(), fold.lastRecordedAt);
    const made = command(fold.state, { now, revision });
    const wanted = made instanceof Promise ? await deadline.wait(made, notInTime) : made;
    if (!isStillAt(fold, revision)) return undefined;
    const events = decider.decide(fold.state, wanted).map((fact) => this.newEvent(fact, now, cause));
    if (events.length === 0) return { events: [], position: BEFORE_FIRST, isRepeat: false };
    const position = await this.append(stream, revision, events, deadline);
    return position === undefined ? undefined : this.written(fold, stream, revision, events, position);
  }

  private async readAgain<F extends Fact>(
    stream: string,
    { revision }: WrittenWith,
    { idempotencyKeyHash: keyHash }: Cause,
    deadline: Deadline,
  ): Promise<Handled<F>> {
    const page = await deadline.wait(this.store.readStream(stream, { from: revision, limit: LARGEST_COMMAND }), notInTime);
    const end = page.findIndex(({ cause }) => cause.idempotencyKeyHash !== keyHash);
    const events: readonly RecordedEvent[] = (end === -1 ? page : page.slice(0, end)).map((event) => this.upcasters.read(event));
    const recorded = events as readonly unknown[] as readonly Recorded<F>[];
    return { events: recorded, position: events.at(-1)?.position ?? BEFORE_FIRST, isRepeat: true };
  }

  private written<F extends Fact>(
    fold: Fold<unknown>,
    stream: string,
    expected: number,
    events: readonly NewEvent<F>[],
    position: number,
  ): Handled<F> {
    const recorded = events.map((event, place) => ({ ...event, stream, revision: expected + 1 + place, position }));
    this.folds.written(fold, recorded);
    return { events: recorded as readonly unknown[] as readonly Recorded<F>[], position, isRepeat: false };
  }

  /**
   * Sends one append, with the same ids at the same revision, until its outcome is known (R4). After one attempt with an
   * unknown outcome, no error but a proof that the place is taken by somebody else says that nothing was written.
   * @returns position of the last event, or `undefined` when somebody else wrote first
   */
  private async append(stream: string, expected: number, events: readonly NewEvent[], deadline: Deadline): Promise<number | undefined> {
    let unknown: UnknownOutcome | undefined;
    for (let failures = 0; ; failures++) {
      try {
        return (await deadline.wait(this.store.append(stream, expected, events), notConfirmedInTime)).position;
      } catch (error) {
        if (error instanceof WrongExpectedRevision) {
          const place = await this.lookAtPlace(stream, expected, events, deadline, unknown);
          if (place.ours) return place.position;
          if (place.taken || unknown === undefined) return undefined;
        } else if (saysNothingWasWritten(error)) {
          if (unknown === undefined) throw error;
        } else {
          // An error outside the port's contract says nothing about the outcome either.
          unknown = error instanceof UnknownOutcome ? error : new UnknownOutcome('the append failed', { cause: error });
        }
      }
      if (unknown && deadline.passed) throw unknown;
      await deadline.pause(jittered(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
    }
  }

  /** Who has the revision that the append was meant for? An earlier attempt of ours may have arrived after all. */
  private async lookAtPlace(
    stream: string,
    expected: number,
    events: readonly NewEvent[],
    deadline: Deadline,
    unknown: UnknownOutcome | undefined,
  ): Promise<{ ours: boolean; taken: boolean; position: number }> {
    try {
      const found = await deadline.wait(this.store.readStream(stream, { from: expected + 1, limit: events.length }), notInTime);
      const ours = found.length === events.length && found[0]?.id === events[0]?.id;
      return { ours, taken: found.length > 0 && found[0]?.id !== events[0]?.id, position: found.at(-1)?.position ?? BEFORE_FIRST };
    } catch (error) {
      if (unknown === undefined) throw error;
      return { ours: false, taken: false, position: BEFORE_FIRST };
    }
  }

  private newEvent<F extends Fact>(fact: F, now: number, cause: Cause): NewEvent<F> {
    return {
      id: eventId(now),
      type: fact.type,
      schemaVersion: this.upcasters.newestOf(fact.type),
      recordedAt: new Date(now).toISOString(),
      cause,
      // As it will be read back, so that a replayed answer is the first one; and cut loose from the state, which changes.
      data: JSON.parse(JSON.stringify(fact.data)) as F['data'],
    };
  }
}

/** Where the same command stands that came before, here or in another process. */
function writtenBefore(fold: Fold<unknown>, { idempotencyKeyHash: keyHash, payloadHash }: Cause): WrittenWith | undefined {
  const place = keyHash === undefined ? undefined : fold.writtenWith(keyHash);
  if (place === undefined || place.payloadHash === payloadHash) return place;
  throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'the key was used for another request');
}

/** False when, while the command was being made, somebody loaded newer events into the state, or found it to be wrong. */
function isStillAt(fold: Fold<unknown>, revision: number): boolean {
  return fold.revision === revision && !fold.abandoned;
}

/** Says nothing of what was decided, on whatever fold. */
function isOfStore(error: unknown): boolean {
  return error instanceof StoreUnavailable || error instanceof UnknownOutcome;
}

/** Of the call that threw it; what an earlier call wrote, it does not say. */
function saysNothingWasWritten(error: unknown): boolean {
  return [StoreUnavailable, DuplicateEventId, TypeError, RangeError].some((kind) => error instanceof kind);
}

function notInTime(): Error {
  return new StoreUnavailable('the command ran out of time before anything was written');
}

function notConfirmedInTime(): Error {
  return new UnknownOutcome('the append was not confirmed in time');
}
