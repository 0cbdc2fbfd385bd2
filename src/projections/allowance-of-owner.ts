import type { Database } from 'better-sqlite3';
import type { Recorded } from '../event-sourcing/message.js';
import type { OwnerEvent, Terms } from '../modules/owners/owner.events.js';
import { prepared } from './prepared.js';

/**
 * An owner's ledger, as sums: the part of the partner directory that says what may still be opened. Units are booked in
 * thousandths, as integers, so that every sum is exact.
 */
export const ALLOWANCE_COLUMNS = `
  balance INTEGER NOT NULL DEFAULT 0, credits INTEGER NOT NULL DEFAULT 0, admissions INTEGER NOT NULL DEFAULT 0,
  revocations INTEGER NOT NULL DEFAULT 0, bonuses INTEGER NOT NULL DEFAULT 0, settled_conversions INTEGER NOT NULL DEFAULT 0,
  awaits_grant INTEGER NOT NULL DEFAULT 0, open_leads INTEGER NOT NULL DEFAULT 0, on_probation INTEGER NOT NULL DEFAULT 1, accrued_until INTEGER NOT NULL,
  pace_left REAL NOT NULL DEFAULT 0, pace_at INTEGER NOT NULL`;

export type LedgerEvent = Extract<
  OwnerEvent,
  {
    type:
      | 'InitialGranted'
      | 'AllowanceGranted'
      | 'AllowanceRevoked'
      | 'AllowanceAccrued'
      | 'AllowanceForfeited'
      | 'LeadAdmitted'
      | 'LeadResolved'
      | 'LeadSettled'
      | 'AcknowledgementCredited'
      | 'CreditRevoked'
      | 'ProbationLeft'
      | 'OwnerMerged'
      | 'OwnerInherited';
  }
>;

export const LEDGER_EVENTS = [
  'InitialGranted',
  'AllowanceGranted',
  'AllowanceRevoked',
  'AllowanceAccrued',
  'AllowanceForfeited',
  'LeadAdmitted',
  'LeadResolved',
  'LeadSettled',
  'AcknowledgementCredited',
  'CreditRevoked',
  'ProbationLeft',
  'OwnerMerged',
  'OwnerInherited',
] as const satisfies readonly LedgerEvent['type'][];

const DAY = 86_400_000;
/** Days of pace that may be saved up, as the terms have it. */
const PACE_DEPTH_DAYS = 7;

export function applyLedger(db: Database, owner: string, event: Recorded<LedgerEvent>): void {
  switch (event.type) {
    case 'AllowanceGranted':
      endWaiting(db, owner, event.data.at);
      return book(db, owner, event.data.units);
    case 'InitialGranted':
    case 'AllowanceAccrued':
      if (event.type === 'AllowanceAccrued') accruedUntil(db, owner, event.data.until);
      return book(db, owner, event.data.units);
    case 'AcknowledgementCredited':
      return book(db, owner, event.data.credited);
    case 'AllowanceForfeited':
      takeBack(db, owner, event.data);
      if (event.data.restores === undefined) return;
      prepared(db, 'UPDATE partner_directory_owners SET awaits_grant = 1 WHERE owner = ?').run(owner);
      return;
    case 'AllowanceRevoked':
    case 'CreditRevoked':
      return takeBack(db, owner, event.data);
    case 'LeadAdmitted':
      return admit(db, owner, Date.parse(event.data.at));
    case 'LeadResolved':
      prepared(db, 'UPDATE partner_directory_owners SET open_leads = open_leads - 1 WHERE owner = ?').run(owner);
      return;
    case 'LeadSettled': {
      const { credited, bonus, customerKey, as } = event.data;
      prepared(
        db,
        `UPDATE partner_directory_owners SET open_leads = open_leads - 1, bonuses = bonuses + ?,
         settled_conversions = settled_conversions + ? WHERE owner = ?`,
      ).run(thousandths(bonus), customerKey !== undefined && as === 'converted' ? 1 : 0, owner);
      return book(db, owner, credited + bonus);
    }
    case 'ProbationLeft':
      prepared(db, 'UPDATE partner_directory_owners SET on_probation = 0 WHERE owner = ?').run(owner);
      return;
    case 'OwnerMerged':
      // To what is gone nothing accrues, as to what waits for a grant.
      prepared(db, 'UPDATE partner_directory_owners SET awaits_grant = 1 WHERE owner = ?').run(owner);
      return;
    case 'OwnerInherited':
      return inherit(db, owner, event.data.paceLeft, Date.parse(event.data.at));
  }
}

/** Of two buckets of the pace the one that has less. */
function inherit(db: Database, owner: string, paceLeft: number, now: number): void {
  const row = rowOf(db, owner);
  const terms = termsOf(row);
  if (row === undefined || terms === undefined) return;
  prepared(db, 'UPDATE partner_directory_owners SET pace_left = ?, pace_at = ? WHERE owner = ?').run(
    Math.min(paceLeftAt(row, terms, now), paceLeft),
    Math.max(row.pace_at, now),
    owner,
  );
}

