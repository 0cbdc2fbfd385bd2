import { mean } from 'simple-statistics';
import { countedWorld } from '../../src/simulation/adaptive.js';
import { DAY, FIRST_DAY } from '../../src/simulation/calendar.js';
import { Chance } from '../../src/simulation/chance.js';
import { CountModel, type CountedRun, type ScanPolicy } from '../../src/simulation/count-model.js';
import type { Human } from '../../src/simulation/defence.js';
import { HonestPartner, ORDINARY } from '../../src/simulation/honest.js';
import { HUMAN } from '../../src/simulation/human.js';
import { type LeagueSettings, type OwnDefence, planOf } from '../../src/simulation/league.js';
import { ours } from '../../src/simulation/our-defence.js';
import { COUNTRY, Population } from '../../src/simulation/population.js';
import { recordedRun } from './recorded-run.js';

const YEAR = 365;
const WATCHED: OwnDefence = { mode: 'instant', isWatched: true };
/** Who acts on two denials, whatever the volume. */
const BLUNT: Human = { ...HUMAN, falseStops: Infinity };

const settings = (leadsPerDay: number, days = YEAR): LeagueSettings => {
  return { days, population: COUNTRY, host: { ...ORDINARY, leadsPerDay, agents: 50 }, others: [] };
};

/** Years in counts, before a human. */
function years(leadsPerDay: number, seeds: number, human: Human, policy?: ScanPolicy): readonly CountedRun[] {
  const world = countedWorld(settings(leadsPerDay), WATCHED);
  const { watch } = world;
  if (watch === undefined || !('human' in watch)) throw new Error('a watched mode without a human');
  const model = new CountModel({ ...world, watch: { ...watch, human } });
  return Array.from({ length: seeds }, (_, n) => model.run(n + 1, YEAR, policy));
}

describe('an honest owner of 3,000 leads a day before a human who reads canaries and denials', () => {
  it('is not stopped in a year, and none of its leads refused; it would be, were two denials enough', () => {
    const honest = years(3_000, 6, HUMAN);
    expect(honest.filter(({ caughtOn }) => caughtOn !== undefined)).toEqual([]);
    expect(Math.max(...honest.map(({ refused, leads }) => refused / leads))).toBeLessThan(0.001);
    const blunt = years(3_000, 3, BLUNT);
    expect(blunt.filter(({ caughtOn }) => caughtOn !== undefined).length).toBeGreaterThan(1);
  }, 120_000);

  const DAYS = 24;

  /** Of the first seed with which two customers deny by mistake early enough that somebody could act on it. */
  function seedWithDenials(): number {
    for (let seed = 1; seed <= 200; seed++) {
      const population = new Population(COUNTRY, seed);
      const partner = new HonestPartner(settings(3_000).host, population, new Chance(seed, 'honest 0'));
      const denials = Array.from({ length: DAYS - 6 }, (_, day) => partner.applicants(day)).flatMap((applicants, day) =>
        applicants.filter(({ after, applicant: { person, fate } }) => {
          const [wait, outcome] = fate.ifYes[0] ?? [];
          return outcome === 'denied' && population.isCustomer(person) && day * DAY + after + (wait ?? 0) < (DAYS - 6) * DAY;
        }),
      );
      if (denials.length >= 2) return seed;
    }
    throw new Error('nobody denies by mistake');
  }

  it('has none of its leads refused by the real deciders for denials that are mistakes', () => {
    const here = { ...settings(3_000, DAYS), seed: seedWithDenials() };
    const { result, happened } = recordedRun(ours('instant', true), planOf('nobody'), here);
    const denied = happened.filter(({ outcome }) => outcome === 'denied').map(({ at }) => (at - FIRST_DAY) / DAY);
    // Two within a month, and days left in which somebody could have acted on them.
    expect(denied[1]).toBeLessThan(DAYS - HUMAN.after - 1);
    expect(result.honest.notices).toBe(denied.length);
    expect(result.honest.refusals).toEqual({});
  }, 120_000);
});

describe('a scanner in a host of 3,000 leads a day', () => {
  const policy = (perDay: number): ScanPolicy => ({ from: 0, perDay, reserve: 0, cover: 'nothing', covered: 0 });

  it('is stopped all the same, after some 350 persons and the days that the human takes', () => {
    const runs = years(3_000, 6, HUMAN, policy(50));
    expect(runs.every(({ caughtOn }) => caughtOn !== undefined)).toBe(true);
    // Twice as many as in a small host, where two denials are enough.
    expect(mean(runs.map(({ persons }) => persons))).toBeGreaterThan(200);
    expect(mean(runs.map(({ persons }) => persons))).toBeLessThan(350 + 3 * 50 + 150);
  }, 120_000);

  it('gains nothing by leads that are to raise what is enough: each of them tells more than it adds', () => {
    const slow = mean(years(3_000, 4, HUMAN, policy(50)).map(({ persons }) => persons));
    const fast = years(3_000, 4, HUMAN, policy(3_000));
    // Whoever doubles the volume is noticed on the first day, and stopped on the third.
    expect(fast.map(({ caughtOn }) => caughtOn)).toEqual([2, 2, 2, 2]);
    expect(mean(fast.map(({ persons }) => persons))).toBeLessThan(3 * 3_000 + 1);
    expect(slow).toBeLessThan(1_000);
  }, 120_000);
});
