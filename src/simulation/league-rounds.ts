import { ADAPTIVE, adaptivePlan } from './adaptive.js';
import { advise, type Advised, type Asked } from './advice.js';
import { candidatesOf, ownIn, quietJobs, shortlist, shortlistJobs, tighterSearches } from './advice-candidates.js';
import { adviceText } from './advice.text.js';
import { type Distance, distances } from './law-distance.js';
import {
  type Found,
  jobsOf,
  type LeagueSettings,
  OWN_DEFENCES,
  type OwnDefence,
  ownName,
  planOf,
  type PlayedRun,
  type RunJob,
  type SearchJob,
  withoutLikes,
} from './league.js';
import type { SpeedPoint } from './report.input.js';
import { variationsOf } from './variations.js';
import { speedPoints, sweepJobs, sweptDefences } from './sweep.js';

/** What takes part beside the standing adversaries, by the names that `--only` knows. */
export const SWEEP = 'sweep';
/** Each standing adversary at other values of its main parameter. */
export const VARIATIONS = 'variations';
export const BESIDE_THE_STANDING: readonly string[] = [ADAPTIVE, SWEEP, VARIATIONS];

/** What is played one after the other, as it is told to whoever waits. */
const ROUND = {
  searches: 'the worst policies',
  league: 'the league',
  speeds: 'each speed',
  variations: 'other values',
  honest: 'the honest alone',
  tighterSearches: 'tighter terms, in counts',
  tighter: 'tighter terms, exactly',
} as const;

/** The rounds of a league, in their order; one in which there is nothing to play is passed over. */
export function roundsIn({ adversaries, asked }: Pick<LeagueRequest, 'adversaries' | 'asked'>): readonly string[] {
  return [
    ...(adversaries.includes(ADAPTIVE) ? [ROUND.searches] : []),
    ROUND.league,
    ...(adversaries.includes(SWEEP) ? [ROUND.speeds] : []),
    ...(adversaries.includes(VARIATIONS) ? [ROUND.variations] : []),
    ...(asked === undefined ? [] : [ROUND.honest, ROUND.tighterSearches, ROUND.tighter]),
  ];
}

/** A league as it was asked for. */
export interface LeagueRequest {
  readonly settings: LeagueSettings;
  readonly defences: readonly string[];
  /** Standing adversaries, and of `BESIDE_THE_STANDING`. */
  readonly adversaries: readonly string[];
  readonly seeds: readonly number[];
  /** Everybody before everybody, also who is like another there. */
  readonly isFull: boolean;
  /** Of the search for the adaptive adversary. */
  readonly rounds: number;
  readonly asked?: Asked;
}

/** All that came of a league. Every figure says which model it came from. */
export interface LeagueOutcome {
  readonly results: readonly PlayedRun[];
  readonly adaptive: readonly Found[];
  readonly swept: readonly PlayedRun[];
  readonly varied: readonly PlayedRun[];
  readonly speeds: readonly SpeedPoint[];
  readonly distances: readonly Distance[];
  readonly advice?: Advised & { readonly sentences: readonly string[] };
}

/** Where jobs are played; what is on file already is not played again. */
export interface Stage {
  runs(what: string, jobs: readonly RunJob[]): Promise<readonly PlayedRun[]>;
  searches(what: string, jobs: readonly SearchJob[]): Promise<readonly Found[]>;
}

/** Seeds that a searched policy is tried with; more would search longer for hardly another one. */
const SEARCH_SEEDS = 3;
/** Seeds that other values are played with: there are three times as many values as adversaries. */
const VARIED_SEEDS = 3;

/** Searches first, then everybody against everybody, then each speed, then what the advice rests on: each round needs the one before. */
export async function playRounds(request: LeagueRequest, stage: Stage): Promise<LeagueOutcome> {
  const { settings, defences, seeds, adversaries, asked } = request;
  const owns = OWN_DEFENCES.filter((own) => defences.includes(ownName(own)));
  const adaptive = adversaries.includes(ADAPTIVE) ? await stage.searches(ROUND.searches, adaptiveSearches(owns, request)) : [];
  const standing = adversaries.filter((name) => !BESIDE_THE_STANDING.includes(name));
  const all = jobsOf(defences, standing, seeds);
  const results = await stage.runs(ROUND.league, [...(request.isFull ? all : withoutLikes(all)), ...adaptiveJobs(adaptive, seeds)]);
  const sweeping = adversaries.includes(SWEEP) ? sweepJobs(sweptIn(results, owns), settings, seeds) : [];
  const swept = await stage.runs(ROUND.speeds, sweeping);
  const varied = await stage.runs(
    ROUND.variations,
    adversaries.includes(VARIATIONS) ? variationJobs(owns, standing, seeds.slice(0, VARIED_SEEDS)) : [],
  );
  const advice = asked === undefined ? undefined : await advised(asked, request, results, stage);
  const outcome = { results, adaptive, swept, varied, speeds: speedPoints(swept), distances: distances(settings, results, seeds[0] ?? 1) };
  return { ...outcome, ...(advice !== undefined && { advice }) };
}

/** Where nothing but the speeds is played there is nobody who has noticed anybody yet, and ours are the ones of interest. */
function sweptIn(results: readonly PlayedRun[], owns: readonly OwnDefence[]): readonly string[] {
  return [...new Set([...owns.map(ownName), ...sweptDefences(results)])];
}

function searchOf({ settings, seeds, rounds }: LeagueRequest): SearchJob['search'] {
  return { days: settings.days, seeds: seeds.slice(0, SEARCH_SEEDS), rounds };
}

function adaptiveSearches(owns: readonly OwnDefence[], request: LeagueRequest): readonly SearchJob[] {
  return owns.map((own) => ({ own, search: searchOf(request) }));
}

/** Before ours: they are what a bank may set otherwise. */
function variationJobs(owns: readonly OwnDefence[], standing: readonly string[], seeds: readonly number[]): readonly RunJob[] {
  const plans = standing.flatMap((name) => variationsOf(planOf(name)));
  return seeds.flatMap((seed) => plans.flatMap((plan) => owns.map((own) => ({ defence: ownName(own), adversary: plan.name, seed, plan }))));
}

function adaptiveJobs(found: readonly Found[], seeds: readonly number[]): readonly RunJob[] {
  return seeds.flatMap((seed) => found.map((each) => ({ defence: each.defence, adversary: ADAPTIVE, seed, plan: adaptivePlan(each) })));
}

async function advised(
  asked: Asked,
  request: LeagueRequest,
  results: readonly PlayedRun[],
  stage: Stage,
): Promise<LeagueOutcome['advice']> {
  const { settings, seeds } = request;
  const owns = ownIn(results);
  const quiet = await stage.runs(ROUND.honest, quietJobs(owns, seeds));
  const usual = advise(asked, candidatesOf(settings, owns, [...results, ...quiet]));
  // Tighter terms leak less and refuse more, so they are for what leaks too much and has friction to spare.
  const leaking = usual.verdicts
    .filter(({ meetsLeak, meetsFriction }) => !meetsLeak && meetsFriction)
    .map(({ candidate }) => candidate.own);
  const searched = await stage.searches(ROUND.tighterSearches, tighterSearches(leaking, searchOf(request)));
  const listed = shortlist(asked, searched, settings);
  const tighter = await stage.runs(ROUND.tighter, shortlistJobs(listed, results, seeds));
  const all = [...owns, ...listed.map(({ own }) => own)];
  const found = advise(asked, candidatesOf(settings, all, [...results, ...quiet, ...tighter]));
  return { ...found, sentences: adviceText(found) };
}
