import type Database from 'better-sqlite3';
import { Sqlite } from '../../event-sourcing/sqlite.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS used_assertions (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS used_assertions_by_expiry ON used_assertions (expires_at);
`;

/** Seconds for which an assertion is remembered after it has expired: it is looked at first, and counted some time later. */
const SLACK = 60;

/**
 * Which client assertions have been used (R29), by one process, in a file of its own beside the log: a restart must not make them good
 * again. They are no events: they mean nothing to anybody once they have expired, and would be the log's most frequent
 * entry. A token request is rare (one per client and token life), so each is synced.
 */
export class UsedAssertions {
  private readonly db: Database.Database;
  private readonly insert: Database.Statement<[string, number]>;
  private readonly forget: Database.Statement<[number]>;

  /** @param file path, or `:memory:` */
  constructor(file: string) {
    this.db = new Sqlite(file);
    this.db.pragma('journal_mode = WAL');
    this.db.pragma('synchronous = FULL');
    this.db.exec(SCHEMA);
    this.insert = this.db.prepare('INSERT INTO used_assertions VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.forget = this.db.prepare('DELETE FROM used_assertions WHERE expires_at < ?');
  }

  /**
   * One statement, so that of two uses at the same time exactly one is the first.
   * @param id of at most 100 characters
   * @param expiresAt seconds since the epoch, after which the assertion is refused for its age
   * @param now seconds since the epoch
   * @returns whether this was the first use
   */
  use(id: string, expiresAt: number, now: number): boolean {
    this.forget.run(now - SLACK);
    return this.insert.run(id, expiresAt).changes === 1;
  }

  close(): void {
    this.db.close();
  }
}
