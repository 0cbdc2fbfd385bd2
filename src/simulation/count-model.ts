import type { DisclosureMode, Terms } from '../modules/owners/terms.js';
import type { Cover } from './adversaries.js';
import { Chance } from './chance.js';
import { CountedOwner } from './counted-owner.js';
import { Due } from './due-leads.js';
import { HAS_CONTACT, HAS_SECRET, type HonestBusiness, leadsOn } from './honest.js';
import { endOf, type HonestDelays, honestDelays, settlementAfter } from './honest-delays.js';
import type { Wire } from './law.js';
import type { PopulationFigures } from './population.js';
import { hitsAtOnce, hitsLater, type Watch, type Watching, watchingOf } from './watch.js';

/** How a scanner inside an honest partner goes about it, in counts. It names people at random, and itself brings what is public. */
export interface ScanPolicy {
  /** Day of the run on which it begins. */
  readonly from: number;
  /** Persons that it asks about a day, at most; fractions come by chance. */
  readonly perDay: number;
  /** Units of the balance that it leaves to the honest leads of the day. */
  readonly reserve: number;
  readonly cover: Cover;
  /** Share of what it asked that it covers, 0 to 1. */
  readonly covered: number;
}

export interface CountedWorld {
  readonly business: HonestBusiness;
  /** What is left of the business's conversion a year later, as a share of it; all unless given. */
  readonly conversionKept?: number;
  readonly terms: Terms;
  readonly population: Pick<PopulationFigures, 'customerShare' | 'lockedShare'>;
  /** Stops the owner for good, at the end of a day. */
  readonly watch?: Watch;
}

/** What came of a run; counts are of the whole of it. */
export interface CountedRun {
  readonly leads: number;
  readonly refused: number;
  readonly asked: number;
  /** Persons asked about and not refused; in `blind` nothing is learned of them. */
  readonly scanned: number;
  /** Of these, persons of whom it was told that they are customers. */
  readonly yes: number;
  /** `yes`, and those whose `no` says that they are none, as in `Learning`. */
  readonly persons: number;
  /** People whom it paid to become customers. */
  readonly mules: number;
  /** Last day on which it asked, because the watch stopped it; undefined where nobody did within the run. */
  readonly caughtOn?: number;
  /** What a conversion earns in the end. */
  readonly perConversion: number;
  /** Months in which a human was asked about the terms, and did nothing. */
  readonly reviews: number;
  /** Units in the morning of each day. */
  readonly balances: readonly number[];
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** As in the exact simulation: a Monday, midnight UTC, and the hours of a working day. */
const FROM = Date.UTC(2025, 0, 6);
const OPENS_AT = 8 * HOUR;
const OPEN_HOURS = 10;
const COVERED_AFTER = 5 * HOUR;
const PROVED_AFTER = 2 * DAY;

/**
 * A year of one owner in days and counts: what `Run` does lead by lead, in milliseconds, for sweeps and searches.
 * `test/league/count-model.spec.ts` holds the two together.
 *
 * What it leaves out: applicants who were there before (each is somebody new), denials, limits of agents; that a day's refusals fall
 * to whoever comes last is true of honest and scanned leads alike, so a share of them is honest.
 */
export class CountModel {
  private readonly delays: HonestDelays;

  constructor(readonly world: CountedWorld) {
    this.delays = honestDelays(world.business, world.terms);
  }

  run(seed: number, days: number, scan?: ScanPolicy): CountedRun {
    return new CountedYear(this.world, this.delays, seed, scan).run(days);
  }
}

class CountedYear {
  private readonly owner: CountedOwner;
  private readonly honestChance: Chance;
  private readonly scanChance: Chance;
  private readonly due = { settle: new Due(), resolve: new Due(), acknowledge: new Due() };
  private readonly sum = { leads: 0, refused: 0, asked: 0, scanned: 0, yes: 0, mules: 0 };
  private readonly watching: Watching | undefined;
  private deniedTomorrow = 0;

  constructor(
    private readonly world: CountedWorld,
    private readonly delays: HonestDelays,
    seed: number,
    private readonly scan: ScanPolicy | undefined,
  ) {
    this.owner = new CountedOwner(world.terms, FROM);
    this.honestChance = new Chance(seed, 'counted honest');
    this.scanChance = new Chance(seed, 'counted scan');
    this.watching = world.watch === undefined ? undefined : watchingOf(world.watch);
  }

  run(days: number): CountedRun {
    const balances: number[] = [];
    let last = Infinity;
    for (let day = 0; day < days; day++) {
      this.owner.beginDay(FROM + day * DAY);
      for (const many of this.due.settle.take(day)) this.owner.settle(many);
      balances.push(this.owner.balance);
      if (day <= last) last = Math.min(last, this.workingDay(day));
      for (const many of this.due.acknowledge.take(day)) this.owner.acknowledge(many);
      for (const many of this.due.resolve.take(day)) this.owner.resolve(many);
    }
    return {
      ...this.sum,
      persons: this.sum.yes + this.worthOfNo() * (this.sum.scanned - this.sum.yes),
      ...(last < days && { caughtOn: last }),
      perConversion: this.owner.terms.perConversion,
      reviews: this.owner.reviews,
      balances,
    };
  }

