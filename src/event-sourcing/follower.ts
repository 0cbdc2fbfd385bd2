import type { Fact, Recorded } from './message.js';
import type { Checkpoint, Handles, MemoryProjection, Projection } from './projection.js';
import type { ReadModels } from './read-models.js';

/** One step of following: some events and the checkpoint after them. */
export interface Step {
  readonly at: Checkpoint;
  readonly applied: number;
}

/** What a subscription drives: the same for read models in tables and in memory. */
export interface Follower {
  readonly name: string;
  readonly handles: Handles<Fact>;
  /** How far it has come; `undefined` when it has to begin anew. */
  restore(): Checkpoint | undefined;
  reset(): void;
  /** False when its data was lost underneath it. */
  isWhole(): boolean;
  /** Runs `work` and keeps the checkpoint with what it applied: both or neither, where the data is on disk (R19). */
  take(work: (apply: (event: Recorded<Fact>) => void) => Step): Step;
  /** Went past events none of which it follows. */
  pass(at: Checkpoint): void;
  /** Notes how far it has come before it stops. */
  leave(at: Checkpoint): void;
}

/** Pages without an event that may go by before the checkpoint is worth a commit: they cost only a second look. */
const PASSED_PAGES = 100;

export function inTables<Event extends Fact>(projection: Projection<Event>, readModels: ReadModels): Follower {
  const { db } = readModels;
  const save = (at: Checkpoint): void => readModels.saveCheckpoint(projection as unknown as Projection, at);
  let passed = 0;
  return {
    name: projection.name,
    handles: projection.handles,
    restore: () => readModels.checkpointOf(projection as unknown as Projection),
    reset: () => readModels.startAnew(projection as unknown as Projection),
    isWhole: () => readModels.has(projection.tables),
    take: (work) =>
      readModels.inOneTransaction(() => {
        const step = work((event) => projection.apply(db, event as unknown as Recorded<Event>));
        save(step.at);
        return step;
      }),
    pass: (at) => {
      passed += 1;
      if (passed % PASSED_PAGES === 0) save(at);
    },
    leave: save,
  };
}

export function inMemory<Event extends Fact>(projection: MemoryProjection<Event>): Follower {
  return {
    name: projection.name,
    handles: projection.handles,
    restore: () => projection.restore(),
    reset: () => projection.reset(),
    isWhole: () => true,
    take: (work) => {
      const step = work((event) => projection.apply(event as unknown as Recorded<Event>));
      projection.checkpoint(step.at);
      return step;
    },
    pass: (at) => projection.checkpoint(at),
    leave: (at) => projection.checkpoint(at),
  };
}
