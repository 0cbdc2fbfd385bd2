import { milliseconds } from '../../event-sourcing/duration.js';
import { PACE_DEPTH_DAYS, PROBATION_CONVERSIONS, type Terms } from './terms.js';

const DAY = 86_400_000;

/**
 * The owner's ledger: what it may still open. Every booked figure has at most three decimals, so that sums and comparisons
 * are exact to the thousandth.
 */
export interface Allowance {
  /** Units; may be negative after a revocation. */
  balance: number;
  admissions: number;
  credits: number;
  revocations: number;
  initialGiven: number;
  /** What humans granted, working capital like the initial and the bonuses; less what only gave back what a restore had taken. */
  granted: number;
  /** What restores of the log have taken and no human has given back, saying so. */
  lost: number;
  bonuses: number;
  settledConversions: number;
  /** Until when `perDay` has been booked; epoch ms. */
  accruedUntil: number;
  /** The pace's bucket: leads that may be opened at `paceAt`. */
  paceLeft: number;
  paceAt: number;
  /** The log was restored and no human has granted anything since: until then nothing is credited. */
  awaitsGrant: boolean;
}

export function emptyAllowance(): Allowance {
  return {
    balance: 0,
    admissions: 0,
    credits: 0,
    revocations: 0,
    initialGiven: 0,
    granted: 0,
    lost: 0,
    bonuses: 0,
    settledConversions: 0,
    accruedUntil: 0,
    paceLeft: 0,
    paceAt: 0,
    awaitsGrant: false,
  };
}

export function book(allowance: Allowance, units: number): void {
  allowance.credits = thousandths(allowance.credits + units);
  allowance.balance = thousandths(allowance.balance + units);
}

export function revoke(allowance: Allowance, units: number): void {
  allowance.revocations = thousandths(allowance.revocations + units);
  allowance.balance = thousandths(allowance.balance - units);
}

/**
 * A human's grant, whatever it is for: once the leads that it paid for have converted it is working capital like any other. What a
 * restore of the log had taken, and this gives back, was counted when it was given first.
 */
export function grant(allowance: Allowance, units: number, { givesBack = false }: { readonly givesBack?: boolean } = {}): void {
  const givenBack = givesBack ? Math.min(units, allowance.lost) : 0;
  allowance.lost = thousandths(allowance.lost - givenBack);
  allowance.granted = thousandths(allowance.granted + units - givenBack);
  book(allowance, units);
}

/** A human takes back what was granted by mistake, or for the time of a campaign: as if it had not been granted. */
export function undoGrant(allowance: Allowance, units: number): void {
  allowance.granted = Math.max(0, thousandths(allowance.granted - units));
}

/** Working capital that was given already, by whatever way. */
export function capitalGiven({ initialGiven, granted, bonuses }: Allowance): number {
  return thousandths(initialGiven + granted + bonuses);
}

/** The past of another owner is this one's: of the capital that the two were given, the larger. */
export function inheritCapital(allowance: Allowance, given: number): void {
  allowance.granted = thousandths(allowance.granted + Math.max(0, given - capitalGiven(allowance)));
}

/** What may still be credited below the ceiling, which is zero while a grant is awaited. */
export function room(allowance: Allowance, terms: Terms): number {
  const ceiling = allowance.awaitsGrant ? 0 : terms.ceiling;
  return Math.max(0, thousandths(ceiling - allowance.balance));
}

/** Units above the ceiling, which stricter terms take away. */
export function excess(allowance: Allowance, terms: Terms): number {
  return Math.max(0, thousandths(allowance.balance - terms.ceiling));
}

/**
 * What `perDay` has brought since it was last booked, in whole thousandths, and the moment up to which that accounts: a
 * started thousandth goes on counting, unless the ceiling cut it off.
 */
export function accrual(allowance: Allowance, terms: Terms, now: number): { units: number; until: number } {
  const elapsed = Math.max(0, now - allowance.accruedUntil);
  const units = Math.floor((elapsed / DAY) * terms.perDay * 1000) / 1000;
  if (units <= 0) return { units: 0, until: allowance.accruedUntil };
  const left = room(allowance, terms);
  if (units > left) return { units: left, until: now };
  return { units, until: Math.min(now, allowance.accruedUntil + Math.ceil((units / terms.perDay) * DAY)) };
}

/** What a settled conversion earns now: `perConversion`, and the same again while the working capital is being built. */
export function earningOf(allowance: Allowance, terms: Terms): { credited: number; bonus: number } {
  const credited = Math.min(terms.perConversion, room(allowance, terms));
  const capitalLeft = thousandths(terms.capital - capitalGiven(allowance));
  const bonus =
    allowance.settledConversions >= PROBATION_CONVERSIONS
      ? Math.max(0, Math.min(terms.perConversion, capitalLeft, thousandths(room(allowance, terms) - credited)))
      : 0;
  return { credited, bonus };
}

/** Leads that the pace allows at `now`: a bucket `PACE_DEPTH_DAYS` deep that fills with `pace` a day. */
export function paceLeft(allowance: Allowance, terms: Terms, now: number): number {
  const filled = allowance.paceLeft + (terms.pace * Math.max(0, now - allowance.paceAt)) / DAY;
  return Math.min(paceDepth(terms), filled);
}

export function paceDepth(terms: Terms): number {
  return terms.pace * PACE_DEPTH_DAYS;
}

/** Seconds until the pace allows one more lead. */
export function secondsUntilPace(allowance: Allowance, terms: Terms, now: number): number {
  const missing = 1 - paceLeft(allowance, terms, now);
  return missing <= 0 ? 0 : Math.ceil(((missing / terms.pace) * DAY) / 1000);
}

export function thousandths(units: number): number {
  return Math.round(units * 1000) / 1000;
}

/** When a follow-up is due for a lead opened at `at`; ISO 8601. */
export function followUpBy(terms: Terms, at: number): string {
  return new Date(at + milliseconds(terms.followUpWithin)).toISOString();
}
