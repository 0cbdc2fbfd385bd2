import type { Terms } from '../../src/modules/owners/terms.js';
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

describe(`what the gate leaves to a scanner inside an honest partner, seed ${SEED}`, () => {
  it('is the capital and the bonus once, and the margin each year', () => {
    const { once, perLead, perLeadRaised, margin } = leftByGate(terms, business, YEAR);
    const [first = 0, second = 0, third = 0] = years(terms);
    expect(perLead).toBeCloseTo(0.05, 2);
    expect(perLeadRaised).toBe(perLead);
    expect((second + third) / (2 * margin)).toBeGreaterThan(0.85);
    expect((second + third) / (2 * margin)).toBeLessThan(1.15);
    // Ten days of leads are kept back, and what conversions and acknowledgements are going to earn is on its way.
    expect(first).toBeLessThan(once + margin);
    expect(first).toBeGreaterThan(once + margin - 25 * business.leadsPerDay);
  });

  it('is many times the margin after two years where the machine may raise the terms along a pool’s baseline', () => {
    for (const sigma of [0.005, 0.02]) {
      const raised = { ...terms, figures: { ...business, acknowledgedBaseline: { share: 0.15, sigma } } };
      const { perLeadRaised } = leftByGate(raised, business, YEAR);
      const [, , third = 0] = years(raised);
      expect(third / (perLeadRaised * honestLeads)).toBeGreaterThan(0.75);
      expect(third / (perLeadRaised * honestLeads)).toBeLessThan(1.25);
    }
  });
});
