import type { Chance } from './chance.js';
import type { Wire } from './law.js';

/**
 * Page's test on the hits of a wire, one lead after the other: E. S. Page, "Continuous Inspection Schemes", Biometrika 41 (1954)
 * 100–115. The statistic is the log-likelihood ratio of a lead drawn from `tunedTo` scanned ones among the honest, against an honest
 * one; it starts at zero and never falls below. Of all tests with as few false alarms it is the quickest on average against a scanner
 * of just that share (G. Moustakides, "Optimal Stopping Times for Detecting Changes in Distributions", Annals of Statistics 14
 * (1986) 1379–1387).
 */
export interface WireWatch {
  readonly wire: Wire;
  /** What a hit adds and what any other lead takes off, nats. */
  readonly up: number;
  readonly down: number;
  /** h: it gives the alarm at this value, nats. */
  readonly threshold: number;
}

/** Excursions of which the false alarms are counted; their rate is then known to a few per cent. */
const EXCURSIONS = 1_500;

/** @param tunedTo share of scanned leads for which the test is the quickest, 0 to 1, both excluded */
export function watchFor(wire: Wire, tunedTo: number, threshold: number): WireWatch {
  const mixed = mixedChance(wire, tunedTo);
  return { wire, up: Math.log(mixed / wire.honest), down: -Math.log((1 - mixed) / (1 - wire.honest)), threshold };
}

/** The watch that gives a false alarm once in so many honest leads, on average. */
export function watchWithFalseAlarms(wire: Wire, tunedTo: number, leads: number, chance: () => Chance): WireWatch {
  let [low, high] = [0, 20];
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (leadsPerFalseAlarm(watchFor(wire, tunedTo, middle), chance()) < leads) low = middle;
    else high = middle;
  }
  return watchFor(wire, tunedTo, high);
}

/**
 * Honest leads between two false alarms. The statistic leaves zero with a hit and comes back, or gives the alarm; so it is the mean
 * length of such an excursion, over the chance that it ends in an alarm. That chance is small, and is found among scanned leads
 * instead, where it is near one, each excursion weighed by its likelihood ratio (D. Siegmund, "Sequential Analysis", 1985, section II.3).
 */
export function leadsPerFalseAlarm(watch: WireWatch, chance: Chance): number {
  const { wire, up, down } = watch;
  const mixed = 1 - (1 - wire.honest) * Math.exp(-down);
  let leads = 0;
  let alarms = 0;
  for (let n = 0; n < EXCURSIONS; n++) {
    leads += excursion(watch, wire.honest, chance).leads;
    const { isAlarm, value } = excursion(watch, mixed, chance);
    if (isAlarm) alarms += Math.exp(up - value);
  }
  return (EXCURSIONS / wire.honest + leads) / alarms;
}

/** @returns leads after the hit with which it began, and what the statistic stood at in the end */
function excursion({ up, down, threshold }: WireWatch, hit: number, chance: Chance): { leads: number; isAlarm: boolean; value: number } {
  let leads = 0;
  let value = up;
  while (value < threshold) {
    const misses = missesBefore(hit, chance);
    if (value - misses * down <= 0) return { leads: leads + Math.ceil(value / down), isAlarm: false, value: 0 };
    value += up - misses * down;
    leads += misses + 1;
  }
  return { leads, isAlarm: true, value };
}

/**
 * Leads until the alarm, the one that gives it included; `most` where there is none among so many.
 * @param share of the leads that are scanned
 */
export function leadsUntilAlarm({ wire, up, down, threshold }: WireWatch, share: number, most: number, chance: Chance): number {
  const hit = mixedChance(wire, share);
  let value = 0;
  for (let leads = 0; ;) {
    const misses = missesBefore(hit, chance);
    leads += misses + 1;
    if (leads > most) return most;
    value = Math.max(0, value - misses * down) + up;
    if (value >= threshold) return leads;
  }
}

/** Where the statistic stands after a day with so many leads and hits, which came evenly; the alarm is at `threshold`. */
export function afterDay({ up, down, threshold }: WireWatch, value: number, leads: number, hits: number): number {
  const misses = (leads - hits) / (hits + 1);
  let now = value;
  for (let hit = 0; hit < hits && now < threshold; hit++) now = Math.max(0, now - misses * down) + up;
  return now >= threshold ? now : Math.max(0, now - misses * down);
}

function mixedChance({ scanned, honest }: Wire, share: number): number {
  return honest + share * (scanned - honest);
}

/** Leads that do not hit before one that does. */
function missesBefore(hit: number, chance: Chance): number {
  return Math.floor(Math.log(1 - chance.next()) / Math.log1p(-hit));
}
