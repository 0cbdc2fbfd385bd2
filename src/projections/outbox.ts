import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { MessageKind, MessageQueued } from '../modules/messages/message.events.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/** What is to be told to customers and applicants? For the bank's message system alone, which reads on from where it was. */
export const outbox: Projection<MessageQueued> = {
  name: 'outbox',
  version: 1,
  handles: ['MessageQueued'],
  tables: ['outbox'],
  schema: `
    CREATE TABLE outbox (
      position INTEGER NOT NULL, message_id TEXT PRIMARY KEY, kind TEXT NOT NULL, lead_id TEXT NOT NULL,
      subject TEXT NOT NULL, sealed TEXT NOT NULL, at TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX outbox_position ON outbox (position, message_id);`,
  apply(db, { data: { messageId, kind, leadId, subject, sealed, at }, position }) {
    prepared(db, 'INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)').run(position, messageId, kind, leadId, subject, sealed, at);
  },
};

export interface OutgoingMessage {
  readonly messageId: string;
  readonly kind: MessageKind;
  /** The lead that it is about. */
  readonly leadId: string;
  /** Under whose key address and text are sealed. */
  readonly subject: string;
  readonly sealed: string;
  /** ISO 8601. */
  readonly at: string;
}

interface Row {
  readonly position: number;
  readonly message_id: string;
  readonly kind: MessageKind;
  readonly lead_id: string;
  readonly subject: string;
  readonly sealed: string;
  readonly at: string;
}

/** The first queued first. @throws ForeignPlace */
export function outgoingMessages(db: Database, { after, limit }: { after?: Place; limit: number }): Page<OutgoingMessage> {
  const from = after === undefined ? [-1, ''] : placeOf(after, ['number', 'string'] as const);
  const sql = 'SELECT * FROM outbox WHERE (position, message_id) > (?, ?) ORDER BY position, message_id LIMIT ?';
  const found = prepared<unknown[], Row>(db, sql).all(...from, limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.position, row.message_id]);
  return { rows: rows.map(toMessage), ...(next && { next }) };
}

function toMessage({ message_id: messageId, kind, lead_id: leadId, subject, sealed, at }: Row): OutgoingMessage {
  return { messageId, kind, leadId, subject, sealed, at };
}
