import type { DisclosureMode, Terms } from '../modules/owners/terms.js';
import type { Estimate } from './interval.js';
import type { OwnDefence } from './league.js';
import type { Model } from './model.js';

const YEAR_DAYS = 365;

/** What a bank can bear. */
export interface Asked {
  /** Persons in a year, learned by the worst of the adversaries that were played. */
  readonly persons: number;
  /** Share of the honest leads of its partner that are refused or slowed, 0 to 1. */
  readonly refused: number;
}

/** One way to set the service up, and what was seen of it. */
export interface Candidate {
  readonly defence: string;
  readonly own: OwnDefence;
  readonly terms: Terms;
  /** Persons learned by the worst adversary, in the days of the run. */
  readonly persons: Estimate;
  readonly worst: string;
  /** By the worst of those who hold nothing but what is public. */
  readonly byPublic: Estimate;
  /** Share of honest leads refused or slowed while nobody scans. */
  readonly refused: Estimate;
  /** Notices of an honest owner, for each and year; undefined where nobody reads them. */
  readonly notices?: Estimate;
  readonly days: number;
  readonly seeds: number;
  readonly model: Model;
}

/** How a candidate compares with what was asked for. Cautious: both limits hold at the upper end of the 95 % interval. */
export interface Verdict {
  readonly candidate: Candidate;
  readonly meetsLeak: boolean;
  readonly meetsFriction: boolean;
  /** The larger of both as multiple of what was asked for; 1 or less: both are met. */
  readonly excess: number;
}

/** What the bank is to do, as far as the runs say. */
export interface Advised {
  readonly asked: Asked;
  /** Why the runs are too few or too short to advise on; then nothing is. */
  readonly unfit?: string;
  /** The cheapest for partner and bank that meets both; undefined where none does. */
  readonly take?: Verdict;
  /** Where none does: what comes nearest. */
  readonly nearest?: Verdict;
  /** All that was played exactly, in the order of their price. */
  readonly verdicts: readonly Verdict[];
}

/** From the least to the most that it asks of applicants, of the bank and of the partner's slack. */
export function advise(asked: Asked, candidates: readonly Candidate[]): Advised {
  const verdicts = candidates
    .map((candidate) => verdictOn(asked, candidate))
    .toSorted((one, other) => byPrice(one.candidate, other.candidate));
  const unfit = candidates.map(whyUnfit).find((why) => why !== undefined);
  if (unfit !== undefined) return { asked, unfit, verdicts };
  const take = verdicts.find(({ meetsLeak, meetsFriction }) => meetsLeak && meetsFriction);
  const nearest = take === undefined ? verdicts.toSorted((one, other) => one.excess - other.excess)[0] : undefined;
  return { asked, ...(take !== undefined && { take }), ...(nearest !== undefined && { nearest }), verdicts };
}

/** A limit of a year is not kept by a part of it, and a single run may have been lucky. */
export function whyUnfit({ days, seeds }: Candidate): string | undefined {
  if (days < YEAR_DAYS) return `The runs were of ${days} days, not of a year`;
  return seeds < 2 ? 'One run of each has no interval' : undefined;
}

export function upper({ mean, interval }: Estimate): number {
  return interval?.high ?? mean;
}

function verdictOn(asked: Asked, candidate: Candidate): Verdict {
  const [leak, friction] = [upper(candidate.persons), upper(candidate.refused)];
  const excess = Math.max(multiple(leak, asked.persons), multiple(friction, asked.refused));
  return { candidate, meetsLeak: leak <= asked.persons, meetsFriction: friction <= asked.refused, excess };
}

function multiple(value: number, limit: number): number {
  return value <= limit ? Math.min(1, value / Math.max(limit, Number.MIN_VALUE)) : limit === 0 ? Infinity : value / limit;
}

/** An applicant's extra step costs more than somebody of the bank who reads, and that more than a partner's slack. */
const STEPS: readonly DisclosureMode[] = ['instant', 'proof', 'consent', 'blind'];

function byPrice(one: Candidate, other: Candidate): number {
  return (
    STEPS.indexOf(one.terms.mode) - STEPS.indexOf(other.terms.mode) ||
    Number(one.own.isWatched) - Number(other.own.isWatched) ||
    tightness(one) - tightness(other)
  );
}

function tightness({ own: { variant } }: Candidate): number {
  return variant === undefined ? 0 : 2 - variant.capital - variant.margin;
}
