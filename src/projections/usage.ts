import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { AnswerChanged, AnswerUpheld, CustomerSubmitted, MembershipAnswered } from '../modules/leads/lead.events.js';
import type { LeadAdmitted } from '../modules/owners/owner.events.js';
import { prepared } from './prepared.js';

const COUNTS = {
  LeadAdmitted: 'opened',
  MembershipAnswered: 'answered',
  AnswerUpheld: 'answered',
  AnswerChanged: 'answered',
  CustomerSubmitted: 'created',
} as const;

/** What has a partner used, month by month (UTC)? Only what it did itself is counted, so no figure tells of anybody (I6). */
export const usage: Projection<LeadAdmitted | MembershipAnswered | AnswerUpheld | AnswerChanged | CustomerSubmitted> = {
  name: 'usage',
  version: 2,
  handles: ['LeadAdmitted', 'MembershipAnswered', 'AnswerUpheld', 'AnswerChanged', 'CustomerSubmitted'],
  tables: ['usage_months'],
  // `through` is the position of the last event counted in a row, so that one that comes twice counts once.
  schema: `
    CREATE TABLE usage_months (
      partner TEXT NOT NULL, month TEXT NOT NULL, opened INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0,
      created INTEGER NOT NULL DEFAULT 0, through INTEGER NOT NULL,
      PRIMARY KEY (partner, month)
    ) WITHOUT ROWID;`,
  apply(db, event) {
    const { partner, at } = event.data;
    const count = COUNTS[event.type];
    prepared(
      db,
      `INSERT INTO usage_months (partner, month, ${count}, through) VALUES (?, ?, 1, ?)
       ON CONFLICT DO UPDATE SET ${count} = ${count} + 1, through = excluded.through WHERE excluded.through > through`,
    ).run(partner, at.slice(0, 7), event.position);
  },
};

export interface MonthOfUsage {
  /** `yyyy-mm`, UTC. */
  readonly month: string;
  readonly leadsOpened: number;
  readonly checksAnswered: number;
  readonly customersCreated: number;
}

/** The latest month first, 120 at most. @param from, to months, inclusive */
export function usageOf(db: Database, partner: string, from = '0000-00', to = '9999-99'): readonly MonthOfUsage[] {
  return prepared<[string, string, string], MonthOfUsage>(
    db,
    `SELECT month, opened AS leadsOpened, answered AS checksAnswered, created AS customersCreated FROM usage_months
     WHERE partner = ? AND month BETWEEN ? AND ? ORDER BY month DESC LIMIT 120`,
  ).all(partner, from, to);
}
