import { Chance } from '../../src/simulation/chance.js';
import { type Course, type HonestBusiness, HonestPartner, ORDINARY } from '../../src/simulation/honest.js';
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
  ])('goes through the year as %s do', (course, figure, expected) => {
    const { days } = yearOf({ course, leadsPerDay: 400 });
    const perDay = days.map(({ length }) => length / 400);
    expect(figure(perDay)).toBeCloseTo(expected, 0);
  });

  it('sees some applicants again, where some return', () => {
    const persons = yearOf({ returning: 0.1 }).all.map(({ applicant }) => applicant.person);
    expect(1 - new Set(persons).size / persons.length).toBeCloseTo(0.1, 1);
  });

  it('is the same with the same seed, whatever else is thrown for', () => {
    expect(yearOf().days.slice(0, 5)).toEqual(yearOf().days.slice(0, 5));
  });
});
