import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { checksumOf } from './embedded.checksum.js';
import { BEFORE_FIRST, NO_STREAM } from './event-store.js';
import { Sqlite } from './sqlite.js';

/** An event as it lies in the log: `cause` and `data` as JSON text. */
export interface LogRow {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly recordedAt: string;
  readonly cause: string;
  readonly data: string;
}

export interface LogAppend {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly LogRow[];
}

/** What became of one append of a group. `unavailable`: certainly nothing written. `unknown`: only the disk knows. */
export type LogOutcome =
  | { readonly kind: 'appended'; readonly revision: number; readonly position: number; readonly written: number }
  | { readonly kind: 'wrong-revision'; readonly actual: number }
  | { readonly kind: 'duplicate-id'; readonly id: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a connection says of itself after it was set up. */
export interface Durability {
  readonly journalMode: unknown;
  /** 2 is FULL: every commit is synced before it is acknowledged. */
  readonly synchronous: unknown;
}

/** The file is not a log that this version can write to safely. */
export class UnsafeLog extends Error {
  override name = 'UnsafeLog';
}

const LOG_VERSION = 2;

/**
 * `position` is given by the writer, without gaps. There is no index on `type`: a page looks through a bounded stretch of
 * positions, so a filter costs a scan, which is far cheaper than one more index entry for each event ever written.
 */
const SCHEMA = `
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    cause TEXT NOT NULL,
    data TEXT NOT NULL,
    checksum INTEGER,
    UNIQUE (stream, revision)
  ) STRICT;
  PRAGMA user_version = ${LOG_VERSION};
`;

/** Rows of before have no checksum. */
const FROM_VERSION_1 = `
  ALTER TABLE event ADD COLUMN checksum INTEGER;
  PRAGMA user_version = ${LOG_VERSION};
`;

/** @throws UnsafeLog unless every commit on this connection waits for the disk (I12, R16) */
export function assertDurable(db: Database.Database): Durability {
  const durability: Durability = {
    journalMode: db.pragma('journal_mode', { simple: true }),
    synchronous: db.pragma('synchronous', { simple: true }),
  };
  if (durability.journalMode !== 'wal' || durability.synchronous !== 2) {
    throw new UnsafeLog(`the log needs WAL and synchronous=FULL, the connection has ${JSON.stringify(durability)}`);
  }
  return durability;
}

function makeDurable(db: Database.Database): void {
  // WAL's own default is NORMAL in many builds, and a read-only connection has the setting too: set it everywhere.
  db.pragma('synchronous = FULL');
  // macOS: an ordinary fsync there does not reach the platter.
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  assertDurable(db);
}

/** Opens the log for its only writer, making it when the file is new. */
export function openForWriting(file: string): Database.Database {
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  makeDurable(db);
  db.pragma('cache_size = -65536');
  db.pragma('wal_autocheckpoint = 4000');
  db.pragma('journal_size_limit = 67108864');
  const version = db.pragma('user_version', { simple: true });
  if (version === 0) db.transaction(() => db.exec(SCHEMA)).immediate();
  else if (version === 1) db.transaction(() => db.exec(FROM_VERSION_1)).immediate();
  else if (version !== LOG_VERSION) throw new UnsafeLog(`the log has format ${String(version)}, this version knows ${LOG_VERSION}`);
  // A commit that a crash cut off between its write and its sync is in the file and is read, but is not yet durable.
  // A checkpoint syncs the write-ahead log first: what is served from here on survives a power loss.
  db.pragma('wal_checkpoint(TRUNCATE)');
  syncDirectory(dirname(file));
  return db;
}

/** Makes a new file's name durable; Windows has no such call and needs none. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Opens the log for reading; it must have been made before. */
export function openForReading(file: string): Database.Database {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true });
  makeDurable(db);
  db.pragma('cache_size = -32768');
  return db;
}

/**
 * Writes groups of appends, each group in one transaction with one sync. Keeps nothing in memory between groups, so there is
 * nothing to set right after a failure.
 */
export class LogWriter {
  private readonly begin;
  private readonly commit;
  private readonly lastPosition;
  private readonly head;
  private readonly idsFrom;
  private readonly insert;
  private readonly takeBack;