  /** @returns the last day on which it may ask, as far as the watch knows: `Infinity` while there is nothing */
  private workingDay(day: number): number {
    const honest = this.honestChance.count(leadsOn(day, this.world.business));
    const scans = this.wishes(day);
    const admitted = this.owner.admit(honest + scans, FROM + day * DAY + OPENS_AT, OPEN_HOURS);
    const refused = honest + scans - admitted;
    const refusedHonest = Math.min(
      honest,
      refused,
      Math.max(refused - scans, this.scanChance.successes(refused, honest / (honest + scans))),
    );
    this.sum.leads += honest;
    this.sum.refused += refusedHonest;
    this.sum.asked += scans;
    this.honestLeads(day, honest - refusedHonest);
    this.scannedLeads(day, scans - (refused - refusedHonest));
    return this.noticed(day, honest - refusedHonest, scans - (refused - refusedHonest));
  }

  private wishes(day: number): number {
    if (this.scan === undefined || day < this.scan.from) return 0;
    const { perDay, reserve } = this.scan;
    const wished = perDay === Infinity ? perDay : Math.floor(perDay) + (this.scanChance.happens(perDay % 1) ? 1 : 0);
    return Math.max(0, Math.min(wished, Math.floor(this.owner.balance - reserve)));
  }

  private honestLeads(day: number, leads: number): void {
    const { existingShare, acknowledgedShare, conversion } = this.world.business;
    const chance = this.honestChance;
    const yes = chance.successes(leads, existingShare * this.toldShare());
    const converted = chance.successes(leads - yes, conversion * (this.world.conversionKept ?? 1) ** (day / 365));
    const admittedOn = dayOf(day);
    this.owner.exist({ leads: yes, admittedOn });
    const { settled, ended, acknowledged } = this.delays;
    this.due.acknowledge.spread(day, { leads: chance.successes(yes, acknowledgedShare), admittedOn }, acknowledged, chance);
    this.due.settle.spread(day, { leads: converted, admittedOn }, settled, chance);
    this.due.resolve.spread(day, { leads: leads - yes - converted, admittedOn }, ended, chance);
  }

  private scannedLeads(day: number, leads: number): void {
    if (this.scan === undefined || leads === 0) return;
    const { cover, covered } = this.scan;
    const chance = this.scanChance;
    const yes = this.isToldAll()
      ? chance.successes(leads, this.world.population.customerShare * (1 - this.world.population.lockedShare))
      : 0;
    const hidden = cover === 'nothing' ? 0 : chance.successes(leads - yes, covered);
    this.sum.scanned += leads;
    this.sum.yes += yes;
    this.owner.exist({ leads: yes, admittedOn: dayOf(day) });
    this.due.resolve.add(day + this.endAfter('nothing'), { leads: leads - yes - hidden, admittedOn: dayOf(day) });
    if (cover === 'mule') {
      this.sum.mules += hidden;
      const settlesIn = settlementAfter(OPENS_AT + (OPEN_HOURS / 2) * HOUR + PROVED_AFTER, this.world.terms);
      this.due.settle.add(day + settlesIn, { leads: hidden, admittedOn: dayOf(day) });
    } else this.due.resolve.add(day + this.endAfter(cover), { leads: hidden, admittedOn: dayOf(day) });
  }

  private endAfter(cover: Exclude<Cover, 'mule'>): number {
    const fate = { nothing: [], withdraw: [[COVERED_AFTER, 'withdrawn'] as const], create: [[COVERED_AFTER, 'created'] as const] };
    return endOf(OPENS_AT, fate[cover], this.world.terms);
  }

  private noticed(day: number, honest: number, scanned: number): number {
    const { watch } = this.world;
    if (watch === undefined || this.watching === undefined) return Infinity;
    const drawn = (wire: Wire): number => this.scanChance.successes(honest, wire.honest) + this.scanChance.successes(scanned, wire.scanned);
    const noticed = { leads: honest + scanned, hits: drawn(hitsAtOnce(watch)), denials: this.deniedTomorrow };
    this.deniedTomorrow = drawn(hitsLater(watch));
    return this.watching.lastDay(day, noticed) ?? Infinity;
  }

  /** Share of an honest partner's applicants who are customers that are told to be: those who have at hand what the mode asks. */
  private toldShare(): number {
    const { business, population, terms } = this.world;
    const unlocked = 1 - population.lockedShare;
    const told: Readonly<Record<DisclosureMode, number>> = {
      instant: unlocked,
      proof: unlocked * HAS_SECRET,
      consent: HAS_CONTACT,
      blind: 0,
    };
    return (1 - business.mistyped) * told[terms.mode];
  }

  /** Who brings no more than what is public is told of everybody, or of nobody. */
  private isToldAll(): boolean {
    return this.world.terms.mode === 'instant';
  }

  private worthOfNo(): number {
    return this.isToldAll() ? 1 : 0;
  }
}

/** @returns day since the epoch */
function dayOf(day: number): number {
  return FROM / DAY + day;
}
