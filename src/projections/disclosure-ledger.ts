import type { Database } from 'better-sqlite3';
import type { Projection } from '../event-sourcing/projection.js';
import type { AnswerChanged, MembershipAnswered } from '../modules/leads/lead.events.js';
import type { Answer, LeadAdmitted } from '../modules/owners/owner.events.js';
import { prepared } from './prepared.js';
import { askReport, type GroupedReport, type ReportQuestion, type ReportRow } from './grouped-report.js';
import type { Page } from './page.js';

/**
 * What has each partner, and each owner, been told: about how many persons, and how often yes? A person counts once,
 * however many leads there were: a lead's stream is one owner's leads on one person. An answer that a lead carried over from
 * a sibling partner is a disclosure to the partner that carries it, and none to the owner, which knew it.
 */
export const disclosureLedger: Projection<LeadAdmitted | MembershipAnswered | AnswerChanged> = {
  name: 'disclosure_ledger',
  version: 2,
  handles: ['LeadAdmitted', 'MembershipAnswered', 'AnswerChanged'],
  tables: ['disclosure_ledger_persons', 'disclosure_ledger_told'],
  schema: `
    CREATE TABLE disclosure_ledger_persons (
      subject TEXT NOT NULL, kind TEXT NOT NULL, person TEXT NOT NULL, answer TEXT NOT NULL, carried INTEGER NOT NULL,
      PRIMARY KEY (kind, subject, person)
    ) WITHOUT ROWID;
    CREATE TABLE disclosure_ledger_told (
      kind TEXT NOT NULL, subject TEXT NOT NULL, owner TEXT NOT NULL, persons INTEGER NOT NULL, yes INTEGER NOT NULL,
      carried INTEGER NOT NULL, first_told TEXT NOT NULL, last_told TEXT NOT NULL,
      PRIMARY KEY (kind, subject)
    ) WITHOUT ROWID;`,
  apply(db, event) {
    if (event.type !== 'LeadAdmitted') {
      const { owner, partner, answer, at } = event.data;
      return tell(db, { owner, partner, person: event.stream, answer, carried: false, at });
    }
    const { owner, partner, leadStream, carried, at } = event.data;
    if (carried !== undefined) tell(db, { owner, partner, person: leadStream, answer: carried, carried: true, at });
  },
};

interface Told {
  readonly owner: string;
  readonly partner: string;
  readonly person: string;
  readonly answer: Answer;
  readonly carried: boolean;
  readonly at: string;
}

function tell(db: Database, told: Told): void {
  tellSubject(db, 'partner', told.partner, told);
  tellSubject(db, 'owner', told.owner, told);
}

/** A person of whom somebody was told no, and later yes, counts as yes: that cannot be unsaid. */
function tellSubject(db: Database, kind: 'owner' | 'partner', subject: string, { owner, person, answer, carried, at }: Told): void {
  const known = prepared<[string, string, string], { answer: Answer }>(
    db,
    'SELECT answer FROM disclosure_ledger_persons WHERE kind = ? AND subject = ? AND person = ?',
  ).get(kind, subject, person);
  if (known?.answer === 'yes' || known?.answer === answer) return;
  prepared(db, 'INSERT INTO disclosure_ledger_persons VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET answer = excluded.answer').run(
    subject,
    kind,
    person,
    answer,
    carried ? 1 : 0,
  );
  const isNew = known === undefined;
  prepared(
    db,
    `INSERT INTO disclosure_ledger_told VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET persons = persons + excluded.persons, yes = yes + excluded.yes, carried = carried + excluded.carried,
       last_told = excluded.last_told`,
  ).run(kind, subject, owner, isNew ? 1 : 0, answer === 'yes' ? 1 : 0, isNew && carried ? 1 : 0, at, at);
}

const report: GroupedReport = {
  table: 'disclosure_ledger_told',
  groups: { kind: 'kind', subject: 'subject', owner: 'owner' },
  figures: {
    persons: 'sum(persons)',
    yes: 'sum(yes)',
    no: 'sum(persons - yes)',
    carried: 'sum(carried)',
    yesShare: 'coalesce(round(1.0 * sum(yes) / nullif(sum(persons), 0), 6), 0)',
    firstTold: 'min(first_told)',
    lastTold: 'max(last_told)',
  },
  filters: { kind: 'kind = ?', owner: 'owner = ?', subject: 'subject = ?' },
};

export const LEDGER_SORTS = ['persons', 'yes', 'no', 'yesShare', 'lastTold'] as const;

/** What an owner or a partner knows. */
export type LedgerRow = ReportRow & {
  readonly kind: 'owner' | 'partner';
  readonly subject: string;
  readonly owner: string;
  /** Distinct persons about whom it was told anything. */
  readonly persons: number;
  readonly yes: number;
  readonly no: number;
  /** Of `persons`, those first known from an answer that a lead carried. */
  readonly carried: number;
};

/** @throws ForeignPlace */
export function ledger(db: Database, question: Omit<ReportQuestion, 'by'>): Page<LedgerRow> {
  return askReport(db, report, { ...question, by: ['kind', 'owner', 'subject'] }) as Page<LedgerRow>;
}
