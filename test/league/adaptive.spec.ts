import { mean, sampleStandardDeviation } from 'simple-statistics';
import { adaptivePlan, countedWorld, foundBy } from '../../src/simulation/adaptive.js';
import { Adversary } from '../../src/simulation/adversary.js';
import { Chance } from '../../src/simulation/chance.js';
import { CountModel, type ScanPolicy } from '../../src/simulation/count-model.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import { HUMAN, honestNotices } from '../../src/simulation/human.js';
import { figuresOf, type LeagueSettings, type OwnDefence, ownMaker, planOf } from '../../src/simulation/league.js';
import type { Plan } from '../../src/simulation/plan.js';
import { COUNTRY, Population, VISIBLY_NO_APPLICANTS } from '../../src/simulation/population.js';
import { Run } from '../../src/simulation/run.js';
import { hitsAtOnce, hitsLater, type HumanWatch, watchingOf } from '../../src/simulation/watch.js';

const SEEDS = [1, 2, 3, 4, 5];
const DAYS = 60;
const host: HonestBusiness = { ...ORDINARY, leadsPerDay: 20, course: 'steady', mistyped: 0, returning: 0, agents: 5 };
const settings: LeagueSettings = { days: DAYS, population: COUNTRY, host, others: [] };
const INSTANT: OwnDefence = { mode: 'instant', isWatched: false };
const WATCHED: OwnDefence = { mode: 'instant', isWatched: true };
const search = { days: DAYS, seeds: [1, 2], rounds: 5 };

function persons(own: OwnDefence, plan: Plan, seeds = SEEDS): readonly number[] {
  return seeds.map((seed) => new Run(ownMaker(own), plan, { ...settings, seed }).run().scan.persons);
}

/** How many standard errors two means lie apart. */
function apart(one: readonly number[], other: readonly number[]): number {
  const error = (values: readonly number[]): number => sampleStandardDeviation([...values]) / Math.sqrt(values.length);
  return Math.abs(mean([...one]) - mean([...other])) / Math.max(0.5, Math.hypot(error(one), error(other)));
}

describe('the adversary who knows every parameter but the secrets', () => {
  it('gets from the real deciders what it was found to get in counts, and more than those who keep ten days back or come late', () => {
    const found = foundBy(settings, { own: INSTANT, search });
    const exactly = mean([...persons(INSTANT, adaptivePlan(found))]);
    // The search has taken what went best with its two seeds.
    expect(exactly / found.found.persons).toBeGreaterThan(0.85);
    expect(exactly / found.found.persons).toBeLessThan(1.1);
    for (const name of ['skimmer', 'rogue system']) expect(exactly).toBeGreaterThan(mean([...persons(INSTANT, planOf(name))]));
  });

  it('gets less where a human reads canaries and denials', () => {
    const [unwatched, watched] = [INSTANT, WATCHED].map((own) => foundBy(settings, { own, search }).found);
    // The capital is gone before the human has acted, whoever reads.
    expect(watched?.persons).toBeLessThan(0.85 * (unwatched?.persons ?? 0));
    expect(watched?.caught).toBeGreaterThan(0);
  });

  it('learns nobody where a secret, a code or nothing at all is asked for, and is then whoever gets most leads through', () => {
    for (const mode of ['proof', 'consent', 'blind'] as const) {
      const { found } = foundBy(settings, { own: { mode, isWatched: false }, search });
      expect([mode, found.persons]).toEqual([mode, 0]);
      expect(found.scanned).toBeGreaterThan(10 * DAYS);
      expect(persons({ mode, isWatched: false }, adaptivePlan({ found }), [1])).toEqual([0]);
    }
  });

  it('is found again by the same search, and its plan says what was found', () => {
    const found = foundBy(settings, { own: WATCHED, search });
    expect(foundBy(settings, { own: WATCHED, search })).toEqual(found);
    const { from, perDay, reserve, cover, covered } = found.found.policy;
    expect(adaptivePlan(found)).toMatchObject({ name: 'adaptive', from, rate: { perDay, reserve }, cover, covered, fronts: [] });
    expect([found.defence, found.model]).toEqual(['instant, watched', 'counted']);
  });
});

