import type { Terms } from '../../src/modules/owners/terms.js';
import { type CountedRun, CountModel } from '../../src/simulation/count-model.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import { termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';

const SEEDS = [1, 2, 3, 4];
const THREE_YEARS = 3 * 365;
/** Leads refused, of all that an honest partner wished to open. */
const BEARABLE = 0.001;

interface Drift {
  readonly leadsPerDay: number;
  /** Share of the conversion that is left a year later. */
  readonly kept: number;
  readonly acknowledgedShare?: number;
}

/** Three years of an honest partner whose conversions drift, beside a pool in which 15 % of the leads are acknowledged. */
function lived({ leadsPerDay, kept, acknowledgedShare = 0.5 }: Drift, baseline: boolean, seeds = SEEDS): readonly CountedRun[] {
  const business: HonestBusiness = { ...ORDINARY, acknowledgedShare, leadsPerDay, course: 'steady', returning: 0, agents: 5 };
  const terms: Terms = termsUnder('instant', business);
  const figures = { ...business, ...terms.figures, ...(baseline && { acknowledgedBaseline: { share: 0.15, sigma: 0.015 } }) };
  const model = new CountModel({ business, terms: { ...terms, figures }, population: COUNTRY, conversionKept: kept });
  return seeds.map((seed) => model.run(seed, THREE_YEARS));
}

function refusedShare(runs: readonly CountedRun[]): number {
  return Math.max(...runs.map(({ refused, leads }) => refused / leads));
}

describe(`an honest partner whose conversions drift for three years, seeds ${SEEDS.join(', ')}`, () => {
  const drifts: readonly Drift[] = [15, 50, 300].flatMap((leadsPerDay) => [1, 0.9, 0.8].map((kept) => ({ leadsPerDay, kept })));

  it.each(drifts)('has next to no lead refused, because the machine raises what a conversion earns: %o', (drift) => {
    expect(refusedShare(lived(drift, true))).toBeLessThanOrEqual(BEARABLE);
  });

  // A limit of what few leads can say, on record.
  it('gets stuck now and then with ten leads a day, of whose conversions a fifth goes each year', () => {
    const seeds = Array.from({ length: 40 }, (_, n) => n + 1);
    const stuck = lived({ leadsPerDay: 10, kept: 0.8 }, true, seeds).filter((run) => refusedShare([run]) > BEARABLE);
    expect(stuck.length).toBeLessThanOrEqual(seeds.length / 10);
    const slower = lived({ leadsPerDay: 10, kept: 0.9 }, true, seeds);
    expect(refusedShare(slower)).toBeLessThanOrEqual(BEARABLE);
  });

  it('has many refused where there is no baseline, and the human who is asked does nothing', () => {
    const runs = lived({ leadsPerDay: 50, kept: 0.8 }, false);
    expect(refusedShare(runs)).toBeGreaterThan(0.2);
    expect(Math.min(...runs.map(({ reviews }) => reviews))).toBeGreaterThan(6);
  });

  it('comes before a human, month after month, where fewer acknowledge than in the pool', () => {
    const runs = lived({ leadsPerDay: 300, kept: 0.9, acknowledgedShare: 0.45 }, true);
    expect(Math.min(...runs.map(({ reviews }) => reviews))).toBeGreaterThan(6);
  });
});
