import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { Outage } from '../event-sourcing/process.js';
import type { ServiceStarted } from '../modules/gate/gate.events.js';
import type { LeadEvent } from '../modules/leads/lead.events.js';
import type { LeadAdmitted, LeadSettled } from '../modules/owners/owner.events.js';
import { outagesIn, outagesTable, rememberOutage, shownDeadline } from './outages.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/**
 * What may a partner see of its own leads? What it did, the answers that it was given, and of what the bank found out only
 * what a settlement has shown (I6). The order is the partner's own: nothing in a row tells of anybody else.
 */

type Followed =
  | LeadAdmitted
  | LeadSettled
  | ServiceStarted
  | Extract<
      LeadEvent,
      {
        type:
          | 'MembershipAnswered'
          | 'AnswerUpheld'
          | 'AnswerChanged'
          | 'ConsentAsked'
          | 'ConsentAnswered'
          | 'LeadEndedExisting'
          | 'LeadWithdrawn'
          | 'LeadLapsed'
          | 'CustomerSubmitted';
      }
    >;

export const LEAD_STATUSES = ['open', 'answered', 'existing', 'created', 'converted', 'declined', 'withdrawn', 'lapsed'] as const;
export type LeadStatus = (typeof LEAD_STATUSES)[number];

export const CONSENT_STATUSES = ['asked', 'given', 'refused'] as const;
export type ConsentStatus = (typeof CONSENT_STATUSES)[number];

/** A partner is not told which kind of no it was: whoever never spoke to it may have reasons to keep that to the bank. */
const CONSENT_OF = { given: 'given', refused: 'refused', denied: 'refused' } as const;

const OUTAGES = 'leads_of_partner_outages';

export const leadsOfPartner: Projection<Followed> = {
  name: 'leads_of_partner',
  version: 4,
  handles: [
    'LeadAdmitted',
    'MembershipAnswered',
    'AnswerUpheld',
    'AnswerChanged',
    'ConsentAsked',
    'ConsentAnswered',
    'LeadEndedExisting',
    'LeadWithdrawn',
    'LeadLapsed',
    'CustomerSubmitted',
    'LeadSettled',
    'ServiceStarted',
  ],
  tables: ['leads_of_partner', OUTAGES],
  schema: `
    CREATE TABLE leads_of_partner (
      lead_id TEXT PRIMARY KEY, partner TEXT NOT NULL, place INTEGER NOT NULL, agent TEXT NOT NULL, purpose TEXT NOT NULL,
      status TEXT NOT NULL, opened_at TEXT NOT NULL, follow_up_by TEXT NOT NULL, answered_at TEXT, customer_id TEXT,
      created_at TEXT, ended_at TEXT, consent TEXT, consent_until TEXT
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX leads_of_partner_place ON leads_of_partner (partner, place);
    CREATE INDEX leads_of_partner_status ON leads_of_partner (partner, status, place);
    ${outagesTable(OUTAGES)}`,
  apply(db, event) {
    switch (event.type) {
      case 'LeadAdmitted':
        return applyAdmission(db, event.data);
      case 'ConsentAsked':
        return applyConsent(db, event.data.leadId, 'asked', event.data.expiresAt);
      case 'ConsentAnswered':
        return applyConsent(db, event.data.leadId, CONSENT_OF[event.data.word]);
      case 'MembershipAnswered':
      case 'AnswerUpheld':
      case 'AnswerChanged':
        return applyAnswer(db, event.data.leadId, event.data.at);
      case 'LeadEndedExisting':
        return applyEnd(db, event.data.leadId, 'existing', event.data.at);
      case 'LeadWithdrawn':
        return applyEnd(db, event.data.leadId, 'withdrawn', event.data.at);
      case 'LeadLapsed':
        return applyEnd(db, event.data.leadId, 'lapsed', event.data.at);
      case 'CustomerSubmitted': {
        const { leadId, customerId, at } = event.data;
        prepared(db, `UPDATE leads_of_partner SET status = 'created', customer_id = ?, created_at = ? WHERE lead_id = ?`).run(
          customerId,
          at,
          leadId,
        );
        return;
      }
      case 'LeadSettled':
        return applyEnd(db, event.data.leadId, event.data.as, event.data.settlesAt);
      case 'ServiceStarted':
        rememberOutage(db, OUTAGES, event.data);
    }
  },
};

/** On the admission, not the opening: it is what the partner was charged for, and it comes in the owner's own order. */
function applyAdmission(db: Database, { leadId, partner, agent, purpose, carried, followUpBy, at }: LeadAdmitted['data']): void {
  const status: LeadStatus = carried === undefined ? 'open' : carried === 'yes' ? 'existing' : 'answered';
  prepared(
    db,
    `INSERT INTO leads_of_partner (lead_id, partner, place, agent, purpose, status, opened_at, follow_up_by, answered_at, ended_at)
     SELECT ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM leads_of_partner WHERE partner = ?), ?, ?, ?, ?, ?, ?, ?
     WHERE true ON CONFLICT (lead_id) DO NOTHING`,
  ).run(leadId, partner, partner, agent, purpose, status, at, followUpBy, carried === undefined ? null : at, carried === 'yes' ? at : null);
}