describe('an adversary that leaves units of the allowance', () => {
  const wishes = (rate: Plan['rate'], balance: number | undefined): number =>
    new Adversary({ ...planOf('rogue system'), rate }, ['host'], new Population(COUNTRY, 1), new Chance(1, 'wishes')).wishes(
      'host',
      { day: 0, balance, volume: 50 },
      0,
    );

  it('asks for no more than what is above them, where it is told how many are left', () => {
    expect(wishes({ perDay: 30, reserve: 100 }, 120)).toBe(20);
    expect(wishes({ perDay: 30, reserve: 100 }, 500)).toBe(30);
    expect(wishes({ perDay: 30, reserve: 100 }, 60)).toBe(0);
    expect(wishes({ perDay: 30, reserve: 100 }, undefined)).toBe(30);
    expect(wishes({ perDay: 30 }, 5)).toBe(30);
  });
});

describe('a human who reads canaries and denials, in counts', () => {
  const world = countedWorld(settings, WATCHED);
  const nothing = { scanned: 0, honest: 0 };

  /** What it says on days on which there was a hit, or as many denials. */
  function lastDays(leads: number, what: 'hits' | 'denials', days: readonly number[]): readonly (number | undefined)[] {
    const watching = watchingOf({ human: HUMAN, honest: honestNotices(host), canaries: nothing, denials: nothing });
    const all = Array.from({ length: 100 }, (_, day) =>
      watching.lastDay(day, { leads, hits: 0, denials: 0, ...(days.includes(day) && { [what]: 1 }) }),
    );
    return days.map((day) => all[day]);
  }

  it('stops after two canaries within a month, two days later, and after as many denials as the volume says', () => {
    expect(lastDays(10, 'hits', [0, 31, 40])).toEqual([undefined, undefined, 42]);
    expect(lastDays(3_000, 'hits', [0, 31, 40])).toEqual([undefined, undefined, 42]);
    expect(lastDays(10, 'denials', [0, 31, 40])).toEqual([undefined, undefined, 42]);
    expect(lastDays(3_000, 'denials', [41, 45, 49, 53, 57, 61])).toEqual([...Array.from({ length: 5 }), 63]);
    const watching = watchingOf({ human: HUMAN, honest: {}, canaries: nothing, denials: nothing });
    expect(watching.lastDay(0, { leads: 10, hits: 2, denials: 0 })).toBe(2);
  });

  it('knows of the owner what the one lead by lead knows, and is right about an honest one', () => {
    expect(world.watch).toMatchObject({ human: ownMaker(WATCHED).human, honest: honestNotices(figuresOf(host)) });
    const { watch } = world;
    expect(watch !== undefined && 'honest' in watch && watch.honest).toEqual({ denial: hitsLater(watch as HumanWatch).honest });
  });

  it('sees what the exact simulation has to be seen', () => {
    const { watch } = world;
    if (watch === undefined) throw new Error('a watched mode without a watch');
    // Half of the canaries are visible to everybody, as minors and the dead are; a fifth of all are customers, of whom one in twenty denies.
    expect(hitsAtOnce(watch).scanned).toBeCloseTo(0.0025 / (1 - VISIBLY_NO_APPLICANTS), 9);
    const population = new Population(COUNTRY, 1);
    const asked = Array.from({ length: 300_000 }, (_, n) => n * 23).filter((n) => !population.register.isVisiblyNoApplicant(n));
    expect(asked.filter((n) => population.isCanary(n)).length / asked.length).toBeCloseTo(hitsAtOnce(watch).scanned, 3);
    expect(hitsLater(watch).scanned).toBeCloseTo(0.01, 9);
    expect(hitsAtOnce(watch).honest).toBe(0);
  });

  it.each([20, 300])('leaves a scanner as much as the one lead by lead does, in a host of %i a day', (leadsPerDay) => {
    const here = { ...settings, host: { ...host, leadsPerDay } };
    const policy: ScanPolicy = { from: 0, perDay: 10, reserve: 0, cover: 'nothing', covered: 0 };
    const plan: Plan = { ...planOf('rogue system'), order: 'random', rate: { perDay: 10, reserve: 0 } };
    const model = new CountModel(countedWorld(here, WATCHED));
    const counted = SEEDS.flatMap((seed) => [0, 1_000, 2_000, 3_000].map((more) => model.run(seed + more, DAYS, policy).persons));
    const exact = [0, 100].flatMap((more) =>
      SEEDS.map((seed) => new Run(ownMaker(WATCHED), plan, { ...here, seed: seed + more }).run().scan.persons),
    );
    expect(apart(exact, counted)).toBeLessThan(4);
    const unwatched = new CountModel(countedWorld(here, INSTANT)).run(1, DAYS, policy).persons;
    expect(mean(counted)).toBeLessThan(0.7 * unwatched);
  });
});
