import type { Terms } from '../../src/modules/owners/terms.js';
import { Chance } from '../../src/simulation/chance.js';
import { CountModel, type ScanPolicy } from '../../src/simulation/count-model.js';
import { leftByGate } from '../../src/simulation/gate-leaves.js';
import { type HonestBusiness, leadsOn, ORDINARY } from '../../src/simulation/honest.js';
import { termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';

const SEED = 3;
const YEAR = 365;
const business: HonestBusiness = { ...ORDINARY, leadsPerDay: 300, course: 'steady', mistyped: 0, returning: 0, agents: 5 };
const honestLeads = Array.from({ length: YEAR }, (_, day) => leadsOn(day, business)).reduce((sum, each) => sum + each, 0);
const terms = termsUnder('instant', business);
const WHATEVER_IS_LEFT: ScanPolicy = { from: 0, perDay: Infinity, reserve: 10 * business.leadsPerDay, cover: 'nothing', covered: 0 };

/** Persons in each of three years. */
function years(under: Terms): readonly number[] {
  const model = new CountModel({ business, terms: under, population: COUNTRY });
  const until = [1, 2, 3].map((year) => model.run(SEED, year * YEAR, WHATEVER_IS_LEFT).scanned);
  return until.map((persons, year) => persons - (until[year - 1] ?? 0));
}

/** Terms under which the machine may raise what a conversion earns, along a pool's acknowledged share. */
function along(share: number, sigma: number, claimed = terms): Terms {
  return { ...claimed, figures: { ...business, ...claimed.figures, acknowledgedBaseline: { share, sigma } } };
}

describe(`what the gate leaves to a scanner inside an honest partner, seed ${SEED}`, () => {
  it('is the capital once, and the margin each year', () => {
    const { once, perLead, perLeadRaised, margin } = leftByGate(terms, business, YEAR);
    const [first = 0, second = 0, third = 0] = years(terms);
    expect(once).toBe(terms.capital);
    expect(perLead).toBeCloseTo(0.05, 2);
    expect(perLeadRaised).toBe(perLead);
    expect((second + third) / (2 * margin)).toBeGreaterThan(0.85);
    expect((second + third) / (2 * margin)).toBeLessThan(1.15);
    // Ten days of leads are kept back, and what conversions and acknowledgements are going to earn is on its way.
    expect(first).toBeLessThan(once + margin);
    expect(first).toBeGreaterThan(once + margin - 25 * business.leadsPerDay);
  });

  it('is no more after two years where the machine may raise the terms along a pool’s baseline', () => {
    for (const pool of [along(0.15, 0.005), along(0.15, 0.02), along(0.13, 0.02)]) {
      const { perLead, perLeadRaised } = leftByGate(pool, business, YEAR);
      expect(perLeadRaised).toBe(perLead);
      const [, , third = 0] = years(pool);
      expect(third / (perLeadRaised * honestLeads)).toBeGreaterThan(0.75);
      expect(third / (perLeadRaised * honestLeads)).toBeLessThan(1.3);
    }
  });

  it('is what can be thinned out unseen where more acknowledge than was agreed, and than in the pool', () => {
    const claimed = along(0.12, 0.005, termsUnder('instant', { ...business, acknowledgedShare: 0.4 }));
    const { perLeadRaised } = leftByGate(claimed, business, YEAR);
    expect(perLeadRaised).toBeCloseTo(0.05 + 1.05 * 0.25, 3);
    const [, , third = 0] = years(claimed);
    expect(third / (perLeadRaised * honestLeads)).toBeGreaterThan(0.75);
    expect(third / (perLeadRaised * honestLeads)).toBeLessThan(1.25);
  });

  it('is not more by going about it another way: slower, later, in bouts of all that is left, under whatever cover', () => {
    const chance = new Chance(SEED, 'ways');
    const model = new CountModel({ business, terms: along(0.15, 0.02), population: COUNTRY });
    const { once, margin } = leftByGate(terms, business, 3 * YEAR);
    const ways = Array.from({ length: 40 }, (): ScanPolicy => ({
      from: chance.below(2 * YEAR),
      perDay: chance.happens(0.3) ? Infinity : chance.below(business.leadsPerDay / 2),
      reserve: chance.below(25) * business.leadsPerDay,
      cover: (['nothing', 'withdraw', 'create'] as const)[chance.below(3)] ?? 'nothing',
      covered: chance.below(100) / 100,
    }));
    expect(ways.filter((way) => model.run(SEED, 3 * YEAR, way).scanned > once + 1.2 * margin)).toEqual([]);
  });
});
