import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { Sqlite } from './sqlite.js';

/** Another process, or another store of this one, holds the data directory. */
export class DataDirectoryInUse extends Error {
  constructor(
    readonly directory: string,
    /** Process id of the holder, as far as it could be read. */
    readonly pid: number | undefined,
  ) {
    super(
      `the data directory ${directory} is in use${pid === undefined ? '' : ` by process ${pid}`}; one process at a time may write to it`,
    );
    this.name = 'DataDirectoryInUse';
  }
}

/**
 * Holds a data directory for one writer. SQLite's lock on `lock.db` belongs to the operating system and ends with the
 * process, however it ends, so there is no stale lock to clean up. `lock.pid` only serves the error message.
 *
 * Nobody else in this process may open `lock.db` as a plain file: closing it would give the lock up (POSIX).
 */
export class DataDirectoryLock {
  private constructor(
    private readonly db: Database.Database,
    private readonly pidFile: string,
  ) {}

  /** Makes the directory when it is missing. @throws DataDirectoryInUse */
  static acquire(directory: string): DataDirectoryLock {
    const path = resolve(directory);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const pidFile = join(path, 'lock.pid');
    const db = new Sqlite(join(path, 'lock.db'), { timeout: 0 });
    try {
      db.pragma('locking_mode = EXCLUSIVE');
      db.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      db.close();
      if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error;
      throw new DataDirectoryInUse(path, readPid(pidFile));
    }
    writeFileSync(pidFile, `${process.pid}\n`);
    return new DataDirectoryLock(db, pidFile);
  }

  release(): void {
    if (!this.db.open) return;
    rmSync(this.pidFile, { force: true });
    this.db.close();
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
