import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import { medianOf } from './duration-histogram.js';
import { askReport, conditions, groupExpressions, type GroupedReport, type ReportQuestion, type ReportRow } from './grouped-report.js';
import { FunnelChanges, type FunnelEvent, STAGE_NAMES } from './lead-funnels.changes.js';
import type { Page } from './page.js';

/**
 * What became of the leads that a partner opened? A funnel is a cohort: every stage counts under the day (UTC) on which the
 * lead was opened, so that a share is a share of the leads it speaks of and stops moving when the last of them has ended.
 */

export const leadFunnels: Projection<FunnelEvent> = {
  name: 'lead_funnels',
  version: 5,
  handles: [
    'LeadAdmitted',
    'MembershipAnswered',
    'LeadEndedExisting',
    'LeadWithdrawn',
    'LeadLapsed',
    'CustomerSubmitted',
    'LeadConverted',
    'LeadDeclined',
    'ConversionRevoked',
    'ExistingAcknowledged',
    'ConsentAnswered',
    'LeadDenied',
    'LeadSettled',
  ],
  tables: ['lead_funnels_leads', 'lead_funnels_days', 'lead_funnels_times'],
  schema: `
    CREATE TABLE lead_funnels_leads (
      lead_id TEXT PRIMARY KEY, cohort INTEGER NOT NULL, opened_ms INTEGER NOT NULL, stages INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE lead_funnels_days (
      cohort INTEGER PRIMARY KEY,
      partner TEXT NOT NULL, day TEXT NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL, owner TEXT NOT NULL,
      ${STAGE_NAMES.map((stage) => `${stage} INTEGER NOT NULL`).join(', ')},
      UNIQUE (partner, day, agent, purpose)
    );
    CREATE TABLE lead_funnels_times (
      cohort INTEGER NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (cohort, bucket)
    ) WITHOUT ROWID;`,
  apply(db, event) {
    const changes = new FunnelChanges(db);
    changes.take(event);
    changes.write();
  },
  gather: (db) => new FunnelChanges(db),
};

const share = (of: string, all: string): string => `coalesce(round(1.0 * sum(${of}) / nullif(sum(${all}), 0), 6), 0)`;

const report: GroupedReport = {
  table: 'lead_funnels_days',
  groups: {
    owner: 'owner',
    partner: 'partner',
    agent: 'agent',
    purpose: 'purpose',
    day: 'day',
    // The Monday on which the week begins (ISO 8601).
    week: `date(day, 'weekday 0', '-6 days')`,
    month: 'substr(day, 1, 7)',
  },
  figures: {
    opened: 'sum(opened)',
    carried: 'sum(carried)',
    consented: 'sum(consented)',
    answered: 'sum(answered)',
    existing: 'sum(existing)',
    acknowledged: 'sum(acknowledged)',
    denied: 'sum(denied)',
    created: 'sum(created)',
    withdrawn: 'sum(withdrawn)',
    withdrawnLostInterest: 'sum(withdrawn_lost_interest)',
    withdrawnUnreachable: 'sum(withdrawn_unreachable)',
    withdrawnNotEligible: 'sum(withdrawn_not_eligible)',
    withdrawnWentElsewhere: 'sum(withdrawn_went_elsewhere)',
    withdrawnOpenedByMistake: 'sum(withdrawn_opened_by_mistake)',
    withdrawnOther: 'sum(withdrawn_other)',
    lapsed: 'sum(lapsed)',
    converted: 'sum(converted)',
    declined: 'sum(declined)',
    waiting: 'sum(opened - existing - withdrawn - lapsed - converted - declined)',
    confirmedAtBank: 'sum(confirmed_at_bank)',
    declinedAtBank: 'sum(declined_at_bank)',
    revokedAtBank: 'sum(revoked_at_bank)',
    existingShare: share('existing', 'answered'),
    deniedShare: share('denied', 'opened'),
    createdShare: share('created', 'opened'),
    convertedShare: share('converted', 'opened'),
    declinedShare: share('declined', 'opened'),
    withdrawnShare: share('withdrawn', 'opened'),
    lapsedShare: share('lapsed', 'opened'),
  },
  filters: { owner: 'owner = ?', partner: 'partner = ?', agent: 'agent = ?', purpose: 'purpose = ?', from: 'day >= ?', to: 'day <= ?' },
};

export const FUNNEL_GROUPS = ['owner', 'partner', 'agent', 'purpose', 'day', 'week', 'month'] as const;
export const FUNNEL_FIGURES = Object.keys(report.figures);

/** A group's stages. Shares are of the opened leads, `existingShare` of the answered ones. */
export type Funnel = ReportRow & {
  /** Median time from opening to create, seconds with their thousandths, right to 1/16 of itself; 0 when there was no create. */
  readonly medianSecondsToCreate: number;
};

export function funnels(db: Database, question: ReportQuestion): Page<Funnel> {
  const page = askReport(db, report, question);
  const medians = mediansToCreate(db, question, page.rows);
  const rows = page.rows.map((row) => ({ ...row, medianSecondsToCreate: medians.get(groupKey(row, question.by)) ?? 0 }));
  return { ...page, rows: rows as readonly Funnel[] };
}

/** Of the groups on the page only: there may be many more. */
function mediansToCreate(db: Database, question: ReportQuestion, onPage: readonly ReportRow[]): ReadonlyMap<string, number> {
  if (onPage.length === 0) return new Map();
  const { by } = question;
  const expressions = groupExpressions(report, by);
  const groups = expressions.map((sql, index) => `${sql} AS "${by[index]}"`);
  const { where, values } = conditions(report, question);
  const tuple = `(${by.map(() => '?').join()})`;
  const among = `(${expressions.join()}) IN (VALUES ${onPage.map(() => tuple).join()})`;
  const rows = db
    .prepare<unknown[], ReportRow & { bucket: number; count: number }>(
      `SELECT ${groups.join()}, bucket, sum(count) AS count FROM lead_funnels_times JOIN lead_funnels_days USING (cohort)
       ${where === '' ? 'WHERE' : `${where} AND`} ${among} GROUP BY ${by.map((name) => `"${name}"`).join()}, bucket ORDER BY bucket`,
    )
    .all(...values, ...onPage.flatMap((row) => by.map((name) => row[name])));
  const buckets = new Map<string, { bucket: number; count: number }[]>();
  for (const row of rows) {
    const key = groupKey(row, by);
    const known = buckets.get(key);
    if (known) known.push(row);
    else buckets.set(key, [row]);
  }
  return new Map([...buckets].map(([key, of]) => [key, Math.round(medianOf(of) ?? 0) / 1000]));
}

function groupKey(row: ReportRow, by: readonly string[]): string {
  return JSON.stringify(by.map((name) => row[name]));
}
