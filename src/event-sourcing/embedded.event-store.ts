import { isAscii } from 'node:buffer';
import { join } from 'node:path';
import { createHistogram, performance } from 'node:perf_hooks';
import { CommitSignal, commitPages } from './commit-pages.js';
import { DataDirectoryLock } from './data-directory-lock.js';
import type { LogAppend, LogOutcome, LogPageRows, LogRow, LogStreamRows } from './embedded.log.js';
import type { KnownEvents, VerifiedRows } from './embedded.verification.js';
import { LogThread, type Commit, type ReadQuery, type Ready } from './embedded.thread.js';
import {
  BEFORE_FIRST,
  checkAppend,
  DuplicateEventId,
  PAGE_LIMIT,
  readOn,
  StoreUnavailable,
  UnknownOutcome,
  WrongExpectedRevision,
  type AllPage,
  type Appended,
  type EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from './event-store.js';
import type { NewEvent, RecordedEvent } from './message.js';
import { RecentEvents } from './log-tail.js';
import { distribution, type StoreStats } from './store-stats.js';
import { StreamHeads } from './stream-heads.js';

export interface EmbeddedEventStoreOptions {
  /** Milliseconds after which a caller is told that an outcome is unknown or the store unavailable; 10,000 unless given. */
  readonly deadline?: number;
  /** Appends under way above which more are turned away; 10,000 unless given. */
  readonly maxWaiting?: number;
  /** Streams whose last revision is held in memory; 200,000 unless given (about 200 bytes each). */
  readonly heads?: number;
}

export interface EmbeddedEventStoreStats extends StoreStats {
  /** What each connection said of itself when it was opened. */
  readonly connections: readonly Ready[];
}

interface PageQuery {
  readonly after: number;
  readonly limit: number;
  readonly types?: readonly string[] | undefined;
  readonly uncaused?: boolean | undefined;
}

interface Parts {
  readonly lock: DataDirectoryLock;
  readonly writer: LogThread<LogAppend>;
  readonly reader: LogThread<ReadQuery>;
}

/**
 * The log as one SQLite file, `log.db`, in the data directory.
 *
 * The event loop never touches the disk: a thread of its own writes, all that waits in one transaction with one sync, and
 * another one reads. A read on the main thread would be a tenth of a millisecond faster with a warm cache, and would stop every request
 * while a cold one is fetched. Most reads need neither: `readStream` after a stream's last event
 * is answered from memory, since this process is the only writer, and whoever follows the log closely is given what was
 * committed, without a reading.
 */
export class EmbeddedEventStore implements EventStore {
  /** Resolves when the store has failed for good; the process should then end and be started again. */
  readonly failed: Promise<Error>;
  private fail!: (error: Error) => void;
  private failure: Error | undefined;
  private closing: Promise<void> | undefined;
  private parts!: Parts;
  private lastPosition = BEFORE_FIRST;
  private readonly heads: StreamHeads;
  private recent!: RecentEvents;
  /** Events of the commit whose answers are being taken in, in the order of the log. */
  private arriving: RecordedEvent[] = [];
  private arrivingSize = 0;
  private readonly signal = new CommitSignal();
  private readonly deadline: number;
  private readonly maxWaiting: number;
  private readonly counters = { commits: 0, appends: 0, events: 0, groupSize: createHistogram(), appendMicroseconds: createHistogram() };

  private constructor({ deadline = 10_000, maxWaiting = 10_000, heads = 200_000 }: EmbeddedEventStoreOptions) {
    this.deadline = deadline;
    this.maxWaiting = maxWaiting;
    this.heads = new StreamHeads(heads);
    this.failed = new Promise((resolve) => (this.fail = resolve));
  }

  /**
   * @param directory the data directory, made when missing
   * @throws DataDirectoryInUse
   * @throws ThreadDied when the file is not a log of this version, or commits would not be synced
   */
  static async open(directory: string, options: EmbeddedEventStoreOptions = {}): Promise<EmbeddedEventStore> {
    const lock = DataDirectoryLock.acquire(directory);
    try {
      const store = new EmbeddedEventStore(options);
      await store.start(lock, join(directory, 'log.db'));
      return store;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    this.assertOpen();
    checkAppend(stream, expectedRevision, events);
    if (this.parts.writer.waiting >= this.maxWaiting) throw new StoreUnavailable('too many appends are waiting');
    const rows = events.map(({ id, type, schemaVersion, recordedAt, cause, data }) => {
      return { id, type, schemaVersion, recordedAt, cause: JSON.stringify(cause), data: JSON.stringify(data) };
    });
    const append: LogAppend = { stream, expected: expectedRevision, events: rows };
    const started = performance.now();
    const outcome = await this.parts.writer
      .ask(append, (reply: LogOutcome) => this.noteOutcome(stream, events, sizeOf(rows), reply), this.deadline)
      .catch((error: Error) => ({ kind: 'unknown', reason: error.message }) as const);
    if (outcome.kind === 'wrong-revision') throw new WrongExpectedRevision(stream, expectedRevision, outcome.actual);
    if (outcome.kind === 'duplicate-id') throw new DuplicateEventId(outcome.id);
    if (outcome.kind === 'unavailable') throw new StoreUnavailable(outcome.reason);
    if (outcome.kind === 'unknown') throw new UnknownOutcome(outcome.reason);
    this.counters.appendMicroseconds.record(Math.max(1, Math.round((performance.now() - started) * 1000)));
    return { revision: outcome.revision, position: outcome.position };
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    const { from = 0, follows } = options;
    const head = this.heads.get(stream);
    if (follows === undefined ? head !== undefined && head.revision < from : this.endsWith(stream, from - 1, follows)) return [];
    return readOn((first, limit) => this.readFrom(stream, first, limit), options);
  }

  endsWith(stream: string, revision: number, id: string): boolean {
    const head = this.heads.get(stream);
    return head !== undefined && head.revision === revision && head.id === id && this.isOpen();
  }

  async readAll({ after = BEFORE_FIRST, limit = PAGE_LIMIT, types, uncaused }: ReadAllOptions = {}): Promise<AllPage> {
    this.assertOpen();
    const upTo = this.lastPosition;
    if (after >= upTo) return { events: [], through: after, atEnd: true };
    const options = { after, limit, ...(types && { types }), ...(uncaused && { uncaused }) };
    return this.recent.page(options, upTo) ?? this.readPage(options, upTo);
  }

  /** Positions are dense here, so the event at one is the first after the one before. */
  async readAt(position: number): Promise<RecordedEvent | undefined> {
    if (position <= BEFORE_FIRST) return undefined;
    const [event] = (await this.readAll({ after: position - 1, limit: 1 })).events;
    return event?.position === position ? event : undefined;
  }

  async end(): Promise<number> {
    this.assertOpen();
    return this.lastPosition;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<AllPage> {
    const end = () => {
      this.assertOpen();
      return this.lastPosition;
    };
    return commitPages(options, (page) => this.readAll(page), end, this.signal);
  }

  /**
   * Looks through rows for what no program writes (R21).
   * @param after position of the last one that is not looked at @param limit rows: the reading thread does nothing else meanwhile
   * @throws StoreUnavailable
   */
  verify(after: number, limit: number, known: KnownEvents): Promise<VerifiedRows> {
    this.assertOpen();
    return this.read({ kind: 'verify', after, limit, known }, (rows: VerifiedRows) => rows);
  }

  stats(): EmbeddedEventStoreStats {
    const { commits, appends, events, groupSize, appendMicroseconds } = this.counters;
    const { writer, reader } = this.parts;
    return {
      commits,
      appends,
      events,
      waiting: writer.waiting,
      groupSize: distribution(groupSize, 1),
      appendLatency: distribution(appendMicroseconds, 1000),
      connections: [writer.ready, reader.ready],
    };
  }

  close(): Promise<void> {
    return (this.closing ??= this.stop());
  }

  private async start(lock: DataDirectoryLock, file: string): Promise<void> {
    const died = (error: Error) => this.onDeath(error);
    const committed = (commit: Commit) => this.onCommit(commit);
    const writer = await LogThread.start<LogAppend>({ role: 'writer', file }, { died, committed });
    const reader = await LogThread.start<ReadQuery>({ role: 'reader', file }, { died }).catch(async (error: unknown) => {
      await writer.stop(this.deadline);
      throw error;
    });
    this.parts = { lock, writer, reader };
    this.lastPosition = writer.ready.end;
    this.recent = new RecentEvents(this.lastPosition);
  }

  private async stop(): Promise<void> {
    this.signal.wake();
    const { lock, reader, writer } = this.parts;
    // The last connection to close removes the write-ahead log, and one that only reads cannot.
    await reader.stop(this.deadline);
    const ended = await writer.stop(this.deadline);
    // A writer that hangs in the disk may still write: the directory stays ours until the process ends.
    if (ended) lock.release();
  }

  private onCommit({ appends, events, end }: Commit): void {
    this.lastPosition = end;
    this.keep(end);
    this.counters.commits += 1;
    this.counters.appends += appends;
    this.counters.events += events;
    this.counters.groupSize.record(appends);
    this.signal.wake();
  }

  /** What a commit wrote goes to those who follow; where it is not known whole, they read it from the disk. */
  private keep(end: number): void {
    const events = this.arriving;
    const isWhole = events[0]?.position === this.recent.through + 1 && events.length === end - this.recent.through;
    if (isWhole) this.recent.add({ events, through: end, size: this.arrivingSize });
    else this.recent = new RecentEvents(end);
    this.arriving = [];
    this.arrivingSize = 0;
  }

  private onDeath(error: Error): void {
    if (this.closing) return;
    this.failure ??= error;
    this.fail(this.failure);
    this.signal.wake();
  }

  /** Runs for every append of a commit before any caller goes on, and also for callers that have given up. */
  private noteOutcome(stream: string, events: readonly NewEvent[], size: number, outcome: LogOutcome): LogOutcome {
    // An append that only turned out to be a repetition says nothing of where the stream ends by now.
    if (outcome.kind === 'appended' && outcome.written > 0) {
      const { revision, position } = outcome;
      this.heads.note(stream, revision, position, events.at(-1)?.id);
      for (const [i, event] of events.entries()) {
        const before = events.length - 1 - i;
        this.arriving.push({ ...event, stream, revision: revision - before, position: position - before });
      }
      this.arrivingSize += size;
    }
    if (outcome.kind === 'unknown') this.heads.forget(stream);
    return outcome;
  }

  private readFrom(stream: string, from: number, limit: number): Promise<readonly RecordedEvent[]> {
    const asOf = this.lastPosition;
    return this.read({ kind: 'stream', stream, from, limit }, (rows: LogStreamRows) => {
      const events = JSON.parse(rows.events) as RecordedEvent[];
      if (rows.head !== undefined) this.heads.note(stream, rows.head, asOf, events.at(-1)?.id);
      return events;
    });
  }

  private readPage({ after, limit, types, uncaused }: PageQuery, upTo: number): Promise<AllPage> {
    return this.read({ kind: 'page', after, upTo, limit, types, uncaused }, ({ events, through }: LogPageRows) => {
      return { events: events.flatMap(parsed), through, atEnd: through >= upTo };
    });
  }

  private async read<Reply extends object, Result>(query: ReadQuery, take: (reply: Reply) => Result): Promise<Result> {
    const answered = (reply: Reply | { failed: string }) => {
      if ('failed' in reply) throw new Error(reply.failed);
      return take(reply);
    };
    return this.parts.reader.ask(query, answered, this.deadline).catch((error: Error) => {
      throw new StoreUnavailable(error.message);
    });
  }

  private isOpen(): boolean {
    return this.failure === undefined && this.closing === undefined;
  }

  private assertOpen(): void {
    if (this.failure) throw new StoreUnavailable(`the store has failed: ${this.failure.message}`);
    if (this.closing) throw new StoreUnavailable('the store is closed');
  }
}

/** Characters of JSON. */
function sizeOf(rows: readonly LogRow[]): number {
  return rows.reduce((sum, { cause, data }) => sum + cause.length + data.length, 0);
}

/** Nearly all that is ever written is ASCII, which needs no decoding. */
function parsed({ buffer, byteOffset, length }: Uint8Array): RecordedEvent[] {
  const text = Buffer.from(buffer, byteOffset, length);
  return JSON.parse(text.toString(isAscii(text) ? 'latin1' : 'utf8')) as RecordedEvent[];
}
