import { mean, quantile, sampleStandardDeviation } from 'simple-statistics';
import { Chance } from './chance.js';
import type { Hiding, Wire } from './law.js';
import { leadsUntilAlarm, watchWithFalseAlarms, type WireWatch } from './wire-watch.js';

/** A scanner that asks about the same number of persons each day, until it is stopped or the time is over. */
export interface MeasuredPoint {
  readonly leadsPerDay: number;
  readonly days: number;
  /** h of the watch, nats. */
  readonly threshold: number;
  /** Persons a day that bring the most, on average. */
  readonly perDay: number;
  /** Persons that it learns on average, with half of the 95 % interval of that mean, and in the twentieth of the runs that go best. */
  readonly mean: number;
  readonly halfInterval: number;
  readonly p95: number;
  /** Share of the runs in which nobody noticed. */
  readonly undetected: number;
}

export interface Measuring {
  readonly seed: number;
  readonly runs: number;
  /** The fastest that the scanner may go, persons a day; else ten times what honest leads come to. */
  readonly fastest?: number;
}

/** Speeds that are tried, from a tenth of a person a day. */
const SLOWEST = 0.1;
const STEP = 1.25;
/** Shares of scanned leads to which the bank may tune its watch, as powers of two. */
const TUNINGS = [-13, -12, -11, -10, -9, -8, -7, -6, -5, -4];

/** Persons learned in each of the runs, in no order. */
export function personsLearned(
  watch: WireWatch,
  { leadsPerDay, days }: Omit<Hiding, 'threshold'>,
  perDay: number,
  measuring: Measuring,
): number[] {
  const chance = new Chance(measuring.seed, 'hidden');
  const share = perDay / (leadsPerDay + perDay);
  const most = Math.round((leadsPerDay + perDay) * days);
  return Array.from({ length: measuring.runs }, () => share * leadsUntilAlarm(watch, share, most, chance));
}

/** The speed that brings a scanner the most before one watch, and what it brings. */
export function bestSpeed(watch: WireWatch, hiding: Omit<Hiding, 'threshold'>, measuring: Measuring): MeasuredPoint {
  const points: MeasuredPoint[] = [];
  for (let perDay = SLOWEST; perDay <= (measuring.fastest ?? 10 * hiding.leadsPerDay); perDay *= STEP) {
    points.push(pointOf(watch, hiding, perDay, personsLearned(watch, hiding, perDay, measuring)));
  }
  return points.reduce((best, point) => (point.mean > best.mean ? point : best));
}

/** The watch among those with as many false alarms before which the best scanner learns the least. */
export function bestWatch(
  wire: Wire,
  leadsPerAlarm: number,
  hiding: Omit<Hiding, 'threshold'>,
  measuring: Measuring,
): { readonly tunedTo: number; readonly watch: WireWatch; readonly point: MeasuredPoint } {
  const found = TUNINGS.map((power) => {
    const tunedTo = 2 ** power;
    const watch = watchWithFalseAlarms(wire, tunedTo, leadsPerAlarm, () => new Chance(measuring.seed, 'false alarms'));
    return { tunedTo, watch, point: bestSpeed(watch, hiding, measuring) };
  });
  return found.reduce((best, each) => (each.point.mean < best.point.mean ? each : best));
}

/** Measured beside `lawCurve`: for each the best watch, and before it the best speed. */
export function measuredPoints(
  wire: Wire,
  leadsPerAlarm: number,
  hidings: readonly Omit<Hiding, 'threshold'>[],
  measuring: Measuring,
): readonly MeasuredPoint[] {
  return hidings.map((hiding) => bestWatch(wire, leadsPerAlarm, hiding, measuring).point);
}

function pointOf(
  { threshold }: WireWatch,
  { leadsPerDay, days }: Omit<Hiding, 'threshold'>,
  perDay: number,
  persons: number[],
): MeasuredPoint {
  return {
    leadsPerDay,
    days,
    threshold,
    perDay,
    mean: mean(persons),
    halfInterval: 1.96 * (sampleStandardDeviation(persons) / Math.sqrt(persons.length)),
    p95: quantile(persons, 0.95),
    undetected: persons.filter((each) => each >= perDay * days - 1e-6).length / persons.length,
  };
}
