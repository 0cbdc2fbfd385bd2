import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import type { ServiceStarted } from '../modules/gate/gate.events.js';
import type { CommandRefused, RefusalEvent, RefusalsFolded } from '../modules/refusals/refusal.events.js';
import { askReport, type GroupedReport, type ReportQuestion, type ReportRow } from './grouped-report.js';
import type { Page } from './page.js';
import { prepared } from './prepared.js';

/** What was refused, to whom, to which agent, why, when, and where the count may miss a flush? */

export const refusals: Projection<RefusalEvent | ServiceStarted> = {
  name: 'refusals',
  version: 2,
  handles: ['CommandRefused', 'RefusalsFolded', 'ServiceStarted'],
  tables: ['refusals_hours', 'refusals_streams', 'refusals_gaps'],
  schema: `
    CREATE TABLE refusals_hours (
      partner TEXT NOT NULL, hour TEXT NOT NULL, command TEXT NOT NULL, code TEXT NOT NULL, agent TEXT NOT NULL, owner TEXT NOT NULL,
      count INTEGER NOT NULL, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, may_miss_a_flush INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (partner, hour, command, code, agent)
    ) WITHOUT ROWID;
    CREATE TABLE refusals_streams (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE refusals_gaps (at TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (at, process)) WITHOUT ROWID;`,
  apply(db, event) {
    if (event.type === 'ServiceStarted') return applyStart(db, event.data);
    if (!isNew(db, event)) return;
    if (event.type === 'CommandRefused') applyFirst(db, event.data);
    else applyFolded(db, event.data);
  },
};

/** Counts are added up, so an event that comes twice must be known: each stream has one writer and one order. */
function isNew(db: Database, { stream, revision }: Recorded<RefusalEvent>): boolean {
  return (
    prepared(
      db,
      'INSERT INTO refusals_streams VALUES (?, ?) ON CONFLICT DO UPDATE SET revision = excluded.revision WHERE excluded.revision > revision',
    ).run(stream, revision).changes === 1
  );
}

/** A killed process took with it what it had counted since its last flush, of whatever partner. */
function applyStart(db: Database, { previous, previousEndedCleanly, at }: ServiceStarted['data']): void {
  if (!previousEndedCleanly) prepared(db, 'INSERT OR IGNORE INTO refusals_gaps VALUES (?, ?)').run(at, previous ?? '');
}

function applyFirst(db: Database, { owner, partner, command, code, agent = '', at }: CommandRefused['data']): void {
  add(db, { owner, partner, command, code, agent, count: 1, from: at, until: at, mayMissAFlush: false });
}

function applyFolded(db: Database, { owner, partner, counts, from, until, afterUncleanStop }: RefusalsFolded['data']): void {
  for (const { command, code, agent = '', count } of counts) {
    add(db, { owner, partner, command, code, agent, count, from, until, mayMissAFlush: afterUncleanStop === true });
  }
}

interface Refused {
  readonly owner: string;
  readonly partner: string;
  readonly command: string;
  readonly code: string;
  /** Empty where it is not known. */
  readonly agent: string;
  readonly count: number;
  readonly from: string;
  readonly until: string;
  readonly mayMissAFlush: boolean;
}

/** A flush spans seconds; all of it counts in the hour in which it began. */
function add(db: Database, { owner, partner, command, code, agent, count, from, until, mayMissAFlush }: Refused): void {
  prepared(
    db,
    `INSERT INTO refusals_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count, first_seen = min(first_seen, excluded.first_seen),
       last_seen = max(last_seen, excluded.last_seen), may_miss_a_flush = max(may_miss_a_flush, excluded.may_miss_a_flush)`,
  ).run(partner, from.slice(0, 13), command, code, agent, owner, count, from, until, mayMissAFlush ? 1 : 0);
}

const report: GroupedReport = {
  table: 'refusals_hours',
  groups: {
    owner: 'owner',
    partner: 'partner',
    command: 'command',
    code: 'code',
    agent: 'agent',
    hour: `hour || ':00:00.000Z'`,
    day: 'substr(hour, 1, 10)',
  },
  figures: {
    count: 'sum(count)',
    firstSeen: 'min(first_seen)',
    lastSeen: 'max(last_seen)',
    /** 1 where a process was killed before: one flush of these counts may be missing. */
    mayMissAFlush: 'max(may_miss_a_flush)',
  },
  filters: {
    owner: 'owner = ?',
    partner: 'partner = ?',
    command: 'command = ?',
    code: 'code = ?',
    agent: 'agent = ?',
    from: 'hour >= substr(?, 1, 13)',
    to: 'hour <= substr(?, 1, 13)',
  },
};

export const REFUSAL_GROUPS = ['owner', 'partner', 'command', 'code', 'agent', 'hour', 'day'] as const;
export const REFUSAL_SORTS = ['count', 'firstSeen', 'lastSeen'] as const;
export const REFUSAL_FIGURES = Object.keys(report.figures);

export type RefusalCount = ReportRow & {
  readonly count: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly mayMissAFlush: number;
};

export function refusalCounts(db: Database, question: ReportQuestion): Page<RefusalCount> {
  return askReport(db, report, question) as Page<RefusalCount>;
}

/** A process that was killed: at most one flush of each partner's counts is missing before `at`. */
export interface FlushGap {
  /** When its successor began; ISO 8601. */
  readonly at: string;
  readonly process: string;
}

/** The latest first, 100 at most. */
export function flushGaps(db: Database): readonly FlushGap[] {
  return prepared<[], FlushGap>(db, 'SELECT at, process FROM refusals_gaps ORDER BY at DESC, process DESC LIMIT 100').all();
}
