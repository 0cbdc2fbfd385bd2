import { PROBATION_POOL, TERMS_WHEN_NOTHING_IS_KNOWN } from '../modules/owners/terms.js';
import { ADVERSARIES, type Plan } from './adversaries.js';
import { ADAPTIVE, countedWorld } from './adaptive.js';
import { Chance } from './chance.js';
import { leftByGate } from './gate-leaves.js';
import { grouped } from './grouped.js';
import type { Estimate } from './interval.js';
import { chiSquare, signalOf, squareRootLaw, untilHits, type Wire } from './law.js';
import { type LeagueSettings, OWN_DEFENCES, type OwnDefence, ownName, type PlayedRun } from './league.js';
import type { Model } from './model.js';
import { HUMAN } from './our-defence.js';
import { summarise, type Summary, worstOf } from './summary.js';
import { wiresOf } from './watch.js';
import { watchWithFalseAlarms } from './wire-watch.js';

/** What a law leaves to an adversary, and how far from it a defence was. */
export interface Reckoned {
  /** Persons in the days of the run. */
  readonly leaves: number;
  /** Persons measured ÷ persons that it leaves; undefined where it leaves nobody. */
  readonly ratio?: Estimate;
  readonly model: Model;
}

/** How far a defence before one adversary is from what the gate’s formula and the law leave. */
export interface Distance {
  readonly defence: string;
  readonly adversary: string;
  readonly persons: Estimate;
  readonly days: number;
  readonly seeds: number;
  readonly model: Model;
  /** What the terms leave, or the two hits of the human who reads; undefined for what has neither. */
  readonly own?: Reckoned;
  /** What the best watch on the league’s hidden canaries would leave, at one false alarm in `LEADS_PER_FALSE_ALARM`. */
  readonly law: Reckoned;
}

/** An honest lead hits a canary so often, by a slip of the pen. */
const HONEST_HITS = 1e-5;
export const LEADS_PER_FALSE_ALARM = 490_000;
/** Share of scanned leads to which the watch is tuned; what it leaves hardly depends on it. */
const TUNED_TO = 2 ** -7;

/**
 * Each defence before the worst adversary that hides in an honest partner and, of ours, before the adaptive one and before the worst
 * that comes with owners of its own. Mules, papers and false claims are left out.
 *
 * @param played exact runs
 */
export function distances(settings: LeagueSettings, played: readonly PlayedRun[], seed: number): readonly Distance[] {
  const plans = new Map(played.flatMap(({ adversary, plan }) => (plan === undefined ? [] : [[adversary, plan] as const])));
  for (const plan of ADVERSARIES) plans.set(plan.name, plan);
  const planOf = ({ adversary }: Summary): Plan | undefined => plans.get(adversary);
  const summaries = summarise(played).filter((summary) => isReckonedWith(planOf(summary)));
  const law = lawOf(settings, seed);
  return [...grouped(summaries, ({ defence }) => defence)].flatMap(([defence, of]) => {
    const own = OWN_DEFENCES.find((each) => ownName(each) === defence);
    const hidden = of.filter((summary) => planOf(summary)?.fronts.length === 0);
    const open = of.filter((summary) => !hidden.includes(summary));
    const rows = own === undefined ? worstOf(hidden) : [...worstOf(hidden), ...hidden.filter(isAdaptive), ...worstOf(open)];
    return [...new Set(rows)].map((summary) => {
      const left = own === undefined ? undefined : leftTo(planOf(summary) as Plan, own, settings);
      return distance(summary, left, law);
    });
  });
}

/** What a paid customer earns, and what somebody lied about, is no part of any of the laws. */
function isReckonedWith(plan: Plan | undefined): boolean {
  if (plan === undefined || plan.sitsIn === 'nobody' || plan.padding !== undefined) return false;
  return plan.cover !== 'mule' && plan.cover !== 'stolen papers' && !plan.fronts.some(({ claims }) => claims !== undefined);
}

function isAdaptive({ adversary }: Summary): boolean {
  return adversary === ADAPTIVE;
}

function distance({ defence, adversary, persons, days, seeds, model }: Summary, left: number | undefined, law: number): Distance {
  const shown = { defence, adversary, persons, days, seeds, model };
  return { ...shown, ...(left !== undefined && { own: reckoned(persons, left) }), law: reckoned(persons, law) };
}

function reckoned(persons: Estimate, leaves: number): Reckoned {
  return { leaves, ...(leaves > 0 && { ratio: dividedBy(persons, leaves) }), model: 'formula' };
}

function dividedBy({ mean, interval }: Estimate, by: number): Estimate {
  return { mean: mean / by, ...(interval !== undefined && { interval: { low: interval.low / by, high: interval.high / by } }) };
}

/** Persons that the terms leave; where somebody reads canaries and denials no more than until the hits that it takes. */
function leftTo(plan: Plan, own: OwnDefence, settings: LeagueSettings): number {
  const { fronts, list, brings } = plan;
  const { terms } = countedWorld(settings, own);
  const isTold = terms.mode === 'instant' || (terms.mode === 'proof' && brings.secret) || (terms.mode === 'consent' && brings.contact);
  if (!isTold) return 0;
  const { once, margin } = leftByGate(terms, settings.host, settings.days);
  // Who does honest work besides is a host each.
  const hosts = fronts.length === 0 ? 1 : fronts.filter(({ business }) => business !== undefined).length;
  const unknown = Math.min(PROBATION_POOL, (fronts.length === 0 ? 0 : fronts.length - hosts) * TERMS_WHEN_NOTHING_IS_KNOWN.initial);
  const gate = hosts * (once + margin) + unknown;
  return Math.min(gate, list?.size ?? Infinity, own.isWatched ? untilHits(wireOf(plan, settings), HUMAN.hits) : Infinity);
}

/** Canaries and denials together. Nobody puts a canary on a list, and those on it are customers more often than others. */
function wireOf({ list }: Plan, { population, host }: LeagueSettings): Wire {
  const listed = list === undefined ? population : { ...population, canaryShare: 0, customerShare: list.customerShare };
  const { canaries, denials } = wiresOf(listed, host, 1);
  return { scanned: canaries.scanned + denials.scanned, honest: canaries.honest + denials.honest };
}

/** The larger of the square-root law and two hits: what a scanner learns on average stays below it. */
function lawOf({ host, population, days }: LeagueSettings, seed: number): number {
  const wire = { ...wiresOf(population, host, 0).canaries, honest: HONEST_HITS };
  const { threshold } = watchWithFalseAlarms(wire, TUNED_TO, LEADS_PER_FALSE_ALARM, () => new Chance(seed, 'law of the table'));
  return Math.max(squareRootLaw({ leadsPerDay: host.leadsPerDay, days, threshold }, chiSquare(signalOf(wire))), untilHits(wire));
}
