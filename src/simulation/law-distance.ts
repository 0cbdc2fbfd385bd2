import { PROBATION_POOL, type Terms, TERMS_WHEN_NOTHING_IS_KNOWN } from '../modules/owners/terms.js';
import { ADVERSARIES, type Plan } from './adversaries.js';
import { ADAPTIVE } from './adaptive.js';
import { Chance } from './chance.js';
import { leftByGate } from './gate-leaves.js';
import { grouped } from './grouped.js';
import { type HonestBusiness, leadsIn } from './honest.js';
import { denialsEnough, HUMAN } from './human.js';
import type { Estimate } from './interval.js';
import { chiSquare, signalOf, squareRootLaw, untilHits, untilWhole } from './law.js';
import { figuresOf, type LeagueSettings, OWN_DEFENCES, type OwnDefence, ownName, type PlayedRun } from './league.js';
import type { Model } from './model.js';
import { termsUnder } from './our-defence.js';
import type { Front } from './plan.js';
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
  /** What the terms leave, or the hits that it takes the human who reads; undefined for what has neither. */
  readonly own?: Reckoned;
  /** What the best watch on the league’s hidden canaries would leave, at one false alarm in `LEADS_PER_FALSE_ALARM`; of each owner. */
  readonly law: Reckoned;
}

/** An honest lead hits a canary so often, by a slip of the pen. */
const HONEST_HITS = 1e-5;
export const LEADS_PER_FALSE_ALARM = 490_000;
/** Share of scanned leads to which the watch is tuned; what it leaves hardly depends on it. */
const TUNED_TO = 2 ** -7;

/**
 * Each defence before the worst adversary that hides in an honest partner and, of ours, before the adaptive one and before the worst
 * that comes with owners of its own. Mules, papers and accomplices are left out.
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
      const plan = planOf(summary) as Plan;
      const left = own === undefined ? undefined : leftTo(plan, own, settings);
      return distance(summary, left, law * Math.max(1, plan.fronts.length));
    });
  });
}

/** What somebody earns who was paid for it is no part of any of the laws. */
function isReckonedWith(plan: Plan | undefined): boolean {
  if (plan === undefined || plan.sitsIn === 'nobody') return false;
  return plan.padding === undefined && plan.accomplices === undefined && plan.cover !== 'mule' && plan.cover !== 'stolen papers';
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

/** An owner through which an adversary works: what it does besides, and the figures that the bank believes of it. */
interface Worked {
  readonly business?: HonestBusiness;
  readonly figures?: ReturnType<typeof figuresOf>;
}

/** Persons that the terms leave; where somebody reads canaries and denials no more than until what it takes of both, owner by owner. */
function leftTo(plan: Plan, own: OwnDefence, settings: LeagueSettings): number {
  const { fronts, list } = plan;
  const owners = fronts.length === 0 ? [worked({ business: {} }, settings)] : fronts.map((front) => worked(front, settings));
  const gate = sum(owners, (owner) => leftAt(owner, plan, own, settings.days));
  const unknown = owners.filter(({ business }) => business === undefined).length * TERMS_WHEN_NOTHING_IS_KNOWN.initial;
  const pool = isTold(own.mode, plan) ? Math.min(PROBATION_POOL, unknown) : 0;
  const human = own.isWatched ? sum(owners, (owner) => untilStopped(owner, plan, settings)) : Infinity;
  return Math.min(gate + pool, list?.size ?? Infinity, human);
}

/** The host is a front that does the host’s work and claims nothing. */
function worked({ business, claims }: Pick<Front, 'business' | 'claims'>, { host }: LeagueSettings): Worked {
  if (business === undefined) return {};
  const does = { ...host, ...business };
  return { business: does, figures: { ...figuresOf(does), ...claims } };
}

function isTold(mode: Terms['mode'], { brings }: Plan): boolean {
  return mode === 'instant' || (mode === 'proof' && brings.secret) || (mode === 'consent' && brings.contact);
}

/** By the terms that follow from what the owner claimed, and what its leads are. */
function leftAt({ business, figures }: Worked, plan: Plan, { mode, variant }: OwnDefence, days: number): number {
  if (business === undefined || figures === undefined) return 0;
  const terms = termsUnder(mode, figures, variant);
  if (!isTold(terms.mode, plan)) return 0;
  const { once, margin } = leftByGate(terms, business, days);
  return once + margin;
}

/** Nobody puts a canary on a list, and those on it are customers more often than others. */
function untilStopped({ business, figures }: Worked, { list }: Plan, { population, host, days }: LeagueSettings): number {
  const listed = list === undefined ? population : { ...population, canaryShare: 0, customerShare: list.customerShare };
  const { canaries, denials } = wiresOf(listed, host, 1);
  const leads = business === undefined ? TERMS_WHEN_NOTHING_IS_KNOWN.initial : leadsIn(days, business);
  return untilWhole(
    { chance: canaries.scanned, enough: HUMAN.atLeast },
    { chance: denials.scanned, enough: denialsEnough(HUMAN, figures, { leads, days }) },
  );
}

/** The larger of the square-root law and two hits: what a scanner learns on average stays below it. */
function lawOf({ host, population, days }: LeagueSettings, seed: number): number {
  const wire = { ...wiresOf(population, host, 0).canaries, honest: HONEST_HITS };
  const { threshold } = watchWithFalseAlarms(wire, TUNED_TO, LEADS_PER_FALSE_ALARM, () => new Chance(seed, 'law of the table'));
  return Math.max(squareRootLaw({ leadsPerDay: host.leadsPerDay, days, threshold }, chiSquare(signalOf(wire))), untilHits(wire));
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
