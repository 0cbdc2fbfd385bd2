import type { Database } from 'better-sqlite3';
import { extended } from '../event-sourcing/outage.js';
import type { Outage } from '../event-sourcing/process.js';
import type { Projection } from '../event-sourcing/projection.js';
import type { ServiceStarted } from '../modules/gate/gate.events.js';
import type { LeadConverted, LeadDeclined, LeadEvent } from '../modules/leads/lead.events.js';
import { settlementOf, type Settling } from '../modules/leads/settlement.events.js';
import type { LeadAdmitted, LeadSettled } from '../modules/owners/owner.events.js';
import { outagesIn, outagesTable, rememberOutage } from './outages.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/** What falls due next, and whose is it? One row for each lead that waits: for its partner, its applicant, or its settlement. */

type Followed =
  | LeadAdmitted
  | LeadSettled
  | ServiceStarted
  | Extract<
      LeadEvent,
      { type: 'LeadEndedExisting' | 'LeadWithdrawn' | 'LeadLapsed' | 'CustomerSubmitted' | 'LeadConverted' | 'LeadDeclined' }
    >;

export const DEADLINE_KINDS = ['follow-up', 'confirmation', 'settlement'] as const;
export type DeadlineKind = (typeof DEADLINE_KINDS)[number];

const OUTAGES = 'deadlines_outages';

export const deadlines: Projection<Followed> = {
  name: 'deadlines',
  version: 3,
  handles: [
    'LeadAdmitted',
    'LeadEndedExisting',
    'LeadWithdrawn',
    'LeadLapsed',
    'CustomerSubmitted',
    'LeadConverted',
    'LeadDeclined',
    'LeadSettled',
    'ServiceStarted',
  ],
  tables: ['deadlines', OUTAGES],
  schema: `
    CREATE TABLE deadlines (
      lead_id TEXT PRIMARY KEY, owner TEXT NOT NULL, partner TEXT NOT NULL, kind TEXT NOT NULL, set_at TEXT NOT NULL,
      agreed TEXT NOT NULL, due_at TEXT NOT NULL, settles TEXT
    ) WITHOUT ROWID;
    CREATE INDEX deadlines_due ON deadlines (due_at, lead_id);
    CREATE INDEX deadlines_of_partner ON deadlines (partner, due_at, lead_id);
    ${outagesTable(OUTAGES)}`,
  apply(db, event) {
    switch (event.type) {
      case 'LeadAdmitted':
        if (event.data.carried === 'yes') return;
        return set(db, event.data, 'follow-up', event.data.followUpBy);
      case 'CustomerSubmitted':
        return set(db, event.data, 'confirmation', event.data.confirmBy);
      case 'LeadConverted':
      case 'LeadDeclined':
        return setSettlement(db, event.data);
      case 'LeadEndedExisting':
      case 'LeadWithdrawn':
      case 'LeadLapsed':
      case 'LeadSettled':
        prepared(db, 'DELETE FROM deadlines WHERE lead_id = ?').run(event.data.leadId);
        return;
      case 'ServiceStarted': {
        const outage = rememberOutage(db, OUTAGES, event.data);
        if (outage === undefined) return;
        putOff(db, outage);
        putOffSettlements(db, outage);
      }
    }
  },
};

function set(db: Database, lead: { leadId: string; owner: string; partner: string; at: string }, kind: DeadlineKind, due: string): void {
  prepared(db, 'INSERT OR REPLACE INTO deadlines VALUES (?, ?, ?, ?, ?, ?, ?, NULL)').run(
    lead.leadId,
    lead.owner,
    lead.partner,
    kind,
    lead.at,
    due,
    due,
  );
}

/** `settles` is kept because a settlement is not put off by the length of an outage, but to another settlement, or not at all. */
function setSettlement(db: Database, data: LeadConverted['data'] | LeadDeclined['data']): void {
  const { leadId, owner, partner, settles, at } = data;
  prepared(db, 'INSERT OR REPLACE INTO deadlines VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
    leadId,
    owner,
    partner,
    'settlement',
    at,
    iso(settlementOf(settles, [])),
    iso(settlementOf(settles, outagesIn(db, OUTAGES))),
    JSON.stringify(settles),
  );
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}

function putOffSettlements(db: Database, outage: Outage): void {
  const concerned = prepared<[string], { lead_id: string; settles: string }>(
    db,
    `SELECT lead_id, settles FROM deadlines WHERE due_at > ? AND kind = 'settlement'`,
  ).all(outage.from);
  const outages = outagesIn(db, OUTAGES);
  const update = prepared(db, 'UPDATE deadlines SET due_at = ? WHERE lead_id = ?');
  for (const { lead_id, settles } of concerned) update.run(iso(settlementOf(JSON.parse(settles) as Settling, outages)), lead_id);
}

/** An outage puts off what partners and applicants have to do. */
function putOff(db: Database, outage: Outage): void {
  const concerned = prepared<[string, string], { lead_id: string; set_at: string; due_at: string }>(
    db,
    `SELECT lead_id, set_at, due_at FROM deadlines WHERE due_at > ? AND set_at < ? AND kind <> 'settlement'`,
  ).all(outage.from, outage.until);
  const update = prepared(db, 'UPDATE deadlines SET due_at = ? WHERE lead_id = ?');
  for (const { lead_id, set_at, due_at } of concerned) {
    update.run(new Date(extended(Date.parse(set_at), Date.parse(due_at), [outage])).toISOString(), lead_id);
  }
}

export interface Deadline {
  readonly leadId: string;
  readonly owner: string;
  readonly partner: string;
  readonly kind: DeadlineKind;
  /** When it was set; ISO 8601. */
  readonly setAt: string;
  /** As it was set; ISO 8601. */
  readonly agreed: string;
  /** As it binds, put off by the service's own outages; ISO 8601. */
  readonly dueAt: string;
}

export interface DeadlinesQuestion {
  readonly owner?: string;
  readonly partner?: string;
  readonly kind?: DeadlineKind;
  /** Due at or after it; ISO 8601. */
  readonly from?: string;
  /** Due before it; ISO 8601. */
  readonly to?: string;
  readonly after?: Place;
  readonly limit: number;
}

/** The next due first. @throws ForeignPlace */
export function upcomingDeadlines(db: Database, question: DeadlinesQuestion): Page<Deadline> {
  const { owner, partner, kind, from, to, limit } = question;
  const place = question.after === undefined ? undefined : placeOf(question.after, ['string', 'string'] as const);
  const conditions: [string, readonly (string | number)[]][] = [];
  if (owner !== undefined) conditions.push(['owner = ?', [owner]]);
  if (partner !== undefined) conditions.push(['partner = ?', [partner]]);
  if (kind !== undefined) conditions.push(['kind = ?', [kind]]);
  if (from !== undefined) conditions.push(['due_at >= ?', [from]]);
  if (to !== undefined) conditions.push(['due_at < ?', [to]]);
  if (place !== undefined) conditions.push(['(due_at, lead_id) > (?, ?)', place]);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  const sql = `SELECT lead_id AS leadId, owner, partner, kind, set_at AS setAt, agreed, due_at AS dueAt FROM deadlines ${where} ORDER BY due_at, lead_id LIMIT ?`;
  const found = prepared<unknown[], Deadline>(db, sql).all(...conditions.flatMap(([, values]) => values), limit + 1);
  return pageOf(found, limit, ({ dueAt, leadId }) => [dueAt, leadId]);
}
