import type { Fact, Recorded } from './message.js';
import type { Checkpoint, Gathering, Handles, MemoryProjection, Projection } from './projection.js';
import type { ReadModels } from './read-models.js';

/** One step of following: some events and the checkpoint after them. */
export interface Step {
  readonly at: Checkpoint;
  readonly applied: number;
}

type Work = (apply: (event: Recorded<Fact>) => void) => Step;

/** What a subscription drives: the same for read models in tables and in memory. */
export interface Follower {
  readonly name: string;
  readonly handles: Handles<Fact>;
  /** It is not told the causes of events, and is quickest with large pages. */
  readonly gathers: boolean;
  /** How far it has come; `undefined` when it has to begin anew. */
  restore(): Checkpoint | undefined;
  reset(): void;
  /** False when its data was lost underneath it. */
  isWhole(): boolean;
  /**
   * Runs `work` and keeps the checkpoint with what it applied: both or neither, where the data is on disk (R19).
   * @param now false where it may be kept later, together with what comes next
   * @returns whether everything so far has been kept
   */
  take(work: Work, now: boolean): Step & { readonly kept: boolean };
  /** Went past events none of which it follows. @returns whether everything so far has been kept */
  pass(at: Checkpoint, now: boolean): boolean;
  /** Forgets what has not been kept: it will come again. */
  drop(): void;
  /** Notes how far it has come before it stops. */
  leave(at: Checkpoint): void;
}

/** Pages without an event that may go by before the checkpoint is worth a commit: they cost only a second look. */
const PASSED_PAGES = 100;
/** Rows that are gathered before they are written: some hundredths of a second in which nothing else happens. */
const GATHERED_ROWS = 4_000;

export function inTables<Event extends Fact>(projection: Projection<Event>, readModels: ReadModels): Follower {
  const { db } = readModels;
  const { name, handles, tables } = projection;
  const save = (at: Checkpoint): void => readModels.saveCheckpoint(projection as unknown as Projection, at);
  const stored = {
    name,
    handles,
    restore: () => readModels.checkpointOf(projection as unknown as Projection),
    reset: () => readModels.startAnew(projection as unknown as Projection),
    isWhole: () => readModels.has(tables),
    leave: save,
  };
  if (projection.gather) return { ...stored, ...gathered(projection as unknown as Projection, readModels, save) };
  const pass = passing(save);
  return {
    ...stored,
    gathers: false,
    take: (work) => {
      const step = readModels.inOneTransaction(() => {
        const taken = work((event) => projection.apply(db, event as unknown as Recorded<Event>));
        save(taken.at);
        return taken;
      });
      return { ...step, kept: true };
    },
    pass,
    drop: () => {},
  };
}

function passing(save: (at: Checkpoint) => void): (at: Checkpoint) => true {
  let passed = 0;
  return (at) => {
    passed += 1;
    if (passed % PASSED_PAGES === 0) save(at);
    return true;
  };
}

/** Far behind, many events are gathered before their rows are written; close to the log's end it is one slice of a page. */
function gathered(
  projection: Projection,
  readModels: ReadModels,
  save: (at: Checkpoint) => void,
): Pick<Follower, 'gathers' | 'take' | 'pass' | 'drop'> {
  let gathering: Gathering | undefined;
  const keepIfDue = (at: Checkpoint, now: boolean): boolean => {
    if (!now && gathering !== undefined && gathering.rows < GATHERED_ROWS) return false;
    readModels.inOneTransaction(() => {
      gathering?.write();
      save(at);
    });
    gathering = undefined;
    return true;
  };
  const passed = passing(save);
  return {
    gathers: true,
    take: (work, now) => {
      const changes = (gathering ??= projection.gather?.(readModels.db) as Gathering);
      const step = work((event) => changes.take(event));
      return { ...step, kept: keepIfDue(step.at, now) };
    },
    pass: (at, now) => (gathering === undefined ? passed(at) : keepIfDue(at, now)),
    drop: () => (gathering = undefined),
  };
}

export function inMemory<Event extends Fact>(projection: MemoryProjection<Event>): Follower {
  return {
    name: projection.name,
    handles: projection.handles,
    restore: () => projection.restore(),
    reset: () => projection.reset(),
    isWhole: () => true,
    gathers: false,
    take: (work) => {
      const step = work((event) => projection.apply(event as unknown as Recorded<Event>));
      projection.checkpoint(step.at);
      return { ...step, kept: true };
    },
    pass: (at) => {
      projection.checkpoint(at);
      return true;
    },
    drop: () => {},
    leave: (at) => projection.checkpoint(at),
  };
}
