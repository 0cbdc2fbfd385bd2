import type { Database } from 'better-sqlite3';
import type { Fact, Recorded, Uncaused } from './message.js';

/** The event types that a projection follows, or every type. */
export type Handles<Event extends Fact> = readonly Event['type'][] | 'all';

/**
 * A read model that answers one question. `apply` runs inside the transaction that also moves the checkpoint, reads no
 * clock, and causes nothing outside `db`; so a rebuild gives the same rows and nothing else happens (I10).
 */
export interface Projection<Event extends Fact = Fact> {
  /** Prefix of its tables. */
  readonly name: string;
  /** Raised to have the tables dropped and built anew. */
  readonly version: number;
  readonly handles: Handles<Event>;
  /** The tables, each dropped before a rebuild. */
  readonly tables: readonly string[];
  /** DDL that makes the tables and their indexes. */
  readonly schema: string;
  apply(db: Database, event: Recorded<Event>): void;
  /**
   * For a read model whose rows are touched by many events each: the same as `apply`, for stretches of the log. One that
   * gathers is not told the causes of events.
   */
  gather?(db: Database): Gathering<Event>;
}

/**
 * What a stretch of the log changes in a read model: kept in memory, then written at once, so that each row is read and
 * written once, however many of the events speak of it. The rows are those that `apply` makes of the same events.
 */
export interface Gathering<Event extends Fact = Fact> {
  take(event: Uncaused<Event>): void;
  /** About how many rows `write` will touch. */
  readonly rows: number;
  /** Called once, inside the transaction that also moves the checkpoint. */
  write(): void;
}

/** The last event that a read model has taken in, by which a log that is not the one it was built from is noticed. */
export interface EventAddress {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
}

/** How far a read model has followed the log. */
export interface Checkpoint {
  /** Position up to which every event of its types has been applied; `BEFORE_FIRST` for none. */
  readonly position: number;
  /** Missing as long as no event of its types came. */
  readonly lastEvent?: EventAddress;
}

/**
 * A read model that lives in memory because the question is asked too often for a table. It keeps its own snapshot,
 * in which it stores the checkpoint beside the data, and checks by itself that the snapshot is whole and of its version.
 */
export interface MemoryProjection<Event extends Fact = Fact> {
  readonly name: string;
  readonly version: number;
  readonly handles: Handles<Event>;
  /** Loads the snapshot and says how far it goes; `undefined` when there is none that can be used: it is then empty. */
  restore(): Checkpoint | undefined;
  /** Forgets everything, the snapshot included: the log will be followed from its beginning. */
  reset(): void;
  /** A page that failed half-way is applied again from its first event: applying an event twice changes nothing (R19). */
  apply(event: Recorded<Event>): void;
  /** Called after each page. Whether a snapshot is worth writing now is the projection's own affair. */
  checkpoint(at: Checkpoint): void;
}
