import type { Plan } from './adversaries.js';
import { arrivalOf } from './arrival.js';
import { grouped } from './grouped.js';
import { COUNT, estimateOf } from './interval.js';
import { defenceOf, type LeagueSettings, planOf, type PlayedRun, type RunJob } from './league.js';
import { OURS } from './our-defence.js';
import type { SpeedPoint } from './report.input.js';

/** The scanner whose speed is varied: the system of an honest partner, from the first day. */
const SWEPT = 'rogue system';
const STEPS = [1, 3];

/** 1, 3, 10, 30, … persons a day, up to twice of what the host has of honest leads. */
export function speedsFor(volume: number): readonly number[] {
  const decades = Array.from({ length: Math.ceil(Math.log10(2 * volume + 1)) }, (_, power) => 10 ** power);
  return decades.flatMap((decade) => STEPS.map((step) => step * decade)).filter((speed) => speed === 1 || speed <= 2 * volume);
}

export function sweptPlan(perDay: number): Plan {
  return {
    ...planOf(SWEPT),
    name: `${SWEPT}, ${perDay} a day`,
    description: `the system of an honest partner, ${perDay} persons a day spread over all agents, from the first day`,
    rate: { perDay },
  };
}

/** Ours, and of what a bank would use instead whatever has noticed anybody in runs that were played already. */
export function sweptDefences(played: readonly PlayedRun[]): readonly string[] {
  return [...grouped(played, ({ defence }) => defence)].flatMap(([defence, runs]) => {
    const noticed = runs.some(({ scan }) => scan.untilNotice !== undefined || scan.untilStep !== undefined);
    return OURS.has(defence) || noticed ? [defence] : [];
  });
}

export function sweepJobs(defences: readonly string[], { host }: LeagueSettings, seeds: readonly number[]): readonly RunJob[] {
  const plans = speedsFor(host.leadsPerDay).map(sweptPlan);
  return seeds.flatMap((seed) => plans.flatMap((plan) => defences.map((defence) => ({ defence, adversary: plan.name, seed, plan }))));
}

/** What came of each defence at each speed, the slowest first. */
export function speedPoints(played: readonly PlayedRun[]): readonly SpeedPoint[] {
  return [...grouped(played, ({ defence, adversary }) => JSON.stringify([defence, adversary])).values()]
    .map(pointOf)
    .toSorted((one, other) => one.perDay - other.perDay);
}

function pointOf(runs: readonly PlayedRun[]): SpeedPoint {
  const { defence, days, plan } = runs[0] as PlayedRun;
  if (plan === undefined || !('perDay' in plan.rate)) throw new Error('a run of a sweep without a speed');
  const { what, until } = catching(defence);
  return {
    defence,
    isOurs: OURS.has(defence),
    what,
    perDay: plan.rate.perDay,
    until: arrivalOf(runs.map(({ scan }) => scan[until])),
    persons: estimateOf(
      runs.map(({ scan }) => scan.persons),
      COUNT,
    ),
    days,
    model: 'exact',
  };
}

/** What stops a scanner before this defence: somebody who reads, a step of its own, or nobody; then what could have been read. */
function catching(defence: string): { readonly what: string; readonly until: 'untilStop' | 'untilNotice' | 'untilStep' } {
  if (!OURS.has(defence)) return { what: 'first step against it', until: 'untilStep' };
  const isRead = defenceOf({ defence }).human !== undefined;
  return isRead ? { what: 'stopped by a human', until: 'untilStop' } : { what: 'first canary or denial', until: 'untilNotice' };
}
