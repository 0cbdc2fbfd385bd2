import { grouped } from './grouped.js';
import { type Arrival, arrivalOf } from './arrival.js';
import { type Bounds, COUNT, DIFFERENCE, type Estimate, estimateOf, rateOf, SHARE } from './interval.js';
import type { Model } from './model.js';
import type { RunResult } from './run.js';

/** A figure of one run that has a mean over runs. Learned and paid is of the whole run, not of a year. */
interface Figure {
  readonly of: (run: RunResult) => number;
  readonly bounds: Bounds;
}

const FIGURES = {
  persons: { of: ({ scan }) => scan.persons, bounds: COUNT },
  yes: { of: ({ scan }) => scan.yes, bounds: COUNT },
  bits: { of: ({ scan }) => scan.bits, bounds: COUNT },
  exposed: { of: ({ scan }) => scan.exposed, bounds: COUNT },
  /** Of the leads of owners without an adversary: turned down, or told to come back later. */
  refusedShare: { of: ({ honest: { undisturbed } }) => shareOf(undisturbed.refused, undisturbed.leads), bounds: SHARE },
  /** Of these leads: told to come back later. Part of the former. */
  slowedShare: { of: ({ honest: { undisturbed } }) => shareOf(undisturbed.slowed, undisturbed.leads), bounds: SHARE },
  /** Of the honest leads of owners that an adversary sits in: turned down, because it uses up what was theirs. */
  crowdedOutShare: { of: ({ honest: { crowdedOut } }) => shareOf(crowdedOut.refused, crowdedOut.leads), bounds: SHARE },
  /** Days that all owners without an adversary together were in a stricter mode than agreed. */
  strictDays: { of: ({ honest }) => honest.strictDays, bounds: COUNT },
  /** What its means cost the adversary, euros. */
  cost: { of: ({ scan }) => scan.cost, bounds: COUNT },
  mules: { of: ({ scan }) => scan.mules, bounds: COUNT },
  charged: { of: ({ scan }) => scan.charged, bounds: COUNT },
} satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;
const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

/**
 * What came of all runs of one adversary before one defence, with 95 % intervals (`estimateOf`). What was learned, given and paid is of
 * `days` and never scaled to a year: a first allowance is spent once, and who was stopped learns nothing more. Notices are a rate, and are.
 */
export interface Summary extends Readonly<Record<FigureName, Estimate>> {
  readonly defence: string;
  readonly adversary: string;
  /** Length of each run. */
  readonly days: number;
  /** How many runs. */
  readonly seeds: number;
  readonly model: Model;
  /** Notices of, and steps against, honest owners: for each of them and year (`rateOf`); undefined where there were none to notice. */
  readonly noticesPerOwnerYear?: Estimate;
  /** Leads of the adversary's owners, honest ones included, until the first of each. */
  readonly untilNotice: Arrival;
  readonly untilStep: Arrival;
  readonly untilStop: Arrival;
}

/** What one defence lets an adversary have more than another, over the seeds that both were run with. */
export interface Difference extends Estimate {
  readonly figure: FigureName;
  readonly adversary: string;
  readonly one: string;
  readonly other: string;
  readonly pairs: number;
  /** Runs of either without a partner of the same seed: left out. */
  readonly unpaired: number;
  readonly model: Model;
}

const DAYS_OF_YEAR = 365;

/**
 * One summary for each defence and adversary, in the order in which they first appear.
 *
 * @throws RangeError when a seed was run twice, or runs of different lengths were mixed: they are no sample of one thing
 */
export function summarise(results: readonly RunResult[]): readonly Summary[] {
  return [...grouped(results, ({ defence, adversary }) => JSON.stringify([defence, adversary])).values()].map(summaryOf);
}

/** For each defence the adversary that got most of `figure` by its mean; of equals the first. */
export function worstOf(summaries: readonly Summary[], figure: FigureName = 'persons'): readonly Summary[] {
  return [...grouped(summaries, ({ defence }) => defence).values()].map((of) =>
    of.reduce((worst, each) => (each[figure].mean > worst[figure].mean ? each : worst)),
  );
}

/**
 * The mean difference `one` − `other` for each adversary that both have met with at least one seed in common. The same seed throws the
 * same honest partners and the same adversary, so that what both share cancels out.
 */
export function differences(
  results: readonly RunResult[],
  { one, other, figure }: Pick<Difference, 'one' | 'other' | 'figure'>,
): readonly Difference[] {
  const summarised = grouped(results, ({ adversary }) => adversary);
  return [...summarised].flatMap(([adversary, runs]) => {
    const [ofOne, ofOther] = [one, other].map((defence) => bySeed(runs.filter((run) => run.defence === defence)));
    const pairs = [...(ofOne ?? [])].flatMap(([seed, run]) => {
      const paired = ofOther?.get(seed);
      return paired === undefined || paired.days !== run.days ? [] : [FIGURES[figure].of(run) - FIGURES[figure].of(paired)];
    });
    if (pairs.length === 0) return [];
    const unpaired = (ofOne?.size ?? 0) + (ofOther?.size ?? 0) - 2 * pairs.length;
    return [{ figure, adversary, one, other, pairs: pairs.length, unpaired, model: 'exact', ...estimateOf(pairs, DIFFERENCE) }];
  });
}

function summaryOf(runs: readonly RunResult[]): Summary {
  const { defence, adversary, days, honest } = runs[0] as RunResult;
  if (bySeed(runs).size < runs.length) throw new RangeError(`a seed of ${adversary} before ${defence} was run twice`);
  if (runs.some((run) => run.days !== days || run.honest.owners !== honest.owners)) {
    throw new RangeError(`runs of ${adversary} before ${defence} are of different lengths, or among different owners`);
  }
  const noticesPerOwnerYear = rateOf(
    runs.map((run) => run.honest.notices),
    (honest.owners * days) / DAYS_OF_YEAR,
  );
  return {
    defence,
    adversary,
    days,
    seeds: runs.length,
    model: 'exact',
    ...figuresOf(runs),
    ...(noticesPerOwnerYear !== undefined && { noticesPerOwnerYear }),
    untilNotice: arrivalOf(runs.map(({ scan }) => scan.untilNotice)),
    untilStep: arrivalOf(runs.map(({ scan }) => scan.untilStep)),
    untilStop: arrivalOf(runs.map(({ scan }) => scan.untilStop)),
  };
}

function figuresOf(runs: readonly RunResult[]): Readonly<Record<FigureName, Estimate>> {
  const entries = FIGURE_NAMES.map((name) => [name, estimateOf(runs.map(FIGURES[name].of), FIGURES[name].bounds)]);
  return Object.fromEntries(entries) as Record<FigureName, Estimate>;
}

function bySeed(runs: readonly RunResult[]): ReadonlyMap<number, RunResult> {
  return new Map(runs.map((run) => [run.seed, run]));
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
