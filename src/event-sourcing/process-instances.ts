import type { Fact, Recorded } from './message.js';
import type { Process } from './process.js';
import type { Projection } from './projection.js';
import { quoted, type ReadModels } from './read-models.js';

/** An instance of a process at which it is time to look. */
export interface DueInstance<State> {
  readonly key: string;
  readonly state: State;
  /** How often what it owes in this state has been sent. */
  readonly tries: number;
  /** The event that led to the state. */
  readonly causationId: string;
  readonly correlationId: string;
}

interface Row {
  readonly key: string;
  readonly state: string;
  readonly tries: number;
  readonly causation_id: string;
  readonly correlation_id: string;
}

/** `due_at` of an instance that an event has touched: look at once. */
const AT_ONCE = 0;
/** `rest_until` of an instance whose commands are being sent. */
const UNTIL_SENT = Number.MAX_SAFE_INTEGER;

/**
 * The instances of one process, a row each. An event changes `state` and sets `due_at` to "at once", in the transaction of
 * the checkpoint; the clock enters only when the process is asked what it owes.
 *
 * `due_at` (epoch ms, null for never) is when the process wants to be asked again. `rest_until` (ms of this process's
 * monotonic clock) is the back-off after sending, which ends with the state that it was for, and at a restart.
 */
export class ProcessInstances<State, Event extends Fact> {
  readonly projection: Projection<Event>;
  private readonly table: string;

  constructor(
    process: Process<State, Event, never>,
    private readonly readModels: ReadModels,
  ) {
    const name = `process ${process.name}`;
    this.table = quoted(name);
    this.projection = {
      name,
      version: process.version,
      handles: process.handles,
      tables: [name],
      schema: this.schema(),
      apply: (_, event) => this.follow(process, event),
    };
  }

  /** Nothing is being sent yet: what was resting when the process before ended is looked at now. */
  wakeAll(): void {
    this.run(`UPDATE ${this.table} SET rest_until = 0, tries = 0 WHERE rest_until > 0`);
  }

  /** Up to `limit` instances to look at now: the longest due first, and of those due at one moment in the order of their keys alone (I6). */
  due(now: number, monotonicNow: number, limit: number): readonly DueInstance<State>[] {
    return this.readModels.noticing(() => this.readDue(now, monotonicNow, limit));
  }

  /** Is anything owed, or to be looked at, now: being sent and resting instances included? */
  anyDue(now: number): boolean {
    return this.prepare(`SELECT 1 FROM ${this.table} WHERE due_at <= ? LIMIT 1`).get(now) !== undefined;
  }

  /** Milliseconds until the next instance wants to be looked at; `Infinity` for never. */
  untilNext(now: number, monotonicNow: number): number {
    const next = (column: string, after: number): number =>
      (this.prepare<{ at: number | null }>(`SELECT min(${column}) AS at FROM ${this.table} WHERE ${column} > 0 AND ${column} > ?`).get(
        after,
      )?.at ?? Infinity) - after;
    return Math.min(next('due_at', now), next('rest_until', monotonicNow));
  }

  /** It owes nothing until `wakeAt` (epoch ms), or until an event comes. */
  sleep(key: string, wakeAt: number | undefined): void {
    this.run(`UPDATE ${this.table} SET due_at = ?, rest_until = 0, tries = 0 WHERE key = ?`, wakeAt ?? null, key);
  }

  beginSending(key: string): void {
    this.run(`UPDATE ${this.table} SET rest_until = ${UNTIL_SENT}, tries = tries + 1 WHERE key = ?`, key);
  }

  /** Rests until then, unless an event has changed the state meanwhile. */
  endSending(key: string, restUntil: number): void {
    this.run(`UPDATE ${this.table} SET rest_until = ? WHERE key = ? AND rest_until = ${UNTIL_SENT}`, Math.ceil(restUntil), key);
  }

  inOneTransaction(work: () => void): void {
    this.readModels.inOneTransaction(work);
  }

  private readDue(now: number, monotonicNow: number, limit: number): readonly DueInstance<State>[] {
    const when = `FROM ${this.table} WHERE due_at <= ? AND rest_until <= ?`;
    // Mostly there are none, and to list none costs several times this.
    if (this.prepare(`SELECT 1 ${when} LIMIT 1`).get(now, monotonicNow) === undefined) return [];
    const rows = this.prepare<Row>(`SELECT key, state, tries, causation_id, correlation_id ${when} ORDER BY due_at, key LIMIT ?`);
    return rows.all(now, monotonicNow, limit).map((row) => ({
      key: row.key,
      state: JSON.parse(row.state) as State,
      tries: row.tries,
      causationId: row.causation_id,
      correlationId: row.correlation_id,
    }));
  }

  private follow(process: Process<State, Event, never>, event: Recorded<Event>): void {
    const key = process.key(event);
    const before = this.prepare<Row>(`SELECT state FROM ${this.table} WHERE key = ?`).get(key)?.state;
    const after = process.evolve(before === undefined ? undefined : (JSON.parse(before) as State), event);
    if (after === undefined) {
      this.run(`DELETE FROM ${this.table} WHERE key = ?`, key);
      return;
    }
    const { id, cause } = event as unknown as Recorded<Fact>;
    // An event that changes nothing ends no back-off: commands that lead to such events would be sent without a pause.
    this.run(
      `INSERT INTO ${this.table} (key, state, causation_id, correlation_id) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET
         rest_until = iif(state = excluded.state, rest_until, 0), tries = iif(state = excluded.state, tries, 0),
         due_at = ${AT_ONCE}, state = excluded.state,
         causation_id = excluded.causation_id, correlation_id = excluded.correlation_id`,
      key,
      JSON.stringify(after),
      id,
      cause.correlationId,
    );
  }

  private schema(): string {
    const index = (of: string): string => quoted(`${this.table.slice(1, -1)} by ${of}`);
    return `
      CREATE TABLE ${this.table} (
        key TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        causation_id TEXT NOT NULL,
        correlation_id TEXT NOT NULL,
        due_at INTEGER DEFAULT ${AT_ONCE},
        rest_until INTEGER NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0
      );
      CREATE INDEX ${index('due')} ON ${this.table} (due_at, rest_until) WHERE due_at IS NOT NULL;
      CREATE INDEX ${index('rest')} ON ${this.table} (rest_until) WHERE rest_until > 0;`;
  }

  private prepare<Result>(sql: string) {
    return this.readModels.statement<Result>(sql);
  }

  private run(sql: string, ...values: unknown[]): void {
    this.prepare(sql).run(...values);
  }
}
