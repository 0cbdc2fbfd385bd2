import { milliseconds } from '../event-sourcing/duration.js';
import type { Terms } from '../modules/owners/terms.js';
import { Chance } from './chance.js';
import type { Outcome } from './defence.js';
import { type HonestBusiness, HonestPartner } from './honest.js';
import { Population } from './population.js';

const DAY = 86_400_000;
const SAMPLED_DAYS = 10;
const SAMPLED_LEADS = 3_000;
/** Everybody there is somebody else; only the times of what becomes of a lead are looked at. */
const ANYBODY = { size: 1_000_000, customerShare: 0.5, lockedShare: 0, canaryShare: 0, visibleCanaryShare: 0, denyingShare: 0 };

/** Days from the midnight before a lead's opening to what becomes of it, as they come with an honest partner. Each list is a sample. */
export interface HonestDelays {
  /** To the settlement of one that converts. */
  readonly settled: readonly number[];
  /** To the end, or the settlement, of one that was answered no and does not convert. */
  readonly ended: readonly number[];
  /** To the acknowledgement of one that was answered yes. */
  readonly acknowledged: readonly number[];
}

type Fated = readonly (readonly [after: number, outcome: Outcome])[];

/** Sampled from the honest partner of the exact simulation, so that its times are written down once. */
export function honestDelays(business: HonestBusiness, terms: Terms): HonestDelays {
  const sampled = { ...business, leadsPerDay: SAMPLED_LEADS, returning: 0, acknowledgedShare: 0.5, conversion: 0.5 } as const;
  const partner = new HonestPartner(sampled, new Population(ANYBODY, 1), new Chance(1, 'delays'));
  const weekdays = Array.from({ length: SAMPLED_DAYS }, (_, n) => n + 2 * Math.floor(n / 5));
  const applicants = weekdays.flatMap((day) => partner.applicants(day));
  const settled: number[] = [];
  const ended: number[] = [];
  const acknowledged: number[] = [];
  for (const { after, applicant } of applicants) {
    const proved = timeOf(applicant.fate.ifNo, 'proved');
    if (proved === undefined) ended.push(endOf(after, applicant.fate.ifNo, terms));
    else settled.push(settlementAfter(after + proved, terms));
    const told = timeOf(applicant.fate.ifYes, 'acknowledged');
    if (told !== undefined) acknowledged.push(Math.floor((after + told) / DAY));
  }
  return { settled, ended, acknowledged };
}

/**
 * Days until a lead that does not convert is off the ledger.
 * @param after ms from midnight to the opening
 */
export function endOf(after: number, fate: Fated, terms: Terms): number {
  const created = timeOf(fate, 'created');
  if (created !== undefined) return settlementAfter(after + created + milliseconds(terms.confirmWithin), terms);
  return Math.floor((after + (timeOf(fate, 'withdrawn') ?? milliseconds(terms.followUpWithin))) / DAY);
}

/** Days until the daily settlement that credits what the applicant, or the deadline, did so many ms after midnight. */
export function settlementAfter(acted: number, terms: Terms): number {
  return Math.ceil((acted + milliseconds(terms.settleAfter)) / DAY);
}

function timeOf(fate: Fated, wanted: Outcome): number | undefined {
  return fate.find(([, outcome]) => outcome === wanted)?.[0];
}
