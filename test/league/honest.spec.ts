import { Chance } from '../../src/simulation/chance.js';
import { DAY, FIRST_DAY } from '../../src/simulation/calendar.js';
import { type Course, type HonestBusiness, HonestPartner, leadsOn, ORDINARY } from '../../src/simulation/honest.js';
import { HONEST } from '../../src/simulation/honest-cast.js';
import { COUNTRY, Population } from '../../src/simulation/population.js';

const SEED = 20261123;
const HOUR = 3_600_000;
const BUSINESS: HonestBusiness = { ...ORDINARY, leadsPerDay: 40, course: 'steady', returning: 0, agents: 4 };

function yearOf(change: Partial<HonestBusiness> = {}) {
  const population = new Population(COUNTRY, SEED);
  const partner = new HonestPartner({ ...BUSINESS, ...change }, population, new Chance(SEED, 'honest'));
  const days = Array.from({ length: 364 }, (_, day) => partner.applicants(day));
  const all = days.flat();
  const share = (has: (each: (typeof all)[number]) => boolean): number => all.filter(has).length / all.length;
  return { population, days, all, share };
}

describe(`an honest partner of the league (seed ${SEED})`, () => {
  it('has its leads, its customers, its conversions and its typing errors as agreed', () => {
    const { all, share, population } = yearOf();
    expect(all.length / (52 * (5 + 2 * 0.2)) / BUSINESS.leadsPerDay).toBeCloseTo(1, 1);
    expect(share(({ applicant }) => population.isCustomer(applicant.person))).toBeCloseTo(0.3, 1);
    expect(share(({ applicant }) => applicant.fate.ifNo.some(([, outcome]) => outcome === 'proved'))).toBeCloseTo(0.4, 1);
    expect(share(({ applicant }) => applicant.fate.ifYes.some(([, outcome]) => outcome === 'acknowledged'))).toBeCloseTo(0.5, 1);
    expect(share(({ applicant }) => !applicant.brings.name)).toBeCloseTo(0.01, 2);
  });

  it('has no applicant with a secret of the bank’s who is no customer', () => {
    const { all, population } = yearOf();
    const secrets = all.filter(({ applicant }) => applicant.brings.secret);
    expect(secrets.length).toBeGreaterThan(1_000);
    expect(secrets.every(({ applicant }) => population.isCustomer(applicant.person))).toBe(true);
  });

  it('works in the daytime, and at night where it has night shifts', () => {
    const atNight = ({ after }: { after: number }): boolean => after < 6 * HOUR;
    expect(yearOf().share(atNight)).toBe(0);
    expect(yearOf({ course: 'nights' }).share(atNight)).toBeCloseTo(0.5, 1);
  });

  it.each<[Course, (perDay: readonly number[]) => number, number]>([
    ['campaigns', (perDay) => perDay[1] as number, 2],
    ['growth', (perDay) => perDay.slice(-7).reduce((a, b) => a + b) / perDay.slice(0, 7).reduce((a, b) => a + b), 1.25 / 1],
    ['outage', (perDay) => perDay.slice(60, 63).reduce((a, b) => a + b), 0],
    ['holidays', (perDay) => perDay.slice(210, 231).reduce((a, b) => a + b), 0],
  ])('goes through the year as %s do', (course, figure, expected) => {
    const { days } = yearOf({ course, leadsPerDay: 400 });
    const perDay = days.map(({ length }) => length / 400);
    expect(figure(perDay)).toBeCloseTo(expected, 0);
  });

  it('has no more on a public holiday than on a Sunday', () => {
    const on = (date: string): number => leadsOn((Date.parse(date) - FIRST_DAY) / DAY, { leadsPerDay: 100, course: 'steady' });
    // A Wednesday, a Thursday that is 1 May, a Sunday.
    expect(['2025-04-30', '2025-05-01', '2025-05-04', '2026-01-01'].map(on)).toEqual([100, 20, 20, 20]);
  });

  it('goes from door to door: a neighbourhood a day, house by house', () => {
    const { days, share, population } = yearOf({ catchment: 'street by street' });
    const walks = days.map((day) => day.map(({ applicant }) => applicant.person)).filter(({ length }) => length > 1);
    expect(walks.every((walk) => walk.every((person, n) => n === 0 || person > (walk[n - 1] as number)))).toBe(true);
    const streets = walks.map((walk) => new Set(walk.map((person) => population.register.streetOf(person))).size / walk.length);
    expect(Math.max(...streets)).toBeLessThan(0.7);
    expect(new Set(walks.map(([first]) => population.register.streetOf(first as number))).size).toBeGreaterThan(200);
    // It looks like a register walk, and has the customers of an honest partner all the same.
    expect(share(({ applicant }) => population.isCustomer(applicant.person))).toBeCloseTo(0.3, 1);
  });

  it('has applicants who live near it, where it is a shop', () => {
    const { all, share, population } = yearOf({ catchment: 'neighbourhood' });
    const places = all.map(({ applicant }) => applicant.person);
    const middle = places.toSorted((one, other) => one - other)[Math.floor(places.length / 2)] as number;
    const near = (person: number): boolean => Math.abs(person - middle) < 60_000;
    expect(share(({ applicant }) => near(applicant.person))).toBeGreaterThan(0.9);
    expect(yearOf().share(({ applicant }) => near(applicant.person))).toBeLessThan(0.05);
    expect(share(({ applicant }) => population.isCustomer(applicant.person))).toBeCloseTo(0.3, 1);
  });

  it('has families that come together, as often as it was told and there are others to come', () => {
    const together = (families: number): number => {
      const { days, population } = yearOf({ families });
      const householdsOf = days.map((day) => day.map(({ applicant }) => population.register.households.of(applicant.person)));
      const pairs = householdsOf.flatMap((homes) => homes.slice(1).map((home, n) => home === homes[n]));
      return pairs.filter(Boolean).length / pairs.length;
    };
    expect(together(0)).toBeLessThan(0.001);
    expect(together(0.6)).toBeGreaterThan(0.1);
    expect(together(0.6)).toBeGreaterThan(2 * together(0.2));
  });

  it.each(HONEST.map((business) => [business.kind, business] as const))(
    'sends nobody who is a canary, a minor or dead: %s',
    (_kind, business) => {
      const { all, population } = yearOf(business);
      expect(all.length).toBeGreaterThan(300);
      expect(all.some(({ applicant }) => population.isCanary(applicant.person))).toBe(false);
      expect(all.some(({ applicant }) => population.register.isVisiblyNoApplicant(applicant.person))).toBe(false);
    },
  );

  it('is of many kinds: small ones, from one who converts a tenth to one who converts four fifths', () => {
    expect(new Set(HONEST.map(({ kind }) => kind)).size).toBe(HONEST.length);
    expect(HONEST.length).toBeGreaterThanOrEqual(8);
    const [conversions, existing] = [HONEST.map(({ conversion }) => conversion), HONEST.map(({ existingShare }) => existingShare)];
    expect([Math.min(...conversions), Math.max(...conversions)]).toEqual([0.1, 0.8]);
    expect([Math.min(...existing), Math.max(...existing)]).toEqual([0.05, 0.6]);
    expect(new Set(HONEST.map(({ course }) => course)).size).toBe(7);
    expect(HONEST.reduce((sum, { leadsPerDay }) => sum + leadsPerDay, 0)).toBeLessThan(100);
  });

  it('sees some applicants again, where some return', () => {
    const persons = yearOf({ returning: 0.1 }).all.map(({ applicant }) => applicant.person);
    expect(1 - new Set(persons).size / persons.length).toBeCloseTo(0.1, 1);
  });

  it('is the same with the same seed, whatever else is thrown for', () => {
    expect(yearOf().days.slice(0, 5)).toEqual(yearOf().days.slice(0, 5));
  });
});