function applyAnswer(db: Database, leadId: string, at: string): void {
  prepared(db, `UPDATE leads_of_partner SET status = 'answered', answered_at = ? WHERE lead_id = ?`).run(at, leadId);
}

/** @param until of a new request; the applicant's word changes nothing about it */
function applyConsent(db: Database, leadId: string, status: ConsentStatus, until?: string): void {
  const sql = 'UPDATE leads_of_partner SET consent = ?, consent_until = coalesce(?, consent_until) WHERE lead_id = ?';
  prepared(db, sql).run(status, until ?? null, leadId);
}

function applyEnd(db: Database, leadId: string, status: LeadStatus, at: string): void {
  prepared(db, 'UPDATE leads_of_partner SET status = ?, ended_at = ? WHERE lead_id = ?').run(status, at, leadId);
}

/** A lead as its partner sees it. Times are ISO 8601; what has not happened is missing. */
export interface LeadOfPartner {
  readonly leadId: string;
  readonly agent: string;
  readonly purpose: string;
  readonly status: LeadStatus;
  readonly openedAt: string;
  /** As it binds: put off by the service's own outages while the lead waited. */
  readonly followUpBy: string;
  readonly answeredAt?: string;
  readonly customerId?: string;
  readonly createdAt?: string;
  /** For a created lead, its settlement. */
  readonly endedAt?: string;
  /** The last time that the applicant was asked for their consent. */
  readonly consent?: { readonly status: ConsentStatus; readonly expiresAt: string };
}

interface Row {
  readonly lead_id: string;
  readonly place: number;
  readonly agent: string;
  readonly purpose: string;
  readonly status: LeadStatus;
  readonly opened_at: string;
  readonly follow_up_by: string;
  readonly answered_at: string | null;
  readonly customer_id: string | null;
  readonly created_at: string | null;
  readonly ended_at: string | null;
  readonly consent: ConsentStatus | null;
  readonly consent_until: string | null;
}

const COLUMNS =
  'lead_id, place, agent, purpose, status, opened_at, follow_up_by, answered_at, customer_id, created_at, ended_at, consent, consent_until';

/** Another partner's lead is not there. */
export function leadOfPartner(db: Database, partner: string, leadId: string): LeadOfPartner | undefined {
  const sql = `SELECT ${COLUMNS} FROM leads_of_partner WHERE lead_id = ? AND partner = ?`;
  const row = prepared<[string, string], Row>(db, sql).get(leadId, partner);
  return row && toLead(row, outagesIn(db, OUTAGES));
}

export interface LeadsQuestion {
  readonly partner: string;
  readonly status?: LeadStatus;
  readonly after?: Place;
  readonly limit: number;
}

/** The latest opened first. @throws ForeignPlace */
export function leadsOf(db: Database, { partner, status, after, limit }: LeadsQuestion): Page<LeadOfPartner> {
  const [before] = after === undefined ? [Number.MAX_SAFE_INTEGER] : placeOf(after, ['number'] as const);
  const sql = `SELECT ${COLUMNS} FROM leads_of_partner WHERE partner = ? ${status === undefined ? '' : 'AND status = ?'} AND place < ?
    ORDER BY place DESC LIMIT ?`;
  const found = prepared<unknown[], Row>(db, sql).all(partner, ...(status === undefined ? [] : [status]), before, limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.place]);
  const outages = outagesIn(db, OUTAGES);
  return { rows: rows.map((row) => toLead(row, outages)), ...(next && { next }) };
}

function toLead(row: Row, outages: readonly Outage[]): LeadOfPartner {
  const followUpBy = shownDeadline({ setAt: row.opened_at, deadline: row.follow_up_by, doneAt: row.created_at ?? row.ended_at }, outages);
  // A deadline binds by its time: by how much the timer came later tells how busy the service was with others.
  const endedAt = row.status === 'lapsed' ? followUpBy : row.ended_at;
  return {
    leadId: row.lead_id,
    agent: row.agent,
    purpose: row.purpose,
    status: row.status,
    openedAt: row.opened_at,
    followUpBy,
    ...(row.answered_at !== null && { answeredAt: row.answered_at }),
    ...(row.customer_id !== null && { customerId: row.customer_id }),
    ...(row.created_at !== null && { createdAt: row.created_at }),
    ...(endedAt !== null && { endedAt }),
    ...(row.consent !== null && row.consent_until !== null && { consent: { status: row.consent, expiresAt: row.consent_until } }),
  };
}
