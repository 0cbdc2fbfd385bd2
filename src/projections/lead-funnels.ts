import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import type { LeadEvent, WithdrawalReason } from '../modules/leads/lead.events.js';
import type { LeadAdmitted, LeadSettled } from '../modules/owners/owner.events.js';
import { bucketOf, medianOf } from './duration-histogram.js';
import { askReport, conditions, groupExpressions, type GroupedReport, type ReportQuestion, type ReportRow } from './grouped-report.js';
import type { Page } from './page.js';
import { prepared } from './prepared.js';

/**
 * What became of the leads that a partner opened? A funnel is a cohort: every stage counts under the day (UTC) on which the
 * lead was opened, so that a share is a share of the leads it speaks of and stops moving when the last of them has ended.
 */

type FunnelEvent =
  | LeadAdmitted
  | LeadSettled
  | Extract<
      LeadEvent,
      {
        type:
          | 'MembershipAnswered'
          | 'LeadEndedExisting'
          | 'LeadWithdrawn'
          | 'LeadLapsed'
          | 'CustomerSubmitted'
          | 'LeadConverted'
          | 'LeadDeclined'
          | 'ConversionRevoked'
          | 'ExistingAcknowledged';
      }
    >;

/**
 * A bit for each stage that a lead has reached, under the name of its count. `converted` and `declined` are what a settlement
 * has shown; what the bank knows of them before is apart.
 */
const STAGES = {
  opened: 1,
  /** The answer of an earlier lead came with it. */
  carried: 2,
  answered: 4,
  existing: 8,
  acknowledged: 16,
  created: 32,
  withdrawn: 64,
  lapsed: 128,
  confirmed_at_bank: 256,
  declined_at_bank: 512,
  revoked_at_bank: 1024,
  converted: 2048,
  declined: 4096,
  withdrawn_lost_interest: 8192,
  withdrawn_unreachable: 16_384,
  withdrawn_not_eligible: 32_768,
  withdrawn_went_elsewhere: 65_536,
  withdrawn_opened_by_mistake: 131_072,
  withdrawn_other: 262_144,
} as const;
type Stage = keyof typeof STAGES;
const WITHDRAWN_FOR: Readonly<Record<WithdrawalReason, Stage>> = {
  'lost-interest': 'withdrawn_lost_interest',
  unreachable: 'withdrawn_unreachable',
  'not-eligible': 'withdrawn_not_eligible',
  'went-elsewhere': 'withdrawn_went_elsewhere',
  'opened-by-mistake': 'withdrawn_opened_by_mistake',
  other: 'withdrawn_other',
};
const STAGE_NAMES = Object.keys(STAGES) as Stage[];

export const leadFunnels: Projection<FunnelEvent> = {
  name: 'lead_funnels',
  version: 3,
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
    'LeadSettled',
  ],
  tables: ['lead_funnels_leads', 'lead_funnels_days', 'lead_funnels_times'],
  schema: `
    CREATE TABLE lead_funnels_leads (
      lead_id TEXT PRIMARY KEY, owner TEXT NOT NULL, partner TEXT NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL,
      opened_at TEXT NOT NULL, stages INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE lead_funnels_days (
      partner TEXT NOT NULL, day TEXT NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL, owner TEXT NOT NULL,
      ${STAGE_NAMES.map((stage) => `${stage} INTEGER NOT NULL DEFAULT 0`).join(', ')},
      PRIMARY KEY (partner, day, agent, purpose)
    ) WITHOUT ROWID;
    CREATE TABLE lead_funnels_times (
      partner TEXT NOT NULL, day TEXT NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL, owner TEXT NOT NULL,
      bucket INTEGER NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (partner, day, agent, purpose, bucket)
    ) WITHOUT ROWID;`,
  apply(db, event) {
    switch (event.type) {
      case 'LeadAdmitted':
        return applyAdmission(db, event.data);
      case 'MembershipAnswered':
        return reach(db, event.data.leadId, 'answered');
      case 'LeadEndedExisting':
        return reach(db, event.data.leadId, 'existing');
      case 'LeadWithdrawn':
        reach(db, event.data.leadId, 'withdrawn');
        return reach(db, event.data.leadId, WITHDRAWN_FOR[event.data.reason]);
      case 'LeadLapsed':
        return reach(db, event.data.leadId, 'lapsed');
      case 'CustomerSubmitted':
        return reach(db, event.data.leadId, 'created', event.data.at);
      case 'LeadConverted':
        return reach(db, event.data.leadId, 'confirmed_at_bank');
      case 'LeadDeclined':
        return reach(db, event.data.leadId, 'declined_at_bank');
      case 'ConversionRevoked':
        return reach(db, event.data.leadId, 'revoked_at_bank');
      case 'ExistingAcknowledged':
        return reach(db, event.data.leadId, 'acknowledged');
      case 'LeadSettled':
        return reach(db, event.data.leadId, event.data.as);
    }
  },
};

interface LeadRow {
  readonly owner: string;
  readonly partner: string;
  readonly agent: string;
  readonly purpose: string;
  readonly opened_at: string;
}

function applyAdmission(db: Database, { leadId, owner, partner, agent, purpose, carried, at }: Recorded<LeadAdmitted>['data']): void {
  prepared(db, 'INSERT OR IGNORE INTO lead_funnels_leads VALUES (?, ?, ?, ?, ?, ?, 0)').run(leadId, owner, partner, agent, purpose, at);
  reach(db, leadId, 'opened');
  if (carried === undefined) return;
  reach(db, leadId, 'carried');
  reach(db, leadId, 'answered');
}

/** Counts a stage once for each lead, however often it is told. */
function reach(db: Database, leadId: string, stage: Stage, at?: string): void {
  const bit = STAGES[stage];
  const lead = prepared<[number, string, number], LeadRow>(
    db,
    `UPDATE lead_funnels_leads SET stages = stages | ? WHERE lead_id = ? AND stages & ? = 0
     RETURNING owner, partner, agent, purpose, opened_at`,
  ).get(bit, leadId, bit);
  if (lead === undefined) return;
  const { owner, partner, agent, purpose, opened_at } = lead;
  const day = opened_at.slice(0, 10);
  prepared(
    db,
    `INSERT INTO lead_funnels_days (partner, day, agent, purpose, owner, ${stage}) VALUES (?, ?, ?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET ${stage} = ${stage} + 1`,
  ).run(partner, day, agent, purpose, owner);
  if (at === undefined) return;
  prepared(db, 'INSERT INTO lead_funnels_times VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1').run(
    partner,
    day,
    agent,
    purpose,
    owner,
    bucketOf(Date.parse(at) - Date.parse(opened_at)),
  );
}

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
    answered: 'sum(answered)',
    existing: 'sum(existing)',
    acknowledged: 'sum(acknowledged)',
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
      `SELECT ${groups.join()}, bucket, sum(count) AS count FROM lead_funnels_times
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
