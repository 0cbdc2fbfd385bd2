import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { MessageDelivered, MessageKind, MessageQueued, MessageUndeliverable } from '../modules/messages/message.events.js';
import { type Page, pageOf, type Place, placeOf } from './page.js';
import { prepared } from './prepared.js';

/**
 * Where a message is: `for-the-bank`'s own system, which reads and delivers it; `waiting` to be delivered by the service;
 * `delivered` by it; or `given-up`.
 */
export const MESSAGE_STATUSES = ['for-the-bank', 'waiting', 'delivered', 'given-up'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** What is to be told to customers and applicants? For the bank's message system alone, which reads on from where it was. */
export const outbox: Projection<MessageQueued | MessageDelivered | MessageUndeliverable> = {
  name: 'outbox',
  version: 2,
  handles: ['MessageQueued', 'MessageDelivered', 'MessageUndeliverable'],
  tables: ['outbox'],
  schema: `
    CREATE TABLE outbox (
      position INTEGER NOT NULL, message_id TEXT PRIMARY KEY, kind TEXT NOT NULL, lead_id TEXT NOT NULL,
      subject TEXT NOT NULL, sealed TEXT NOT NULL, at TEXT NOT NULL, status TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX outbox_position ON outbox (position, message_id);
    CREATE INDEX outbox_waiting ON outbox (kind, at) WHERE status = 'waiting';`,
  apply(db, event) {
    const { messageId } = event.data;
    if (event.type === 'MessageQueued') {
      const { kind, leadId, subject, sealed, toDeliver, at } = event.data;
      const status: MessageStatus = toDeliver ? 'waiting' : 'for-the-bank';
      const sql = 'INSERT OR IGNORE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
      prepared(db, sql).run(event.position, messageId, kind, leadId, subject, sealed, at, status);
    } else {
      const status: MessageStatus = event.type === 'MessageDelivered' ? 'delivered' : 'given-up';
      prepared(db, 'UPDATE outbox SET status = ? WHERE message_id = ?').run(status, messageId);
    }
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
  readonly status: MessageStatus;
}

interface Row {
  readonly position: number;
  readonly message_id: string;
  readonly kind: MessageKind;
  readonly lead_id: string;
  readonly subject: string;
  readonly sealed: string;
  readonly at: string;
  readonly status: MessageStatus;
}

/** The first queued first. @throws ForeignPlace */
export function outgoingMessages(db: Database, { after, limit }: { after?: Place; limit: number }): Page<OutgoingMessage> {
  const from = after === undefined ? [-1, ''] : placeOf(after, ['number', 'string'] as const);
  const sql = 'SELECT * FROM outbox WHERE (position, message_id) > (?, ?) ORDER BY position, message_id LIMIT ?';
  const found = prepared<unknown[], Row>(db, sql).all(...from, limit + 1);
  const { rows, next } = pageOf(found, limit, (row) => [row.position, row.message_id]);
  return { rows: rows.map(toMessage), ...(next && { next }) };
}

function toMessage({ message_id: messageId, kind, lead_id: leadId, subject, sealed, at, status }: Row): OutgoingMessage {
  return { messageId, kind, leadId, subject, sealed, at, status };
}

/** The last queued first. */
export function latestMessages(db: Database, limit: number): readonly OutgoingMessage[] {
  const sql = 'SELECT * FROM outbox ORDER BY position DESC, message_id DESC LIMIT ?';
  return prepared<unknown[], Row>(db, sql).all(limit).map(toMessage);
}

/** When the oldest message was queued that still waits, of each kind of which one does; ISO 8601. */
export function oldestWaiting(db: Database): readonly { readonly kind: MessageKind; readonly at: string }[] {
  const sql = "SELECT kind, min(at) AS at FROM outbox WHERE status = 'waiting' GROUP BY kind";
  return prepared<[], { kind: MessageKind; at: string }>(db, sql).all();
}
