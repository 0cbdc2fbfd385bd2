import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import type { Checkpoint, EventAddress, Projection } from './projection.js';
import { saysDamaged } from './sqlite-damage.js';
import { Sqlite } from './sqlite.js';

/** Raised when the checkpoints table or those of the process instances change: every read model is then built anew. */
const FORMAT = 1;

/** Pages of 4 KiB in the write-ahead log above which the commit itself carries them over. */
const CHECKPOINT_PAGES = 65_536;

/** `application_id` of a file that was closed in good order. */
const IN_ORDER = 0x5672_6d31;
/** Bytes that a start looks through in any case: some tenths of a second. */
const LOOKED_THROUGH = 128 * 1024 * 1024;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS checkpoints (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    last_event TEXT
  ) WITHOUT ROWID`;

interface CheckpointRow {
  readonly version: number;
  readonly position: number;
  readonly last_event: string | null;
}

type Tables = Pick<Projection, 'name' | 'version' | 'tables' | 'schema'>;

/**
 * The file of all read models. Every row in it can be made again from the log, so it is not synced at each commit
 * (`synchronous=NORMAL`: a power loss takes back the last pages together with their checkpoints), and a file that does not
 * hold together is deleted and built anew. A large one is looked through only where it was not closed in good order: that
 * takes as long as reading it, and a start waits for it.
 */
export class ReadModels {
  /** Seen while it was written to or read: the next start is to look through it. */
  private damaged = false;
  private readonly statements = new Map<string, Database.Statement<unknown[]>>();
  /** Made once: making one costs several times what it costs to run it. */
  private readonly transaction: (work: () => unknown) => unknown;

  private constructor(readonly db: Database.Database) {
    this.transaction = db.transaction((work: () => unknown) => work());
  }

  /**
   * @param file path, or `:memory:`
   * @param onDamage told why the file had to be deleted
   * @param large bytes above which a file that was closed in good order is taken as it is; 128 MiB unless given
   */
  static open(file: string, onDamage: (problem: Error) => void = () => {}, large = LOOKED_THROUGH): ReadModels {
    try {
      return new ReadModels(openWhole(file, large));
    } catch (error) {
      if (!(error instanceof Damage) && !saysDamaged(error)) throw error;
      onDamage(error as Error);
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
      return new ReadModels(openWhole(file, large));
    }
  }

  /** The statement, prepared once. For texts that come from a fixed set: it is kept for ever. */
  statement<Row>(sql: string): Database.Statement<unknown[], Row> {
    const known = this.statements.get(sql);
    if (known) return known as Database.Statement<unknown[], Row>;
    const statement = this.db.prepare<unknown[], Row>(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  /** All of it or, when it throws, nothing. */
  inOneTransaction<Result>(work: () => Result): Result {
    return this.noticing(() => this.transaction(work) as Result);
  }

  /** Damage that the work meets is known to the next start. */
  noticing<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.damaged ||= saysDamaged(error);
      throw error;
    }
  }

  /** Where the read model stands, if it is of this version and all its tables are there. */
  checkpointOf({ name, version, tables }: Tables): Checkpoint | undefined {
    const row = this.statement<CheckpointRow>('SELECT version, position, last_event FROM checkpoints WHERE name = ?').get(name);
    if (row?.version !== version || !this.has(tables)) return undefined;
    return { position: row.position, ...(row.last_event === null ? {} : { lastEvent: JSON.parse(row.last_event) as EventAddress }) };
  }

  /** For use inside the transaction in which the page was applied. */
  saveCheckpoint({ name, version }: Tables, { position, lastEvent }: Checkpoint): void {
    const replace = this.statement('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)');
    replace.run(name, version, position, lastEvent ? JSON.stringify(lastEvent) : null);
  }

  has(tables: readonly string[]): boolean {
    const named = this.statement(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`);
    return tables.every((table) => named.get(table) !== undefined);
  }

  /** Empties a read model: its tables are dropped and made again, its checkpoint is gone. */
  startAnew({ name, tables, schema }: Tables): void {
    this.inOneTransaction(() => {
      for (const table of tables) this.db.exec(`DROP TABLE IF EXISTS ${quoted(table)}`);
      this.db.exec(schema);
      this.statement('DELETE FROM checkpoints WHERE name = ?').run(name);
    });
  }

  /**
   * SHA-256, hex, over all rows of a read model's tables in a fixed order. A model that was rebuilt has the hash of the one
   * that grew with the log (R20).
   */
  hashOf({ tables }: Pick<Projection, 'tables'>): string {
    const hash = createHash('sha256');
    for (const table of tables) {
      const columns = this.db.pragma(`table_info(${quoted(table)})`) as readonly { name: string }[];
      const names = columns.map(({ name }) => quoted(name));
      const order = names.map((name) => `${name} COLLATE BINARY`);
      const rows = this.db
        .prepare(`SELECT ${names.join()} FROM ${quoted(table)} ORDER BY ${order.join()}`)
        .raw()
        .safeIntegers();
      hash.update(`${table}\n${names.join()}\n`);
      for (const row of rows.iterate() as Iterable<readonly unknown[]>) hash.update(`${JSON.stringify(row.map(tagged))}\n`);
    }
    return hash.digest('hex');
  }

  close(): void {
    // One that cannot be written is looked through at the next start.
    if (this.db.open && !this.damaged) ignoringFailure(() => this.db.pragma(`application_id = ${IN_ORDER}`));
    this.db.close();
  }
}

/** An SQL identifier; process names hold dashes. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A value with its type, so that 1, 1.0 and '1' are three. */
function tagged(value: unknown): string {
  return `${typeof value} ${Buffer.isBuffer(value) ? value.toString('hex') : String(value)}`;
}

class Damage extends Error {
  override name = 'Damage';
}

function openWhole(file: string, large: number): Database.Database {
  const db = new Sqlite(file);
  try {
    const format = db.pragma('user_version', { simple: true });
    if (format !== 0 && format !== FORMAT) throw new Damage(`the read models are of format ${String(format)}, not ${FORMAT}`);
    const size = (db.pragma('page_count', { simple: true }) as number) * (db.pragma('page_size', { simple: true }) as number);
    const taken = size > large && db.pragma('application_id', { simple: true }) === IN_ORDER;
    const verdict = taken ? 'ok' : db.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw new Damage(`the read models do not hold together: ${String(verdict)}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    // A thread of its own does it long before (read-models.thread.ts).
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    // A rebuild touches rows all over a table: a page that is in memory is written once a commit, and never read again.
    db.pragma('cache_size = -65536');
    db.pragma(`user_version = ${FORMAT}`);
    db.pragma('application_id = 0');
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function ignoringFailure(work: () => void): void {
  try {
    work();
  } catch {
    // The caller said why it does not matter.
  }
}
