import type { Human } from './defence.js';
import { deniedByMistake, type HonestBusiness } from './honest.js';
import { type HonestNotices, Reading } from './human.js';
import type { Wire } from './law.js';
import { type PopulationFigures, VISIBLY_NO_APPLICANTS } from './population.js';
import { afterDay, type WireWatch } from './wire-watch.js';

/** Somebody who reads which canaries were asked about and who denies, in days and counts, as the exact simulation has it lead by lead. */
export interface HumanWatch {
  readonly human: Human;
  /** What the bank knows of the owner; `honest` of the wires is what is so. */
  readonly honest: HonestNotices;
  /** Noticed at once. */
  readonly canaries: Wire;
  /** Noticed a day later. */
  readonly denials: Wire;
}

export type Watch = WireWatch | HumanWatch;

/** What was noticed on a day. */
export interface Noticed {
  /** Leads that were admitted. */
  readonly leads: number;
  /** Of these, leads that hit at once. */
  readonly hits: number;
  /** Leads of the day before that were denied. */
  readonly denials: number;
}

/** A watch at work: it is told of each day, in order. */
export interface Watching {
  /** @returns the last day on which its owner may still ask; undefined while there is nothing to stop it for */
  lastDay(day: number, noticed: Noticed): number | undefined;
}

/** @returns what begins with nothing noticed */
export function watchingOf(watch: Watch): Watching {
  return 'human' in watch ? new HumanWatching(watch) : new WireWatching(watch);
}

/** Chance that a lead hits at once. */
export function hitsAtOnce(watch: Watch): Wire {
  return 'human' in watch ? watch.canaries : watch.wire;
}

/** Chance that a lead is denied a day later. */
export function hitsLater(watch: Watch): Wire {
  return 'human' in watch ? watch.denials : NOTHING;
}

const NOTHING: Wire = { scanned: 0, honest: 0 };

/**
 * What hangs on a population, for a scanner that leaves out everybody who can be seen to be nobody's applicant and asks about others at random.
 * @param told share of the customers among those asked about who hear of it
 */
export function wiresOf(
  { canaryShare, visibleCanaryShare, customerShare, denyingShare }: PopulationFigures,
  partner: Pick<HonestBusiness, 'existingShare' | 'acknowledgedShare'>,
  told: number,
): Pick<HumanWatch, 'canaries' | 'denials'> {
  const visible = canaryShare * visibleCanaryShare;
  return {
    canaries: { scanned: (canaryShare - visible) / (1 - VISIBLY_NO_APPLICANTS), honest: 0 },
    denials: { scanned: customerShare * told * denyingShare, honest: deniedByMistake(partner) },
  };
}

class WireWatching implements Watching {
  private suspicion = 0;

  constructor(private readonly watch: WireWatch) {}

  lastDay(day: number, { leads, hits }: Noticed): number | undefined {
    this.suspicion = afterDay(this.watch, this.suspicion, leads, hits);
    return this.suspicion >= this.watch.threshold ? day : undefined;
  }
}

class HumanWatching implements Watching {
  private readonly reading: Reading;
  private readonly after: number;
  private admitted = 0;

  constructor({ human, honest }: HumanWatch) {
    this.reading = new Reading(human, honest);
    this.after = human.after;
  }

  lastDay(day: number, { leads, hits, denials }: Noticed): number | undefined {
    this.reading.morning(this.admitted);
    this.admitted += leads;
    const kinds = [...Array.from({ length: hits }, () => 'canary'), ...Array.from({ length: denials }, () => 'denial')];
    return kinds.some((kind) => this.reading.noticed(kind, day, this.admitted)) ? day + this.after : undefined;
  }
}
