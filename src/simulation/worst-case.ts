import direct from 'ml-direct';
import { mean } from 'simple-statistics';
import type { Cover } from './adversaries.js';
import type { CountedRun, CountModel, ScanPolicy } from './count-model.js';

/** How thoroughly the worst case is looked for. */
export interface Search {
  readonly days: number;
  /** Each policy is played with all of them, and counts with the mean. */
  readonly seeds: readonly number[];
  /** Rounds of DIRECT; each divides the boxes in which the best may still lie: about 400 policies at 25. */
  readonly rounds: number;
  /** What the scanner may do to cover its leads; a mule costs it as much as `persons` are worth to it. */
  readonly covers: readonly { readonly cover: Cover; readonly persons?: number }[];
}

/** The policy that brings a scanner the most, as far as the search has found it. */
export interface WorstCase {
  readonly policy: ScanPolicy;
  /** Persons learned, less what the mules cost; mean over the seeds. */
  readonly gain: number;
  readonly persons: number;
  readonly mules: number;
  /** Leads of its own that were admitted, whatever it was told. */
  readonly scanned: number;
  /** Share of honest leads that were refused. */
  readonly refused: number;
  /** Share of the seeds with which the watch gave the alarm. */
  readonly caught: number;
  /** Policies played. */
  readonly played: number;
}

/** Persons a day, as multiples of the host's volume: from a hundredth to everything that it may, evenly in the logarithm. */
const SLOWEST = 0.01;
const FASTEST = 50;
/** The most that is kept back, in days of honest leads. */
const MOST_KEPT_DAYS = 30;
/** Where nothing is told nothing is gained; the worst is then whoever gets most leads through. */
const WORTH_OF_A_LEAD = 1e-6;
/**
 * The library compares values with an absolute tolerance, and its convex hull never closes where rounding errors come near to that, or
 * where many policies come to the same: so values are small, and no two alike.
 */
const SCALE = 1e-6;
const TOLERANCE = 1e-15;
/** Far below what a lead is worth. */
const UNLIKE = 1e-8;

/**
 * Looks through rate, start, reserve and covered share for the most persons, with DIRECT: D. R. Jones, C. D. Perttunen, B. E. Stuckman,
 * "Lipschitzian Optimization without the Lipschitz Constant", Journal of Optimization Theory and Applications 79 (1993) 157–181. It
 * leaves nothing to chance and every policy meets the same throws, so the same search finds the same.
 */
export function worstCase(model: CountModel, search: Search): WorstCase {
  const found = search.covers.map(({ cover, persons = 0 }) => worstWith(model, search, cover, persons));
  const best = found.reduce((worst, each) => (worthOf(each) > worthOf(worst) ? each : worst));
  return { ...best, played: found.reduce((sum, { played }) => sum + played, 0) };
}

function worstWith(model: CountModel, search: Search, cover: Cover, price: number): WorstCase {
  const { days, seeds, rounds } = search;
  let played = 0;
  let best: WorstCase | undefined;
  const loss = (at: number[]): number => {
    const policy = policyAt(at, model.world.business.leadsPerDay, days, cover);
    const outcome = outcomeOf(
      policy,
      seeds.map((seed) => model.run(seed, days, policy)),
      price,
    );
    played += 1;
    if (best === undefined || worthOf(outcome) > worthOf(best)) best = outcome;
    return SCALE * (played * UNLIKE - worthOf(outcome));
  };
  const dimensions = cover === 'nothing' ? 3 : 4;
  const corner = (at: 0 | 1): number[] => Array.from({ length: dimensions }, () => at);
  direct(loss, corner(0), corner(1), { iterations: rounds, tolerance2: TOLERANCE });
  if (best === undefined) throw new Error('a search that tried nothing');
  return { ...best, played };
}

function worthOf({ gain, scanned }: WorstCase): number {
  return gain + WORTH_OF_A_LEAD * scanned;
}

/** @param at a point of the unit cube */
function policyAt([rate = 0, from = 0, kept = 0, covered = 0]: readonly number[], volume: number, days: number, cover: Cover): ScanPolicy {
  return {
    from: Math.floor(from * days),
    perDay: volume * SLOWEST * (FASTEST / SLOWEST) ** rate,
    reserve: Math.round(kept * MOST_KEPT_DAYS * volume),
    cover,
    covered,
  };
}

function outcomeOf(policy: ScanPolicy, runs: readonly CountedRun[], price: number): WorstCase {
  const of = (figure: (run: CountedRun) => number): number => mean(runs.map(figure));
  const persons = of((run) => run.persons);
  const mules = of((run) => run.mules);
  return {
    policy,
    gain: persons - price * mules,
    persons,
    mules,
    scanned: of((run) => run.scanned),
    refused: of(({ refused, leads }) => refused / Math.max(1, leads)),
    caught: of(({ caughtOn }) => (caughtOn === undefined ? 0 : 1)),
    played: 1,
  };
}
