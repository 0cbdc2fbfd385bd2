import type { Database, Statement } from 'better-sqlite3';

const byDatabase = new WeakMap<Database, Map<string, Statement>>();

/**
 * The statement for this text, prepared once for each database. For fixed texts only: a text that is put together from a
 * request would fill the memory. SQLite prepares a statement anew by itself when a rebuild has dropped its tables.
 */
export function prepared<Params extends unknown[], Row = unknown>(db: Database, sql: string): Statement<Params, Row> {
  let statements = byDatabase.get(db);
  if (statements === undefined) byDatabase.set(db, (statements = new Map<string, Statement>()));
  let statement = statements.get(sql);
  if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
  return statement as unknown as Statement<Params, Row>;
}