function book(db: Database, owner: string, units: number): void {
  const booked = thousandths(units);
  prepared(db, 'UPDATE partner_directory_owners SET balance = balance + ?, credits = credits + ? WHERE owner = ?').run(
    booked,
    booked,
    owner,
  );
}

function takeBack(db: Database, owner: string, { units, at }: { units: number; at: string }): void {
  accrueNothingAtCeiling(db, owner, Date.parse(at));
  const taken = thousandths(units);
  prepared(db, 'UPDATE partner_directory_owners SET balance = balance - ?, revocations = revocations + ? WHERE owner = ?').run(
    taken,
    taken,
    owner,
  );
}

/** Since the log was restored nothing has accrued, and a grant does not bring it back. */
function endWaiting(db: Database, owner: string, at: string): void {
  prepared(db, 'UPDATE partner_directory_owners SET awaits_grant = 0, accrued_until = ? WHERE owner = ? AND awaits_grant = 1').run(
    Date.parse(at),
    owner,
  );
}

function accruedUntil(db: Database, owner: string, until: string): void {
  prepared(db, 'UPDATE partner_directory_owners SET accrued_until = ? WHERE owner = ?').run(Date.parse(until), owner);
}

export interface AllowanceRow {
  readonly terms: string | null;
  readonly balance: number;
  readonly awaits_grant: number;
  readonly accrued_until: number;
  readonly pace_left: number;
  readonly pace_at: number;
}

function rowOf(db: Database, owner: string): AllowanceRow | undefined {
  const sql = 'SELECT terms, balance, awaits_grant, accrued_until, pace_left, pace_at FROM partner_directory_owners WHERE owner = ?';
  return prepared<[string], AllowanceRow>(db, sql).get(owner);
}

function admit(db: Database, owner: string, now: number): void {
  accrueNothingAtCeiling(db, owner, now);
  const row = rowOf(db, owner);
  const terms = termsOf(row);
  if (row === undefined || terms === undefined) return;
  prepared(
    db,
    `UPDATE partner_directory_owners SET admissions = admissions + 1, balance = balance - 1000, open_leads = open_leads + 1,
     pace_left = ?, pace_at = ? WHERE owner = ?`,
  ).run(paceLeftAt(row, terms, now) - 1, now, owner);
}

/** What would have accrued while the balance stood at the ceiling is gone, not saved up. */
function accrueNothingAtCeiling(db: Database, owner: string, now: number): void {
  const row = rowOf(db, owner);
  const terms = termsOf(row);
  if (row === undefined || terms === undefined || row.balance < thousandths(terms.ceiling)) return;
  prepared(db, 'UPDATE partner_directory_owners SET accrued_until = ? WHERE owner = ?').run(now, owner);
}

/** The bucket of the pace and the accrual under new terms: full with the first ones, never fuller than the new depth. */
export function applyTermsToAllowance(db: Database, owner: string, terms: Terms, now: number): void {
  const row = rowOf(db, owner);
  const before = termsOf(row);
  const depth = terms.pace * PACE_DEPTH_DAYS;
  const left = row === undefined || before === undefined ? depth : Math.min(depth, paceLeftAt(row, before, now));
  prepared(db, 'UPDATE partner_directory_owners SET pace_left = ?, pace_at = ?, accrued_until = ? WHERE owner = ?').run(
    left,
    now,
    now,
    owner,
  );
}

/** Of an owner, as they stand before an event is applied; `undefined` without any. */
export function termsInForce(db: Database, owner: string): Terms | undefined {
  return termsOf(rowOf(db, owner));
}

export function termsOf(row: Pick<AllowanceRow, 'terms'> | undefined): Terms | undefined {
  return row === undefined || row.terms === null ? undefined : (JSON.parse(row.terms) as Terms);
}

/** Leads that the pace allows at `now`. */
export function paceLeftAt({ pace_left, pace_at }: AllowanceRow, { pace }: Terms, now: number): number {
  return Math.min(pace * PACE_DEPTH_DAYS, pace_left + (pace * Math.max(0, now - pace_at)) / DAY);
}

/** Units at `now`: what is booked, and what has accrued since. */
export function balanceAt({ balance, accrued_until, awaits_grant }: AllowanceRow, terms: Terms | undefined, now: number): number {
  if (terms === undefined || awaits_grant === 1) return balance / 1000;
  const room = Math.max(0, thousandths(terms.ceiling) - balance);
  const accrued = Math.floor((Math.max(0, now - accrued_until) / DAY) * terms.perDay * 1000);
  return (balance + Math.min(room, accrued)) / 1000;
}

function thousandths(units: number): number {
  return Math.round(units * 1000);
}
