import { Chance } from '../../src/simulation/chance.js';
import { COUNTRY, Population } from '../../src/simulation/population.js';

const SEED = 20261123;
const population = new Population(COUNTRY, SEED);
const of = (count: number, has: (person: number) => boolean): number =>
  Array.from({ length: count }, (_, n) => n).filter(has).length / count;

describe(`the population of the league (seed ${SEED})`, () => {
  it('has as many customers, locked customers and canaries as it was told', () => {
    expect(of(200_000, (n) => population.isCustomer(n))).toBeCloseTo(COUNTRY.customerShare, 2);
    expect(of(200_000, (n) => population.isLocked(n))).toBeCloseTo(COUNTRY.customerShare * COUNTRY.lockedShare, 3);
    expect(of(200_000, (n) => population.isCanary(n))).toBeCloseTo(COUNTRY.canaryShare, 3);
  });

  it('shows a scanner a part of the canaries, and none that is no canary', () => {
    const visible = Array.from({ length: 200_000 }, (_, n) => n).filter((n) => population.isVisibleCanary(n));
    expect(visible.length / 200_000).toBeCloseTo(COUNTRY.canaryShare * COUNTRY.visibleCanaryShare, 3);
    expect(visible.every((n) => population.isCanary(n))).toBe(true);
  });

  it('is the same at each asking, and another one with another seed', () => {
    const again = new Population(COUNTRY, SEED);
    const other = new Population(COUNTRY, SEED + 1);
    const same = (one: Population): number => of(10_000, (n) => one.isCustomer(n) === population.isCustomer(n));
    expect(same(again)).toBe(1);
    expect(same(other)).toBeLessThan(0.75);
  });

  it('makes who is a customer tell nothing of who is a canary', () => {
    const canaries = Array.from({ length: 400_000 }, (_, n) => n).filter((n) => population.isCanary(n));
    expect(canaries.filter((n) => population.isCustomer(n)).length / canaries.length).toBeCloseTo(COUNTRY.customerShare, 1);
  });

  it('sends an honest partner no canary as an applicant', () => {
    const chance = new Chance(SEED, 'applicants');
    const applicants = Array.from({ length: 20_000 }, (_, n) => population.applicant(chance, n % 2 === 0));
    expect(applicants.some((n) => population.isCanary(n))).toBe(false);
    expect(applicants.every((person, n) => population.isCustomer(person) === (n % 2 === 0))).toBe(true);
  });
});
