import { ADVERSARIES, type Plan } from './adversaries.js';
import { adaptivePlan, countedWorld } from './adaptive.js';
import type { Asked, Candidate } from './advice.js';
import { CountModel } from './count-model.js';
import { COUNT, estimateOf, rateOf, SHARE } from './interval.js';
import {
  type Found,
  type LeagueSettings,
  OWN_DEFENCES,
  type OwnDefence,
  ownName,
  planOf,
  type PlayedRun,
  type RunJob,
  type SearchJob,
} from './league.js';
import type { Model } from './model.js';
import { summarise, type Summary, worstOf } from './summary.js';
import { TERMS_VARIANTS } from './terms-variant.js';

/** Nobody asks but the honest. */
export const NOBODY: Plan = planOf('nobody');

/** Of a mode on the terms that follow from the figures, so many adversaries are played before its tighter terms, the worst first. */
const PLAYED_AGAIN = 2;
/** Tighter terms that are played lead by lead, for each mode. */
const SHORTLISTED = 2;
/** Runs of the count-level model that a friction rests on. */
const COUNTED_SEEDS = 20;

/** Who of ours took part in a league. */
export function ownIn(played: readonly PlayedRun[]): readonly OwnDefence[] {
  const names = new Set(played.map(({ defence }) => defence));
  return OWN_DEFENCES.filter((own) => names.has(ownName(own)));
}

/** What the honest pay where nobody scans, for each of them. */
export function quietJobs(owns: readonly OwnDefence[], seeds: readonly number[]): readonly RunJob[] {
  return seeds.flatMap((seed) => owns.map((own) => ({ defence: ownName(own), adversary: NOBODY.name, seed, plan: NOBODY, own })));
}

/** The same modes on tighter terms, each with a search for its worst policy in the count-level model. */
export function tighterSearches(owns: readonly OwnDefence[], search: SearchJob['search']): readonly SearchJob[] {
  return owns.flatMap((own) => TERMS_VARIANTS.map((variant) => ({ own: { ...own, variant }, search })));
}

/** A share of the honest leads, in the count-level model, while nobody scans. */
export function countedFriction(
  settings: LeagueSettings,
  own: OwnDefence,
  seed: number,
): { readonly refused: number; readonly model: Model } {
  const model = new CountModel(countedWorld(settings, { ...own, isWatched: false }));
  const shares = Array.from({ length: COUNTED_SEEDS }, (_, n) => {
    const { refused, leads } = model.run(seed + n, settings.days);
    return refused / Math.max(1, leads);
  });
  return { refused: estimateOf(shares, SHARE).mean, model: 'counted' };
}

/** Of the tighter terms those that meet both by the count-level model, the loosest of each mode first. */
export function shortlist(asked: Asked, found: readonly Found[], settings: LeagueSettings): readonly Found[] {
  const [seed = 1] = found[0]?.search.seeds ?? [];
  const fitting = found.filter(
    (each) => each.found.persons <= asked.persons && countedFriction(settings, each.own, seed).refused <= asked.refused,
  );
  const taken = new Map<string, number>();
  return fitting.filter(({ own }) => {
    const base = ownName({ mode: own.mode, isWatched: own.isWatched });
    taken.set(base, (taken.get(base) ?? 0) + 1);
    return (taken.get(base) ?? 0) <= SHORTLISTED;
  });
}

/** The exact runs of a shortlist: the adaptive adversary, whoever was worst on the usual terms, and nobody. */
export function shortlistJobs(listed: readonly Found[], played: readonly PlayedRun[], seeds: readonly number[]): readonly RunJob[] {
  const summaries = summarise(played.filter(({ own }) => own === undefined));
  return seeds.flatMap((seed) =>
    listed.flatMap((found) => {
      const { own } = found;
      const base = ownName({ mode: own.mode, isWatched: own.isWatched });
      const worst = summaries
        .filter(({ defence, adversary }) => defence === base && ADVERSARIES.some(({ name }) => name === adversary))
        .toSorted((one, other) => other.persons.mean - one.persons.mean)
        .slice(0, PLAYED_AGAIN);
      const plans = [adaptivePlan(found), ...worst.map(({ adversary }) => planOf(adversary)), NOBODY];
      return plans.map((plan) => ({ defence: ownName(own), adversary: plan.name, seed, plan, own }));
    }),
  );
}

/** Each of ours with all that was played of it, exactly. */
export function candidatesOf(settings: LeagueSettings, owns: readonly OwnDefence[], played: readonly PlayedRun[]): readonly Candidate[] {
  return owns.flatMap((own) => {
    const name = ownName(own);
    const runs = played.filter(({ defence }) => defence === name);
    // Who plays the whole league has them already.
    const quiet = [...new Map(runs.filter(({ adversary }) => adversary === NOBODY.name).map((run) => [run.seed, run])).values()];
    const scanned = summarise(runs.filter(({ adversary }) => adversary !== NOBODY.name));
    const [worst] = worstOf(scanned);
    const [byPublic] = worstOf(scanned.filter((each) => isPublic(each, runs)));
    const [nobody] = summarise(quiet);
    if (worst === undefined || nobody === undefined) return [];
    const { days, seeds, model } = worst;
    return [
      {
        defence: name,
        own,
        terms: countedWorld(settings, own).terms,
        persons: worst.persons,
        worst: worst.adversary,
        byPublic: byPublic?.persons ?? estimateOf([0], COUNT),
        refused: nobody.refusedShare,
        ...(own.isWatched && noticesOf(quiet)),
        days,
        seeds,
        model,
      },
    ];
  });
}

function isPublic({ adversary }: Summary, runs: readonly PlayedRun[]): boolean {
  const plan = runs.find((run) => run.adversary === adversary)?.plan ?? ADVERSARIES.find(({ name }) => name === adversary);
  return plan !== undefined && !plan.brings.secret && !plan.brings.contact;
}

/** For each owner and year: all of them are honest. */
function noticesOf(quiet: readonly PlayedRun[]): Pick<Candidate, 'notices'> {
  const [first] = quiet;
  if (first === undefined) return {};
  const notices = rateOf(
    quiet.map(({ honest }) => honest.notices),
    (first.honest.owners * first.days) / 365,
  );
  return notices === undefined ? {} : { notices };
}