  constructor(private readonly db: Database.Database) {
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.lastPosition = db.prepare<[], number | null>('SELECT max(position) FROM event').pluck();
    this.head = db.prepare<[string], number | null>('SELECT max(revision) FROM event WHERE stream = ?').pluck();
    this.idsFrom = db.prepare<[string, number, number], { id: string; position: number }>(
      'SELECT id, position FROM event WHERE stream = ? AND revision > ? ORDER BY revision LIMIT ?',
    );
    this.insert = db.prepare<[number, string, number, string, string, number, string, string, string, number]>(
      `INSERT OR IGNORE INTO event (position, stream, revision, id, type, schema_version, recorded_at, cause, data, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.takeBack = db.prepare<[number]>('DELETE FROM event WHERE position >= ?');
  }

  end(): number {
    return this.lastPosition.get() ?? BEFORE_FIRST;
  }

  /** Never throws for what the disk does: every append of the group gets an outcome, in order. */
  write(group: readonly LogAppend[]): readonly LogOutcome[] {
    const outcomes: LogOutcome[] = [];
    try {
      this.begin.run();
      let next = this.end() + 1;
      for (const append of group) {
        const outcome = this.place(append, next);
        if (outcome.kind === 'appended') next += outcome.written;
        outcomes.push(outcome);
      }
    } catch (error) {
      // Before COMMIT there is no commit record in the file, so whatever was written of the group can never count.
      this.rollBack();
      return group.map(() => ({ kind: 'unavailable', reason: reasonOf(error) }));
    }
    return this.committed(outcomes);
  }

  private committed(outcomes: readonly LogOutcome[]): readonly LogOutcome[] {
    try {
      this.commit.run();
      return outcomes;
    } catch (error) {
      // The commit record may be in the file although its sync failed; a restart before the next commit would find it.
      this.rollBack();
      const reason = reasonOf(error);
      // A refusal was decided on what the group had written, which is gone: it must be decided anew.
      return outcomes.map(({ kind }) => ({ kind: kind === 'appended' ? 'unknown' : 'unavailable', reason }));
    }
  }

  /** Leaves the whole log in its one file, also while somebody else has it open. */
  close(): void {
    try {
      this.db.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // Nothing is lost: the next start reads the write-ahead log too.
    }
    this.db.close();
  }

  private place({ stream, expected, events }: LogAppend, next: number): LogOutcome {
    const actual = this.head.get(stream) ?? NO_STREAM;
    if (actual !== expected) {
      return (actual > expected ? this.repeated(stream, expected, events) : undefined) ?? { kind: 'wrong-revision', actual };
    }
    for (const [i, event] of events.entries()) {
      const row = { ...event, stream, position: next + i, revision: expected + 1 + i };
      const { position, revision, id, type, schemaVersion, recordedAt, cause, data } = row;
      const { changes } = this.insert.run(position, stream, revision, id, type, schemaVersion, recordedAt, cause, data, checksumOf(row));
      // Place and revision are free, as was seen above: it is the id that stands there already.
      if (changes === 0) {
        this.takeBack.run(next);
        return { kind: 'duplicate-id', id };
      }
    }
    return { kind: 'appended', revision: expected + events.length, position: next + events.length - 1, written: events.length };
  }

  /** The outcome of the first time, when the very same events stand after the expected revision (R4). */
  private repeated(stream: string, expected: number, events: readonly LogRow[]): LogOutcome | undefined {
    const there = this.idsFrom.all(stream, expected, events.length);
    const last = there.at(-1);
    if (!last || there.length !== events.length || events.some(({ id }, i) => there[i]?.id !== id)) return undefined;
    return { kind: 'appended', revision: expected + events.length, position: last.position, written: 0 };
  }

  private rollBack(): void {
    // Some errors of the disk have rolled back already.
    if (this.db.inTransaction) this.db.exec('ROLLBACK');
  }
}

export interface LogStreamQuery {
  readonly stream: string;
  readonly from: number;
  readonly limit: number;
}

export interface LogStreamRows {
  /** JSON text of an array of `RecordedEvent`. */
  readonly events: string;
  /** The stream's last revision when the end was reached, else undefined. */
  readonly head: number | undefined;
}

export interface LogPageQuery {
  readonly after: number;
  /** Last position that may be returned. */
  readonly upTo: number;
  readonly limit: number;
  readonly types: readonly string[] | undefined;
  /** Without `cause`. */
  readonly uncaused?: boolean | undefined;
}

export interface LogPageRows {
  /** Arrays as JSON in UTF-8, one after the other: bytes are handed over, not copied. */
  readonly events: readonly Uint8Array<ArrayBuffer>[];
  readonly through: number;
}

/** Positions that one filtered page looks through at most: some milliseconds of work, however rare the types are. */
const SCAN = 10_000;
/** Bytes of JSON after which a page of the log ends early; one event may be larger. */
const PAGE_BYTES = 4_000_000;

type Columns = [position: number, stream: string, revision: number, id: string, type: string, schemaVersion: number, recordedAt: string, cause: string, data: string]; // prettier-ignore

/** Rows that are made into text at once are so many that their text is about so long. */
const STRETCH_BYTES = 250_000;
const LONGEST_STRETCH = 500;

/**
 * An event as JSON, put together by SQLite: a text that crosses into JavaScript once costs a fraction of nine columns that do.
 * `json_quote` for whatever is not JSON already.
 */
const asJson = (caused: boolean): string => {
  const cause = caused ? '"cause":%s,' : '';
  return `format('{"position":%d,"stream":%s,"revision":%d,"id":%s,"type":%s,"schemaVersion":%d,"recordedAt":%s,${cause}"data":%s}',
    position, json_quote(stream), revision, json_quote(id), json_quote(type), schema_version, json_quote(recorded_at)${caused ? ', cause' : ''}, data)`;
};

/** The next events in the order of the log as one array; the inner limit is what keeps them in order. */
const stretchOf = (caused: boolean, filter: string): string =>
  `SELECT count(*), max(position), CAST('[' || group_concat(event) || ']' AS BLOB) FROM (
     SELECT position, ${asJson(caused)} AS event FROM event
     WHERE position > ? AND position <= ? ${filter} ORDER BY position LIMIT ?)`;

/** How long the text of the next events would be, about. */
const sizeOf = (filter: string): string =>
  `SELECT total(size) FROM (
     SELECT octet_length(data) AS size FROM event WHERE position > ? AND position <= ? ${filter} ORDER BY position LIMIT ?)`;

const OF_TYPES = 'AND type IN (SELECT value FROM json_each(?))';

type Stretch = [events: number, last: number | null, text: Uint8Array<ArrayBuffer> | null];

/** Reads as JSON text, because one string crosses a thread boundary far cheaper than a tree of objects. */
export class LogReader {
  private readonly streamRows;
  private readonly head;
  private readonly stretches = new Map<string, Database.Statement<unknown[], Stretch>>();
  private readonly size;
  private readonly filteredSize;

  constructor(private readonly db: Database.Database) {
    const columns = 'position, stream, revision, id, type, schema_version, recorded_at, cause, data';
    this.streamRows = db
      .prepare<[string, number, number], Columns>(
        `SELECT ${columns} FROM event WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`,
      )
      .raw();
    this.head = db.prepare<[string], number | null>('SELECT max(revision) FROM event WHERE stream = ?').pluck();
    this.size = db.prepare<unknown[], number>(sizeOf('')).pluck();
    this.filteredSize = db.prepare<unknown[], number>(sizeOf(OF_TYPES)).pluck();
  }

  readStream({ stream, from, limit }: LogStreamQuery): LogStreamRows {
    const rows = this.streamRows.all(stream, from, limit);
    const last = rows.at(-1);
    const events = `[${rows.map(toJson).join(',')}]`;
    if (rows.length >= limit) return { events, head: undefined };
    if (last) return { events, head: last[2] };
    const head = this.head.get(stream) ?? NO_STREAM;
    // Committed between the two statements: the events are there now.
    return head >= from ? this.readStream({ stream, from, limit }) : { events, head };
  }

  readPage({ after, upTo, limit, types, uncaused = false }: LogPageQuery): LogPageRows {
    const last = types ? Math.min(upTo, after + SCAN) : upTo;
    const filter = types ? [JSON.stringify(types)] : [];
    const statement = this.stretch(stretchOf(!uncaused, types ? OF_TYPES : ''));
    const texts: Uint8Array<ArrayBuffer>[] = [];
    let through = after;
    let bytes = 0;
    let events = 0;
    // One at first: nobody knows how large they are.
    for (let atOnce = 1; through < last && events < limit && bytes < PAGE_BYTES;) {
      const asked = this.fitting(Math.min(atOnce, limit - events), through, last, filter);
      const [count, position, text] = statement.get(through, last, ...filter, asked) as Stretch;
      if (text !== null) texts.push(text);
      bytes += text?.length ?? 0;
      events += count;
      through = count < asked ? last : (position as number);
      atOnce = Math.min(LONGEST_STRETCH, Math.ceil((STRETCH_BYTES * events) / Math.max(1, bytes)));
    }
    return { events: texts, through };
  }

  /** As many of the next events as are no longer than a page, one in any case: after small ones there may come large ones. */
  private fitting(asked: number, after: number, upTo: number, filter: readonly string[]): number {
    const size = filter.length > 0 ? this.filteredSize : this.size;
    let fit = asked;
    while (fit > 1 && (size.get(after, upTo, ...filter, fit) as number) > PAGE_BYTES) fit = Math.ceil(fit / 2);
    return fit;
  }

  private stretch(sql: string): Database.Statement<unknown[], Stretch> {
    const known = this.stretches.get(sql);
    if (known) return known;
    const statement = this.db.prepare<unknown[], Stretch>(sql).raw();
    this.stretches.set(sql, statement);
    return statement;
  }

  close(): void {
    this.db.close();
  }
}

function toJson([position, stream, revision, id, type, schemaVersion, recordedAt, cause, data]: Columns): string {
  const head = JSON.stringify({ position, stream, revision, id, type, schemaVersion, recordedAt });
  return `${head.slice(0, -1)},"cause":${cause},"data":${data}}`;
}

function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : String(error);
}
