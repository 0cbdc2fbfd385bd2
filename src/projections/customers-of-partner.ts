import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { Outage } from '../event-sourcing/process.js';
import type { ServiceStarted } from '../modules/gate/gate.events.js';
import type { CustomerSubmitted } from '../modules/leads/lead.events.js';
import type { LeadSettled } from '../modules/owners/owner.events.js';
import { outagesIn, outagesTable, rememberOutage, shownDeadline } from './outages.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/** Which customers has a partner created, under its own identifiers, and what has a settlement shown of them (I6, I7)? */

export const CUSTOMER_STATUSES = ['pending', 'confirmed', 'declined'] as const;
export type CustomerStatus = (typeof CUSTOMER_STATUSES)[number];

const OUTAGES = 'customers_of_partner_outages';

export const customersOfPartner: Projection<CustomerSubmitted | LeadSettled | ServiceStarted> = {
  name: 'customers_of_partner',
  version: 3,
  handles: ['CustomerSubmitted', 'LeadSettled', 'ServiceStarted'],
  tables: ['customers_of_partner', OUTAGES],
  schema: `
    CREATE TABLE customers_of_partner (
      customer_id TEXT PRIMARY KEY, lead_id TEXT NOT NULL UNIQUE, partner TEXT NOT NULL, place INTEGER NOT NULL,
      status TEXT NOT NULL, created_at TEXT NOT NULL, confirm_by TEXT NOT NULL, settled_at TEXT
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX customers_of_partner_place ON customers_of_partner (partner, place);
    CREATE INDEX customers_of_partner_status ON customers_of_partner (partner, status, place);
    ${outagesTable(OUTAGES)}`,
  apply(db, event) {
    switch (event.type) {
      case 'CustomerSubmitted':
        return applySubmission(db, event.data);
      case 'LeadSettled': {
        const { leadId, as, settlesAt } = event.data;
        const status = as === 'converted' ? 'confirmed' : 'declined';
        prepared(db, 'UPDATE customers_of_partner SET status = ?, settled_at = ? WHERE lead_id = ?').run(status, settlesAt, leadId);
        return;
      }
      case 'ServiceStarted':
        rememberOutage(db, OUTAGES, event.data);
    }
  },
};

function applySubmission(db: Database, { customerId, leadId, partner, confirmBy, at }: CustomerSubmitted['data']): void {
  prepared(
    db,
    `INSERT INTO customers_of_partner (customer_id, lead_id, partner, place, status, created_at, confirm_by)
     SELECT ?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM customers_of_partner WHERE partner = ?), 'pending', ?, ?
     WHERE true ON CONFLICT (customer_id) DO NOTHING`,
  ).run(customerId, leadId, partner, partner, at, confirmBy);
}

/** A customer as the partner that created it sees it. Times are ISO 8601. */
export interface CustomerOfPartner {
  readonly customerId: string;
  readonly leadId: string;
  /** `pending` until the settlement, whatever the bank knows before. */
  readonly status: CustomerStatus;
  readonly createdAt: string;
  /** Until when the applicant has to prove their identity, put off by the service's own outages before the settlement. */
  readonly confirmBy: string;
  readonly settledAt?: string;
}

interface Row {
  readonly customer_id: string;
  readonly lead_id: string;
  readonly place: number;
  readonly status: CustomerStatus;
  readonly created_at: string;
  readonly confirm_by: string;
  readonly settled_at: string | null;
}

const COLUMNS = 'customer_id, lead_id, place, status, created_at, confirm_by, settled_at';

/** Another partner's customer is not there. */
export function customerOfPartner(db: Database, partner: string, customerId: string): CustomerOfPartner | undefined {
  const sql = `SELECT ${COLUMNS} FROM customers_of_partner WHERE customer_id = ? AND partner = ?`;
  const row = prepared<[string, string], Row>(db, sql).get(customerId, partner);
  return row && toCustomer(row, outagesIn(db, OUTAGES));
}

export interface CustomersQuestion {
  readonly partner: string;
  readonly status?: CustomerStatus;
  readonly after?: Place;
  readonly limit: number;
}

/** The latest created first. @throws ForeignPlace */
export function customersOf(db: Database, { partner, status, after, limit }: CustomersQuestion): Page<CustomerOfPartner> {
  const [before] = after === undefined ? [Number.MAX_SAFE_INTEGER] : placeOf(after, ['number'] as const);
  const sql = `SELECT ${COLUMNS} FROM customers_of_partner WHERE partner = ? ${status === undefined ? '' : 'AND status = ?'} AND place < ?
    ORDER BY place DESC LIMIT ?`;
  const found = prepared<unknown[], Row>(db, sql).all(partner, ...(status === undefined ? [] : [status]), before, limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.place]);
  const outages = outagesIn(db, OUTAGES);
  return { rows: rows.map((row) => toCustomer(row, outages)), ...(next && { next }) };
}

function toCustomer(row: Row, outages: readonly Outage[]): CustomerOfPartner {
  const confirmation = { setAt: row.created_at, deadline: row.confirm_by, doneAt: row.settled_at };
  return {
    customerId: row.customer_id,
    leadId: row.lead_id,
    status: row.status,
    createdAt: row.created_at,
    confirmBy: shownDeadline(confirmation, outages),
    ...(row.settled_at !== null && { settledAt: row.settled_at }),
  };
}
