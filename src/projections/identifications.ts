import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import type { CustomerSubmitted, LeadConverted, LeadDeclined } from '../modules/leads/lead.events.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/** Whose identity has the bank still to establish? For its identity system alone: a row goes when the bank has spoken. */
export const identifications: Projection<CustomerSubmitted | LeadConverted | LeadDeclined> = {
  name: 'identifications',
  version: 2,
  handles: ['CustomerSubmitted', 'LeadConverted', 'LeadDeclined'],
  tables: ['identifications'],
  schema: `
    CREATE TABLE identifications (
      customer_id TEXT PRIMARY KEY, position INTEGER NOT NULL, lead_id TEXT NOT NULL UNIQUE, lead_stream TEXT NOT NULL, owner TEXT NOT NULL, partner TEXT NOT NULL,
      purpose TEXT NOT NULL, person_keys TEXT NOT NULL, corroborations TEXT NOT NULL, sealed TEXT NOT NULL,
      submitted_at TEXT NOT NULL, confirm_by TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX identifications_position ON identifications (position, customer_id);`,
  apply(db, event) {
    switch (event.type) {
      case 'CustomerSubmitted':
        return applySubmission(db, event);
      case 'LeadConverted':
      case 'LeadDeclined':
        prepared(db, 'DELETE FROM identifications WHERE lead_id = ?').run(event.data.leadId);
    }
  },
};

function applySubmission(db: Database, { data, position, stream }: Recorded<CustomerSubmitted>): void {
  const { customerId, leadId, owner, partner, purpose, personKeys, corroborations, sealed, confirmBy, at } = data;
  prepared(db, 'INSERT OR IGNORE INTO identifications VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    customerId,
    position,
    leadId,
    stream,
    owner,
    partner,
    purpose,
    JSON.stringify(personKeys),
    JSON.stringify(corroborations),
    sealed,
    at,
    confirmBy,
  );
}

/** A customer whom a partner submitted, as the bank's identity system needs it. Times are ISO 8601. */
export interface PendingIdentification {
  readonly customerId: string;
  readonly leadId: string;
  readonly leadStream: string;
  readonly owner: string;
  readonly partner: string;
  readonly purpose: string;
  readonly personKeys: readonly string[];
  /** One for each person key. */
  readonly corroborations: readonly string[];
  /** The person's data, under the key of the lead's stream. */
  readonly sealed: string;
  readonly submittedAt: string;
  readonly confirmBy: string;
}

interface Row {
  readonly customer_id: string;
  readonly position: number;
  readonly lead_id: string;
  readonly lead_stream: string;
  readonly owner: string;
  readonly partner: string;
  readonly purpose: string;
  readonly person_keys: string;
  readonly corroborations: string;
  readonly sealed: string;
  readonly submitted_at: string;
  readonly confirm_by: string;
}

/** The first submitted first. @throws ForeignPlace */
export function pendingIdentifications(db: Database, { after, limit }: { after?: Place; limit: number }): Page<PendingIdentification> {
  const from = after === undefined ? [-1, ''] : placeOf(after, ['number', 'string'] as const);
  const sql = 'SELECT * FROM identifications WHERE (position, customer_id) > (?, ?) ORDER BY position, customer_id LIMIT ?';
  const found = prepared<unknown[], Row>(db, sql).all(...from, limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.position, row.customer_id]);
  return { rows: rows.map(toIdentification), ...(next && { next }) };
}

function toIdentification(row: Row): PendingIdentification {
  return {
    customerId: row.customer_id,
    leadId: row.lead_id,
    leadStream: row.lead_stream,
    owner: row.owner,
    partner: row.partner,
    purpose: row.purpose,
    personKeys: JSON.parse(row.person_keys) as string[],
    corroborations: JSON.parse(row.corroborations) as string[],
    sealed: row.sealed,
    submittedAt: row.submitted_at,
    confirmBy: row.confirm_by,
  };
}
