import { leftByGate } from '../../src/simulation/gate-leaves.js';
import { ORDINARY } from '../../src/simulation/honest.js';
import { distances } from '../../src/simulation/law-distance.js';
import { DEFENCES, figuresOf, type LeagueSettings } from '../../src/simulation/league.js';
import { termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { aRun } from './made-up-runs.js';

const settings: LeagueSettings = { days: 365, population: COUNTRY, host: ORDINARY, others: [] };
const peer = DEFENCES.at(-1)?.name ?? '';
const runs = (defence: string, adversary: string, ...persons: readonly number[]) =>
  persons.map((count, n) => aRun({ defence, adversary, seed: n + 1, scan: { persons: count } }));

describe('how far a defence is from what the law leaves', () => {
  it('is persons measured in exact runs, over what the gate’s formula says of its terms', () => {
    const { once, margin } = leftByGate(termsUnder('instant', figuresOf(ORDINARY)), ORDINARY, 365);
    const leaves = once + margin;
    const [found] = distances(settings, runs('instant', 'skimmer', 0.4 * leaves, 0.6 * leaves), 1);
    expect(found).toMatchObject({ defence: 'instant', adversary: 'skimmer', seeds: 2, model: 'exact' });
    expect(found?.own).toMatchObject({ leaves, model: 'formula', ratio: { mean: expect.closeTo(0.5, 9) as number } });
    expect(found?.own?.ratio?.interval?.high).toBeGreaterThan(0.5);
  });

  it('is of a human who reads no more than two hits, and of a mode that tells nothing nobody at all', () => {
    const found = distances(
      settings,
      [...runs('instant, watched', 'skimmer', 80), ...runs('blind', 'skimmer', 0), ...runs('proof', 'skimmer', 0)],
      1,
    );
    const [watched, blind, proof] = found;
    // Hidden canaries and denials together are hit by one in 76.
    expect(watched?.own?.leaves).toBeCloseTo(152, 0);
    expect(watched?.own?.ratio?.mean).toBeCloseTo(80 / 152, 2);
    for (const each of [blind, proof]) expect(each?.own).toEqual({ leaves: 0, model: 'formula' });
  });

  it('is of a human three hundred persons in a host of 3,000 a day, of which more denials are honest, and as many again of each owner', () => {
    const leaves = (adversary: string, leadsPerDay: number): number | undefined =>
      distances({ ...settings, host: { ...ORDINARY, leadsPerDay } }, runs('instant, watched', adversary, 80), 1)[0]?.own?.leaves;
    expect(leaves('skimmer', 50)).toBeCloseTo(152, 0);
    expect(leaves('skimmer', 3_000)).toBeGreaterThan(300);
    expect(leaves('skimmer', 3_000)).toBeLessThan(400);
    expect(leaves('colluders', 50)).toBeCloseTo(3 * 152, -1);
  });

  it('has of an owner with two lines what the terms leave that it got for its claims', () => {
    const [found] = distances(settings, runs('instant', 'two lines', 20_000), 1);
    const does = { ...ORDINARY, conversion: 0.8, existingShare: 0.1 };
    const { once, margin } = leftByGate(termsUnder('instant', { ...figuresOf(does), conversion: 0.4, existingShare: 0.3 }), does, 365);
    expect(found?.own?.leaves).toBeCloseTo(once + margin, 6);
    expect(found?.own?.leaves).toBeGreaterThan(5 * leftByGate(termsUnder('instant', figuresOf(does)), does, 365).margin);
  });

  it('has the gate’s formula for who holds what the mode asks for, and the pool for owners of whom nothing is known', () => {
    const found = distances(
      settings,
      [...runs('proof', 'stolen secrets', 900), ...runs('instant', 'blatant', 50), ...runs('instant', 'nominees', 300)],
      1,
    );
    expect(found.find(({ defence }) => defence === 'proof')?.own?.leaves).toBeGreaterThan(1_000);
    // The worst of those with owners of their own.
    expect(
      found.filter(({ defence }) => defence === 'instant').map(({ adversary, own }) => [adversary, own?.leaves, own?.ratio?.mean]),
    ).toEqual([['nominees', 200, 1.5]]);
  });

  it('has for everybody what the best watch on the hidden canaries would leave, and no formula for what has no terms', () => {
    const found = distances(settings, [...runs(peer, 'skimmer', 80_000), ...runs('instant', 'skimmer', 800)], 1);
    // Two hits of one in 316.
    for (const { law } of found) expect(law.leaves).toBeCloseTo(632, 0);
    expect(found.map(({ defence, own }) => [defence, own === undefined])).toEqual([
      [peer, true],
      ['instant', false],
    ]);
    expect(found[0]?.law.ratio?.mean).toBeCloseTo(80_000 / 632, 0);
  });

  it('takes the worst of those who hide in an honest partner, the adaptive one besides, and leaves out who pays others for it', () => {
    const found = distances(
      settings,
      [
        ...runs('instant', 'rogue system', 500),
        ...runs('instant', 'skimmer', 800),
        ...runs('instant', 'mules', 5_000),
        ...runs('instant', 'accomplices', 9_000),
      ],
      1,
    );
    expect(found.map(({ adversary }) => adversary)).toEqual(['skimmer']);
  });
});
