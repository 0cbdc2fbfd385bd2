import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type Database from 'better-sqlite3';
import { saysDamaged } from './sqlite-damage.js';
import { Sqlite } from './sqlite.js';

/** Whose fold it is: a snapshot made by another decider, or by another version of it, is never used. */
export interface FoldedBy {
  readonly name: string;
  readonly version: number;
}

/** The state of a stream after the event at `revision`. */
export interface FoldSnapshot {
  readonly revision: number;
  /** Id of the event at `revision`: a log restored from an older backup is told apart by it. */
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly lastRecordedAt: number;
  /** Plain data, `Map` and `Set`; no class instances. */
  readonly state: unknown;
}

interface Row {
  readonly version: number;
  readonly revision: number;
  readonly event_id: string;
  readonly last_recorded_at: number;
  readonly state: Buffer;
  readonly checksum: Buffer;
}

interface Opened {
  readonly db: Database.Database;
  /** What is kept: few streams are long, and all others are asked for as well. */
  readonly kept: Set<string>;
  readonly select: Database.Statement<[string, string], Row>;
  readonly replace: Database.Statement<unknown[]>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS folds (
    stream TEXT NOT NULL,
    decider TEXT NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    last_recorded_at INTEGER NOT NULL,
    state BLOB NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (stream, decider)
  )`;

/**
 * Folds of long streams on disk, one per stream and decider. Nothing rests on it: a snapshot that is missing, damaged or
 * another version's is not there, and a failure to write one is reported and forgotten. So the disk is never synced
 * (`synchronous=OFF`); a checksum over each row notices what a power loss may have left.
 */
export class FoldCache {
  private opened: Opened | undefined;

  private constructor(
    private readonly file: string,
    private readonly onProblem: (error: unknown) => void,
  ) {
    this.guarded(() => {
      this.opened = openFile(file);
    });
  }

  /** Never throws: where the file cannot be used, it is made anew, and failing that nothing is kept. */
  static open(file: string, onProblem: (error: unknown) => void = () => {}): FoldCache {
    return new FoldCache(file, onProblem);
  }

  find(stream: string, decider: FoldedBy): FoldSnapshot | undefined {
    return this.guarded(() => {
      const row = this.opened?.kept.has(keptAs(stream, decider.name)) ? this.opened.select.get(stream, decider.name) : undefined;
      if (row === undefined || row.version !== decider.version) return undefined;
      if (!checksumOf(stream, decider.name, row).equals(row.checksum)) throw new Error(`the stored fold of ${stream} is damaged`);
      return {
        revision: row.revision,
        eventId: row.event_id,
        lastRecordedAt: row.last_recorded_at,
        state: deserialize(row.state) as unknown,
      };
    });
  }

  /** Bytes that the state took, or `undefined` when it could not be kept. */
  keep(stream: string, decider: FoldedBy, snapshot: FoldSnapshot): number | undefined {
    return this.guarded(() => {
      const row = {
        version: decider.version,
        revision: snapshot.revision,
        event_id: snapshot.eventId,
        last_recorded_at: snapshot.lastRecordedAt,
        state: serialize(snapshot.state),
      };
      this.opened?.replace.run(stream, decider.name, ...Object.values(row), checksumOf(stream, decider.name, row));
      this.opened?.kept.add(keptAs(stream, decider.name));
      return row.state.length;
    });
  }

  close(): void {
    this.opened?.db.close();
    this.opened = undefined;
  }

  /** Nothing that goes wrong in a cache may reach a caller. A file that is no longer a database is made anew. */
  private guarded<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      this.onProblem(error);
      if (saysDamaged(error)) this.startAnew();
      return undefined;
    }
  }

  private startAnew(): void {
    this.close();
    try {
      for (const suffix of ['', '-wal', '-shm']) rmSync(this.file + suffix, { force: true });
      this.opened = openFile(this.file);
    } catch (error) {
      this.onProblem(error);
    }
  }
}

function openFile(file: string): Opened {
  const db = new Sqlite(file);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = OFF');
    db.exec(SCHEMA);
    const kept = db.prepare<[], { stream: string; decider: string }>('SELECT stream, decider FROM folds').all();
    return {
      db,
      kept: new Set(kept.map(({ stream, decider }) => keptAs(stream, decider))),
      select: db.prepare('SELECT * FROM folds WHERE stream = ? AND decider = ?'),
      replace: db.prepare('INSERT OR REPLACE INTO folds VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

const keptAs = (stream: string, decider: string): string => `${decider} ${stream}`;

function checksumOf(stream: string, decider: string, row: Omit<Row, 'checksum'>): Buffer {
  const about = [stream, decider, row.version, row.revision, row.event_id, row.last_recorded_at];
  return createHash('sha256').update(JSON.stringify(about)).update(row.state).digest();
}
