import {
  accrual,
  type Allowance,
  book,
  earningOf,
  emptyAllowance,
  grant,
  paceDepth,
  paceLeft,
  room,
  thousandths,
} from '../modules/owners/allowance.js';
import { type Cohort, measure, startOfMonth } from '../modules/owners/reestimate.process.js';
import { reestimate } from '../modules/owners/reestimation.js';
import type { Terms } from '../modules/owners/terms.js';

const DAY = 86_400_000;

/** Something that happens to so many leads at once, which were admitted on a day. */
export interface Many {
  readonly leads: number;
  /** Day since the epoch on which they were admitted. */
  readonly admittedOn: number;
}

/**
 * An owner's ledger in counts: how many leads it admits and earns, with the service's own functions for every figure. Three rules
 * exist only in the decider, lead by lead, and stand here a second time: a lead costs one unit and one of the pace's; what a human
 * grants goes up to the ceiling; an acknowledgement gives one unit back, as far as there is room. What depends on who a person is
 * (a second lead for the same one, a customer number that has earned already, revocations) has no place in counts.
 */
export class CountedOwner {
  readonly allowance: Allowance = emptyAllowance();
  /** Admitted and neither ended nor settled. */
  unresolved = 0;
  /** Months in which a human was asked about the terms. */
  reviews = 0;
  private readonly cohorts: Record<number, Cohort> = {};
  private measuredFor: number;
  /** What a conversion earns as a human set it. */
  private readonly signed: number;

  /**
   * With its working capital, where figures were agreed; else with its initial units, which the pool has.
   * @param from epoch ms
   */
  constructor(
    public terms: Terms,
    from: number,
  ) {
    const { allowance } = this;
    allowance.paceLeft = paceDepth(terms);
    allowance.paceAt = from;
    allowance.accruedUntil = from;
    allowance.initialGiven = Math.min(terms.initial, room(allowance, terms));
    book(allowance, allowance.initialGiven);
    if (terms.capital > terms.initial) grant(allowance, Math.min(terms.capital - terms.initial, room(allowance, terms)));
    this.measuredFor = startOfMonth(from);
    this.signed = terms.perConversion;
  }

  get balance(): number {
    return this.allowance.balance;
  }

  /** Midnight: what has accrued is booked, and in a new month the terms follow what was measured. */
  beginDay(now: number): void {
    const { units, until } = accrual(this.allowance, this.terms, now);
    if (units > 0) {
      this.allowance.accruedUntil = until;
      book(this.allowance, units);
    }
    const month = startOfMonth(now);
    if (month === this.measuredFor) return;
    this.measuredFor = month;
    const found = reestimate(this.terms, measure({ days: this.cohorts }, month), this.signed);
    if (found.outcome === 'set') this.terms = { ...this.terms, perConversion: found.perConversion };
    if (found.outcome === 'review') this.reviews += 1;
  }

  /**
   * Leads that come evenly from `now` on for `hours`.
   * @returns how many of them are admitted
   */
  admit(wanted: number, now: number, hours: number): number {
    const { allowance, terms } = this;
    const atOnce = paceLeft(allowance, terms, now);
    const byPace = Math.floor(atOnce + (terms.pace * hours) / 24);
    const admitted = Math.max(0, Math.min(wanted, Math.floor(allowance.balance), byPace, terms.openLeads - this.unresolved));
    allowance.paceLeft = atOnce - admitted;
    allowance.paceAt = now;
    allowance.admissions += admitted;
    allowance.balance = thousandths(allowance.balance - admitted);
    this.unresolved += admitted;
    this.cohort(Math.floor(now / DAY)).leads += admitted;
    return admitted;
  }

  resolve({ leads }: Many): void {
    this.unresolved -= leads;
  }

  settle({ leads, admittedOn }: Many): void {
    for (let lead = 0; lead < leads; lead++) {
      const { credited, bonus } = earningOf(this.allowance, this.terms);
      this.allowance.settledConversions += 1;
      this.allowance.bonuses += bonus;
      book(this.allowance, thousandths(credited + bonus));
    }
    this.unresolved -= leads;
    this.cohort(admittedOn).converted += leads;
  }

  acknowledge({ leads, admittedOn }: Many): void {
    book(this.allowance, Math.min(leads, room(this.allowance, this.terms)));
    this.cohort(admittedOn).acknowledged += leads;
  }

  /** Leads that ended with a yes. */
  exist({ leads, admittedOn }: Many): void {
    this.unresolved -= leads;
    this.cohort(admittedOn).existing += leads;
  }

  private cohort(day: number): Cohort {
    return (this.cohorts[day] ??= { leads: 0, converted: 0, existing: 0, acknowledged: 0 });
  }
}
