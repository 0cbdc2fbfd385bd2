import type { Database } from 'better-sqlite3';
import { extended } from '../event-sourcing/outage.js';
import type { Outage } from '../event-sourcing/process.js';
import type { ServiceStarted } from '../modules/gate/gate.events.js';
import { prepared } from './prepared.js';

/** The times in which the service was down, as a read model that shows deadlines keeps them in a table of its own. */
export function outagesTable(table: string): string {
  return `CREATE TABLE ${table} (began TEXT PRIMARY KEY, ended TEXT NOT NULL) WITHOUT ROWID;`;
}

/** @returns the outage, unless there was none or it is known already */
export function rememberOutage(db: Database, table: string, { outage }: ServiceStarted['data']): Outage | undefined {
  if (outage === undefined) return undefined;
  const { changes } = prepared(db, `INSERT OR IGNORE INTO ${table} VALUES (?, ?)`).run(outage.from, outage.until);
  return changes === 1 ? outage : undefined;
}

/** In order of time. */
export function outagesIn(db: Database, table: string): readonly Outage[] {
  return prepared<[], Outage>(db, `SELECT began AS "from", ended AS "until" FROM ${table} ORDER BY began`).all();
}

export interface SetDeadline {
  /** When it was set; ISO 8601. */
  readonly setAt: string;
  /** As it was set; ISO 8601. */
  readonly deadline: string;
  /** Since when nothing more depends on it; ISO 8601. */
  readonly doneAt: string | null;
}

/**
 * A deadline as it binds, for whom it binds. It is put off by whole seconds, rounded down: the end of the service's life, to
 * the millisecond, would tell when somebody else did something last.
 */
export function shownDeadline({ setAt, deadline, doneAt }: SetDeadline, outages: readonly Outage[]): string {
  const agreed = Date.parse(deadline);
  const concerned = doneAt === null ? outages : outages.filter(({ from }) => from < doneAt);
  const longer = extended(Date.parse(setAt), agreed, concerned) - agreed;
  return new Date(agreed + Math.floor(longer / 1000) * 1000).toISOString();
}
