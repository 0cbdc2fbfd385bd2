import type { DisclosureMode } from '../modules/owners/terms.js';
import { ADVERSARIES, type Plan } from './adversaries.js';
import type { DefendedOwner, DefenceMaker } from './defence.js';
import type { HonestBusiness } from './honest.js';
import type { Model } from './model.js';
import { ours, OURS } from './our-defence.js';
import { PEERS } from './peers/peers.js';
import type { PopulationFigures } from './population.js';
import type { RunResult } from './run.js';
import type { TermsVariant } from './terms-variant.js';
import type { Search, WorstCase } from './worst-case.js';

type AgreedFigures = NonNullable<DefendedOwner['figures']>;

/** This service as a bank may set it up. */
export interface OwnDefence {
  readonly mode: DisclosureMode;
  readonly isWatched: boolean;
  /** On tighter terms than those that follow from the figures. */
  readonly variant?: TermsVariant;
}

export const OWN_DEFENCES: readonly OwnDefence[] = [
  { mode: 'instant', isWatched: false },
  { mode: 'instant', isWatched: true },
  { mode: 'proof', isWatched: false },
  { mode: 'consent', isWatched: false },
  { mode: 'consent', isWatched: true },
  { mode: 'blind', isWatched: false },
];

/** Everybody who takes part on the bank's side. */
export const DEFENCES: readonly DefenceMaker[] = [...OWN_DEFENCES.map(ownMaker), ...PEERS];

/** One run: everything else is the same for all of a league. */
export interface RunJob {
  readonly defence: string;
  readonly adversary: string;
  readonly seed: number;
  /** The adversary, where it is none of the standing ones. */
  readonly plan?: Plan;
  /** The defence, where it is none of the standing ones. */
  readonly own?: OwnDefence;
}

/** Looking for the policy that learns the most before one of our modes, in the world of the league’s host. */
export interface SearchJob {
  readonly own: OwnDefence;
  readonly search: Pick<Search, 'days' | 'seeds' | 'rounds'>;
}

export type Job = RunJob | SearchJob;

/** Jobs of which several may come to the same, and are then played once: `unitsOf`. */
export type Unit = readonly [Job, ...Job[]];

/** What came of a run, and of whom where it was none of the standing ones: the same name need not stand for the same plan. */
export type PlayedRun = RunResult & Pick<RunJob, 'plan' | 'own'>;

/** What a search has found, and with which model. */
export interface Found extends SearchJob {
  readonly defence: string;
  readonly model: Model;
  readonly found: WorstCase;
}

/** A line of a file of results. */
export type Played = PlayedRun | Found;

/** What all runs of a league have in common. */
export interface LeagueSettings {
  readonly days: number;
  readonly population: PopulationFigures;
  readonly host: HonestBusiness;
  readonly others: readonly HonestBusiness[];
}

/** Of a partner, what its terms rest on. */
export function figuresOf({ leadsPerDay, existingShare, acknowledgedShare, conversion }: HonestBusiness): AgreedFigures {
  return { leadsPerDay, existingShare, acknowledgedShare, conversion };
}

/** What a thread is told: a unit of work; and what it tells, of each job in their order. */
export type ToRunner = { readonly settings: LeagueSettings; readonly unit: Unit };
export type FromRunner = { readonly played: Played } | { readonly failed: string };

export function isSearch(job: Job): job is SearchJob {
  return 'search' in job;
}

/** Two jobs with the same key are the same, and what was played has the key of its job. */
export function keyOf(job: Job | Played): string {
  if ('search' in job) return JSON.stringify(['search', job.own, job.search]);
  const { defence, adversary, seed, plan, own } = job;
  return JSON.stringify([defence, adversary, seed, plan ?? null, own ?? null]);
}

/** In a line for a person. */
export function jobText(job: Job): string {
  return isSearch(job) ? `the worst policy before ${ownName(job.own)}` : `${job.defence} against ${job.adversary}, seed ${job.seed}`;
}

export function ownMaker({ mode, isWatched, variant }: OwnDefence): DefenceMaker {
  return ours(mode, isWatched, variant);
}

export function ownName(own: OwnDefence): string {
  return ownMaker(own).name;
}

export function defenceOf({ defence, own }: Pick<RunJob, 'defence' | 'own'>): DefenceMaker {
  return own === undefined ? named(DEFENCES, defence) : ownMaker(own);
}

export function planOf(name: string): Plan {
  return named(ADVERSARIES, name);
}

/**
 * What the honest pay for a defence is measured with all kinds of them while nobody scans; an adversary that sits in one of many needs
 * them, too. To others they make no difference, for what holds for one owner holds for it alone, and would only be played again.
 */
export function amongWhom(settings: LeagueSettings, { adversary, plan }: Pick<RunJob, 'adversary' | 'plan'>): LeagueSettings {
  const { sitsIn } = plan ?? planOf(adversary);
  return sitsIn === undefined || sitsIn === 'host' ? { ...settings, others: [] } : settings;
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`nobody in the league is called ${name}`);
  return found;
}

/** Adversaries that differ from another in what only this service sees: the order of the register, secrets, and acknowledgements. */
const ALIKE_BEFORE_PEERS: ReadonlySet<string> = new Set([
  'register walk',
  'by birth date',
  'by family name',
  'former spouses',
  'stolen secrets',
  'accomplices',
]);

/** Less what would only be played again: before what a bank would use instead they learn what their likes do. */
export function withoutLikes(jobs: readonly RunJob[]): readonly RunJob[] {
  return jobs.filter(({ defence, adversary }) => OURS.has(defence) || !ALIKE_BEFORE_PEERS.has(adversary));
}

/** Seed by seed, so that a league that is broken off has whole rounds. */
export function jobsOf(defences: readonly string[], adversaries: readonly string[], seeds: readonly number[]): readonly RunJob[] {
  return seeds.flatMap((seed) => adversaries.flatMap((adversary) => defences.map((defence) => ({ defence, adversary, seed }))));
}
