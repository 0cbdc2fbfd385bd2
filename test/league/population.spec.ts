import { isVisible } from '../../src/modules/canaries/canary.events.js';
import { Chance } from '../../src/simulation/chance.js';
import { COUNTRY, Population } from '../../src/simulation/population.js';

const SEED = 20261123;
const population = new Population(COUNTRY, SEED);
const { places, households } = population.register;
/** From all over the country, at no regular distance. */
const sample = (count: number): readonly number[] => {
  const step = Math.floor(COUNTRY.size / count);
  return Array.from({ length: count }, (_, n) => n * step + ((n * 7_919) % step));
};
const share = (all: readonly number[], has: (person: number) => boolean): number => all.filter(has).length / all.length;
const of = (count: number, has: (person: number) => boolean): number => share(sample(count), has);

describe(`the population of the league (seed ${SEED})`, () => {
  it('has as many customers, locked customers and canaries as it was told', () => {
    expect(of(200_000, (n) => population.isCustomer(n))).toBeCloseTo(COUNTRY.customerShare, 2);
    expect(of(200_000, (n) => population.isLocked(n))).toBeCloseTo(COUNTRY.customerShare * COUNTRY.lockedShare, 3);
    expect(of(200_000, (n) => population.isCanary(n))).toBeCloseTo(COUNTRY.canaryShare, 3);
  });

  it.each([0.01, 0.05, 0.5, 0.9])(
    'has a share of %d customers in the whole country, whatever it is from place to place',
    (customerShare) => {
      const other = new Population({ ...COUNTRY, customerShare }, SEED);
      const missedBy = of(100_000, (n) => other.isCustomer(n)) - customerShare;
      expect(Math.abs(missedBy)).toBeLessThan(4 * Math.sqrt((customerShare * (1 - customerShare)) / 100_000));
    },
  );

  it('has more customers where the bank has a branch', () => {
    const all = sample(200_000);
    const near = all.filter((person) => places.hasBranch(places.of(person)));
    const far = all.filter((person) => !places.hasBranch(places.of(person)));
    expect(near.length / all.length).toBeGreaterThan(0.5);
    expect(share(near, (n) => population.isCustomer(n))).toBeGreaterThan(2 * share(far, (n) => population.isCustomer(n)));
    const largest = Array.from({ length: places.count }, (_, n) => n).toSorted(
      (one, other) => inhabitants(other) - inhabitants(one),
    )[0] as number;
    const [first, end] = places.boundsOf(largest);
    const inside = Array.from({ length: 20_000 }, (_, n) => first + ((n * 17) % (end - first)));
    expect(Math.abs(share(inside, (n) => population.isCustomer(n)) - places.customerShareOf(largest))).toBeLessThan(0.02);
  });

  it('has families at one bank more often than neighbours', () => {
    const heads = sample(100_000).filter((n) => households.of(n) === n && households.sizeOf(n) > 1 && population.isCustomer(n));
    const family = share(heads, (head) => population.isCustomer(head + 1));
    const neighbours = share(heads, (head) => population.isCustomer(head + 100));
    expect(family).toBeGreaterThan(1.8 * neighbours);
    expect(family).toBeLessThan(0.7);
    expect(neighbours).toBeGreaterThan(COUNTRY.customerShare);
  });

  it('shows a scanner those of whom everybody can see that nobody has them as an applicant: minors and the deceased', () => {
    const visibly = (person: number): boolean => population.register.isVisiblyNoApplicant(person);
    expect(of(100_000, visibly)).toBeCloseTo(0.21, 1);
    expect(Math.abs(of(100_000, visibly) - 0.21)).toBeLessThan(0.015);
    expect(of(200_000, (n) => population.isVisibleCanary(n))).toBeCloseTo(COUNTRY.canaryShare * COUNTRY.visibleCanaryShare, 3);
    const canaries = sample(200_000).filter((n) => population.isCanary(n));
    expect(canaries.every((n) => population.isVisibleCanary(n) === visibly(n))).toBe(true);
  });

  it('has canaries of four kinds, each what its kind says', () => {
    const { births } = population.register;
    const kinds = new Map(sample(400_000).map((person) => [person, population.canaryKind(person)] as const));
    const ofKind = (wanted: string): readonly number[] => [...kinds].flatMap(([person, kind]) => (kind === wanted ? [person] : []));
    expect(ofKind('minor').length).toBeGreaterThan(500);
    expect(ofKind('deceased').length).toBeGreaterThan(10);
    expect(ofKind('staff').length).toBeGreaterThan(500);
    expect(ofKind('locked').length).toBeGreaterThan(20);
    expect(ofKind('minor').every((n) => births.isMinor(n))).toBe(true);
    expect(ofKind('deceased').every((n) => population.register.isDeceased(n) && !births.isMinor(n))).toBe(true);
    expect(ofKind('locked').every((n) => population.isLocked(n))).toBe(true);
    expect([...kinds].every(([n, kind]) => population.isVisibleCanary(n) === (kind !== undefined && isVisible(kind)))).toBe(true);
  });

  it('has none where none are wanted', () => {
    const without = new Population({ ...COUNTRY, canaryShare: 0, lockedShare: 0 }, SEED);
    expect(of(50_000, (n) => without.isCanary(n) || without.isLocked(n))).toBe(0);
  });

  it('is the same at each asking, and another one with another seed', () => {
    const again = new Population(COUNTRY, SEED);
    const other = new Population(COUNTRY, SEED + 1);
    const same = (one: Population): number => of(10_000, (n) => one.isCustomer(n) === population.isCustomer(n));
    expect(same(again)).toBe(1);
    expect(same(other)).toBeLessThan(0.75);
  });

  it('makes who is a customer tell nothing of who is a canary', () => {
    const canaries = sample(400_000).filter((n) => population.isCanary(n));
    expect(share(canaries, (n) => population.isCustomer(n))).toBeCloseTo(COUNTRY.customerShare, 1);
  });

  it('sends an honest partner nobody as an applicant who is a canary, a minor or dead', () => {
    const chance = new Chance(SEED, 'applicants');
    const applicants = Array.from({ length: 20_000 }, (_, n) => population.applicant(chance, n % 2 === 0));
    expect(applicants.some((n) => population.isCanary(n))).toBe(false);
    expect(applicants.some((n) => population.register.isVisiblyNoApplicant(n))).toBe(false);
    expect(applicants.every((person, n) => population.isCustomer(person) === (n % 2 === 0))).toBe(true);
  });
});

function inhabitants(municipality: number): number {
  const [first, end] = places.boundsOf(municipality);
  return end - first;
}
