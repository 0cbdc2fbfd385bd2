import { CountModel, type ScanPolicy } from '../../src/simulation/count-model.js';
import { Chance } from '../../src/simulation/chance.js';
import { leftByGate } from '../../src/simulation/gate-leaves.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import { termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { watchWithFalseAlarms } from '../../src/simulation/wire-watch.js';
import { worstCase } from '../../src/simulation/worst-case.js';

const SEED = 7;
const DAYS = 180;
const business: HonestBusiness = { ...ORDINARY, leadsPerDay: 20, course: 'steady', mistyped: 0, returning: 0, agents: 5 };
const terms = termsUnder('instant', business);
const gate = new CountModel({ business, terms, population: COUNTRY });
const NOTHING = [{ cover: 'nothing' }] as const;
const search = { days: DAYS, seeds: [SEED], rounds: 9, covers: NOTHING };

describe(`the search for the worst case, seed ${SEED}`, () => {
  it('finds what the gate alone leaves: the margin, and the capital', () => {
    const found = worstCase(gate, search);
    const { once, margin } = leftByGate(terms, business, DAYS);
    expect(found.gain / (once + margin)).toBeGreaterThan(0.9);
    expect(found.gain / (once + margin)).toBeLessThan(1.1);
    expect(worstCase(gate, search)).toEqual(found);
  });

  it('finds more than whoever is slow, late, or keeps back what ten days take', () => {
    const found = worstCase(gate, search);
    const known: ScanPolicy = { from: 0, perDay: Infinity, reserve: 10 * business.leadsPerDay, cover: 'nothing', covered: 0 };
    for (const policy of [known, { ...known, perDay: 1 }, { ...known, from: 120 }]) {
      expect(found.gain).toBeGreaterThan(gate.run(SEED, DAYS, policy).persons);
    }
  });

  it('finds that mules pay where they cost nothing, and not where each costs what ten persons are worth', () => {
    const covers = (persons: number) => [...NOTHING, { cover: 'mule', persons } as const];
    const free = worstCase(gate, { ...search, rounds: 7, covers: covers(0) });
    expect(free.policy.cover).toBe('mule');
    expect(free.persons).toBeGreaterThan(2 * worstCase(gate, search).persons);
    expect(worstCase(gate, { ...search, rounds: 7, covers: covers(10) }).mules).toBeLessThan(free.mules / 4);
  });

  it('finds less where a watch reads the hits of canaries', () => {
    const watch = watchWithFalseAlarms({ scanned: 0.005, honest: 1e-5 }, 0.01, 7_000_000, () => new Chance(SEED, 'threshold'));
    const watched = new CountModel({ business, terms, population: COUNTRY, watch });
    const seeds = Array.from({ length: 12 }, (_, n) => SEED + n);
    const found = worstCase(watched, { ...search, seeds, rounds: 6 });
    expect(found.gain).toBeLessThan(0.8 * worstCase(gate, search).gain);
    expect(found.caught).toBeGreaterThan(0);
  });

  it('comes to an end where mules cost so much that most policies lose thousands', () => {
    const world = { business: { ...ORDINARY, leadsPerDay: 50 }, terms: termsUnder('instant', ORDINARY), population: COUNTRY };
    const found = worstCase(new CountModel(world), { days: 90, seeds: [1], rounds: 8, covers: [{ cover: 'mule', persons: 10 }] });
    expect(found.gain).toBeGreaterThan(0);
  });
});
