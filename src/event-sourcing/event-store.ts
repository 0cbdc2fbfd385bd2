import type { NewEvent, RecordedEvent } from './message.js';

/** Injection token of the `EventStore`. */
export const EVENT_STORE = Symbol('event store');

/** Expected revision of a stream that must not exist yet. */
export const NO_STREAM = -1;

/** Position before the first event of the log. */
export const BEFORE_FIRST = -1;

/** Events in a page unless a limit is given. */
export const PAGE_LIMIT = 500;

export interface Appended {
  /** Revision of the last event written. */
  readonly revision: number;
  /** Position of the last event written. */
  readonly position: number;
}

export interface ReadStreamOptions {
  /** First revision to read; 0 unless given. */
  readonly from?: number;
  /** Largest number of events to return; 500 unless given. */
  readonly limit?: number;
  /** Id of the event before `from`, as the reader knows it: the read fails with `OtherHistory` unless it stands there. */
  readonly follows?: string;
}

export interface ReadAllOptions {
  /**
   * Position after which to start; the log's beginning unless given. Any number will do, but one that is not an event's
   * place, nor a page's `through`, may cost a search from the beginning.
   */
  readonly after?: number;
  /** Largest number of events to return; 500 unless given. */
  readonly limit?: number;
  /** Only events of these types. */
  readonly types?: readonly string[];
  /** The reader has no use for `cause`: it may be missing in the events of the page, which saves a third of the work. */
  readonly uncaused?: boolean;
}

export interface AllPage {
  readonly events: readonly RecordedEvent[];
  /** Position up to which the log has been looked through: the next page starts after it. */
  readonly through: number;
  /** True when `through` was the end of the log at the moment of the read. */
  readonly atEnd: boolean;
}

export interface SubscribeOptions {
  readonly after: number;
  readonly types?: readonly string[];
  /** As in `ReadAllOptions`. */
  readonly uncaused?: boolean;
  /** Largest number of events in a page; 500 unless given. */
  readonly limit?: number;
  readonly signal: AbortSignal;
}

/**
 * The log. The only way to write is to append to one stream at an exact expected revision. The same events (ids) at the
 * same expected revision are one append, however often it is sent. What is read back is what JSON makes of an event, and
 * belongs to the reader.
 */
export interface EventStore {
  /**
   * Resolves when the events are durable, all of them. Sent again, it resolves to the same as the first time.
   * @param expectedRevision revision of the stream's last event, or `NO_STREAM`
   * @param events at least one; what they hold is as JSON gives it back, and is not changed any more by whoever made it
   * @throws WrongExpectedRevision nothing was written; somebody else wrote first
   * @throws DuplicateEventId nothing was written; an id stands elsewhere in the log already (where the store can tell)
   * @throws UnknownOutcome the events may or may not be there, now or later
   * @throws StoreUnavailable nothing was written by this call; what an earlier call with an unknown outcome wrote, or may yet
   *   write, stays unknown
   * @throws TypeError or RangeError: no event, no JSON, or no revision
   */
  append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended>;
  /**
   * Events of a stream in order; empty when there are none (or no such stream). Fewer than `limit` mean that the end was
   * reached.
   * @throws OtherHistory
   * @throws StoreUnavailable
   */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  /**
   * True where the store knows, without asking anybody, that the stream ends with this event: reading on from there would
   * give nothing. Missing in a store that others write to.
   */
  endsWith?(stream: string, revision: number, id: string): boolean;
  /**
   * True where the store has come to see that the stream goes on after the revision; false says nothing. For who would otherwise
   * learn it from an append that is turned down.
   */
  goesOn?(stream: string, revision: number): boolean;
  /**
   * A page of the log in order of position. A page may hold fewer events than `limit`, even none, before the end: what it
   * looks through is bounded. Go on after `through` until `atEnd`. Nothing is seen here before its writer could know of it.
   * @throws StoreUnavailable
   */
  readAll(options?: ReadAllOptions): Promise<AllPage>;
  /**
   * The event that stands at a position; `undefined` where none does. Positions have gaps, of any width: what stands before
   * one cannot be had by counting.
   * @throws StoreUnavailable
   */
  readAt(position: number): Promise<RecordedEvent | undefined>;
  /** Position of the log's last event, or `BEFORE_FIRST`: whatever was acknowledged to anybody before the call is at or before it. */
  end(): Promise<number>;
  /**
   * Pages of the log after a position, then whatever is appended, in order, without gap or duplicate, until the signal
   * aborts. A page is produced only when the one before has been taken and handled; it may be empty of events when only
   * `through` moved. Nothing comes while `through` stands still.
   * @throws StoreUnavailable while iterating, when the store is closed or fails underneath; never ends without the abort
   */
  subscribe(options: SubscribeOptions): AsyncIterable<AllPage>;
  /** Finishes the appends under way; whatever is called later fails with `StoreUnavailable`. */
  close(): Promise<void>;
}

/** What every store checks before it sends anything. */
export function checkAppend(stream: string, expectedRevision: number, events: readonly NewEvent[]): void {
  if (stream === '') throw new TypeError('a stream needs a name');
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < NO_STREAM) {
    throw new RangeError(`${expectedRevision} is no revision to expect`);
  }
  if (events.length === 0) throw new TypeError('an append needs an event');
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size !== events.length)
    throw new TypeError('an append holds an event id twice');
  if (events.some(({ data }) => typeof data !== 'object' || data === null)) throw new TypeError('the data of an event is an object');
}

/**
 * `follows` for a store that has to look: reads one event more, before the others, and takes it away again.
 * @throws OtherHistory
 */
export async function readOn(
  read: (from: number, limit: number) => Promise<readonly RecordedEvent[]>,
  { from = 0, limit = PAGE_LIMIT, follows }: ReadStreamOptions,
): Promise<readonly RecordedEvent[]> {
  if (follows === undefined) return read(from, limit);
  const [before, ...events] = await read(from - 1, limit + 1);
  if (before?.id !== follows) throw new OtherHistory('the stream does not go on from the event that was known');
  return events;
}

export class WrongExpectedRevision extends Error {
  constructor(
    readonly stream: string,
    readonly expected: number,
    /** The stream's revision as it is, `NO_STREAM` when it does not exist. */
    readonly actual: number,
  ) {
    super(`stream is at revision ${actual}, expected ${expected}`);
    this.name = 'WrongExpectedRevision';
  }
}

/** Event ids are unique in the log (R14): one of another append was used, which is a mistake of the caller. */
export class DuplicateEventId extends Error {
  constructor(readonly id: string) {
    super(`the event id ${id} stands elsewhere in the log`);
    this.name = 'DuplicateEventId';
  }
}

/** The event that the reader knows is not there: the log is not the one that it was read from (a restored backup). */
export class OtherHistory extends Error {
  override name = 'OtherHistory';
}

/** The append was sent and its outcome is not known: no answer may rest on it. */
export class UnknownOutcome extends Error {
  override name = 'UnknownOutcome';
}

/** The store refused or could not be reached, and nothing was written. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}

/** The stream's first events were given up to be forgotten; what came after them can be read. */
export class StreamCut extends StoreUnavailable {
  override name = 'StreamCut';
}
