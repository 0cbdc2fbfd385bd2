import { arrivalOf } from '../../src/simulation/arrival.js';
import { Chance } from '../../src/simulation/chance.js';
import { COUNT, countInterval, DIFFERENCE, estimateOf, rateOf, SHARE, studentQuantile } from '../../src/simulation/interval.js';
import { differences, summarise, worstOf } from '../../src/simulation/summary.js';
import { aRun } from './made-up-runs.js';

const SEED = Number(process.env['SEED'] ?? 20261123);

describe('an interval of a mean', () => {
  it("has Student's quantiles, as the tables have them", () => {
    const table = { 1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 9: 2.2622, 29: 2.0452, 30: 2.0423, 120: 1.9799 };
    for (const [degrees, t] of Object.entries(table)) expect(studentQuantile(Number(degrees))).toBeCloseTo(t, 4);
  });

  it('is the one worked out by hand', () => {
    // Mean 3, s² = 10 / 4, so s/√n = √0.5, and t with 4 degrees is 2.7764.
    const { mean, interval } = estimateOf([1, 2, 3, 4, 5], COUNT);
    expect(mean).toBe(3);
    expect(interval?.low).toBeCloseTo(3 - 2.7764 * Math.SQRT1_2, 3);
    expect(interval?.high).toBeCloseTo(3 + 2.7764 * Math.SQRT1_2, 3);
  });

  it('is not there for one run, and does not leave what a figure can be', () => {
    expect(estimateOf([7], COUNT)).toEqual({ mean: 7 });
    expect(estimateOf([0, 1], SHARE)).toEqual({ mean: 0.5, interval: { low: 0, high: 1 } });
    expect(estimateOf([50, 50, 50], COUNT)).toEqual({ mean: 50, interval: { low: 50, high: 50 } });
  });

  it.each([3, 5, 20])('holds a normal mean in 95 of 100 cases, with %i seeds', (runs) => {
    const chance = new Chance(SEED, `normal ${runs}`);
    expect(coverage(runs, 0, () => normal(chance))).toBeCloseTo(0.95, 1.7);
  });

  it('holds a mean as skewed as a waiting time in 88 of 100 cases or more, with ten seeds', () => {
    const chance = new Chance(SEED, 'exponential');
    expect(coverage(10, 1, () => chance.wait(1, 100))).toBeGreaterThan(0.88);
  });

  function coverage(runs: number, truth: number, draw: () => number): number {
    const trials = 4_000;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { interval } = estimateOf(Array.from({ length: runs }, draw), DIFFERENCE);
      if (interval !== undefined && interval.low <= truth && truth <= interval.high) held += 1;
    }
    process.stdout.write(`seed ${SEED}: an interval of ${runs} runs held the truth in ${((100 * held) / trials).toFixed(1)} %\n`);
    return held / trials;
  }

  /** Box and Muller. */
  function normal(chance: Chance): number {
    return Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
  }
});

describe('an interval of a rate', () => {
  it('has the limits of a Poisson count, as the tables have them', () => {
    for (const [count, low, high] of [
      [0, 0, 3.6889],
      [1, 0.0253, 5.5716],
      [10, 4.7954, 18.3904],
      [100, 81.364, 121.627],
    ] as const) {
      expect(countInterval(count).low).toBeCloseTo(low, 3);
      expect(countInterval(count).high).toBeCloseTo(high, 3);
    }
  });

  it('does not promise that there never is one because there was none', () => {
    const { mean, interval } = rateOf([0, 0, 0, 0, 0], 4) ?? { mean: Number.NaN };
    expect(mean).toBe(0);
    expect(interval?.low).toBe(0);
    expect(interval?.high).toBeCloseTo(3.6889 / 20, 4);
  });

  it('is as wide as the runs differ, where they differ more than by chance alone', () => {
    const { interval } = rateOf([0, 0, 40, 0, 0], 1) ?? {};
    expect(interval?.low).toBe(0);
    expect(interval?.high).toBeCloseTo(8 + 2.7764 * 8, 2);
  });

  it('is not there where nobody could have been noticed', () => {
    expect(rateOf([0, 0], 0)).toBeUndefined();
  });

  it('holds a rare rate in 95 of 100 cases or more', () => {
    const chance = new Chance(SEED, 'poisson');
    let held = 0;
    for (let trial = 0; trial < 2_000; trial++) {
      const { interval } =
        rateOf(
          [0, 0, 0, 0, 0].map(() => chance.count(0.3)),
          1,
        ) ?? {};
      if (interval !== undefined && interval.low <= 0.3 && 0.3 <= interval.high) held += 1;
    }
    process.stdout.write(`seed ${SEED}: an interval of rare notices held the truth in ${(held / 20).toFixed(1)} %\n`);
    expect(held / 2_000).toBeGreaterThan(0.94);
  });
});

describe('when something happened first', () => {
  it('counts a run without it as later than all others', () => {
    expect(arrivalOf([100, undefined, 300])).toMatchObject({ runs: 3, happened: 2, median: 300 });
  });

  it('has no median where half of the runs went without', () => {
    const arrival = arrivalOf([100, undefined, 300, undefined]);
    expect(arrival).not.toHaveProperty('median');
    expect(arrival).toMatchObject({ happened: 2, ofThese: { mean: 200 } });
    expect(arrivalOf([undefined])).toEqual({ runs: 1, happened: 0 });
  });

  it('has the interval of a median that order statistics give, from six runs on', () => {
    expect(arrivalOf([1, 2, 3, 4, 5])).not.toHaveProperty('interval');
    // Six: 2 · (½)⁶ = 3.1 % lie outside. Ten: the second and the ninth, 2 · 11 / 1024 = 2.1 % outside.
    expect(arrivalOf([6, 5, 4, 3, 2, 1]).interval).toEqual({ low: 1, high: 6 });
    expect(arrivalOf([1, 2, 3, 4, 5, 6, 7, 8, undefined, undefined]).interval).toEqual({ low: 2, high: Number.POSITIVE_INFINITY });
  });
});

describe('a summary', () => {
  const seeds = [1, 2, 3];

  it('has one entry for each defence and adversary, with the mean of each figure over its seeds', () => {
    const runs = seeds.flatMap((seed) => [
      aRun({ seed, scan: { persons: 40 + 10 * (seed - 1), mules: seed }, honest: { refused: 10 * seed, slowed: 5 } }),
      aRun({ seed, adversary: 'shells' }),
    ]);
    const [first, second] = summarise(runs);
    expect(first).toMatchObject({ defence: 'instant', adversary: 'blatant', days: 365, seeds: 3 });
    expect(first?.persons.mean).toBe(50);
    // s = 10, t with 2 degrees is 4.3027: 50 ± 24.84.
    expect(first?.persons.interval?.low).toBeCloseTo(25.16, 2);
    expect(first?.refusedShare.mean).toBeCloseTo(0.02);
    expect(first?.slowedShare.mean).toBeCloseTo(0.005);
    expect(first?.mules.mean).toBe(2);
    expect(second).toMatchObject({ adversary: 'shells', seeds: 3 });
  });

  it('tells what the honest pay for a defence from what a scanner takes away from its host', () => {
    const undisturbed = { leads: 100, refused: 1, slowed: 1 };
    const [summary] = summarise([aRun({ honest: { undisturbed, crowdedOut: { leads: 50, refused: 10, slowed: 2 }, strictDays: 7 } })]);
    expect(summary?.refusedShare.mean).toBe(0.01);
    expect(summary?.slowedShare.mean).toBe(0.01);
    expect(summary?.crowdedOutShare.mean).toBe(0.2);
    expect(summary?.strictDays.mean).toBe(7);
  });

  it('makes a rate of the notices of a short run, and leaves what was learned as it is', () => {
    const [of] = summarise(seeds.map((seed) => aRun({ seed, days: 73, honest: { notices: 2, owners: 5 } })));
    // Two in five owners' fifth of a year.
    expect(of?.noticesPerOwnerYear?.mean).toBeCloseTo(2);
    expect(of?.persons.mean).toBe(50);
    expect(of?.days).toBe(73);
  });

  it('says in how many runs nobody noticed', () => {
    const [of] = summarise([aRun({ scan: { untilNotice: 90 } }), aRun({ seed: 2 }), aRun({ seed: 3 })]);
    expect(of?.untilNotice).toMatchObject({ runs: 3, happened: 1 });
    expect(of?.untilNotice).not.toHaveProperty('median');
    expect(of?.untilStop).toEqual({ runs: 3, happened: 0 });
  });

  it('refuses a seed that was run twice, and lengths that differ', () => {
    expect(() => summarise([aRun(), aRun()])).toThrow('a seed of blatant before instant was run twice');
    expect(() => summarise([aRun(), aRun({ seed: 2, days: 30 })])).toThrow(RangeError);
    expect(() => summarise([aRun(), aRun({ seed: 2, honest: { owners: 5 } })])).toThrow(RangeError);
  });

  it('names the worst adversary of each defence', () => {
    const of = summarise([
      aRun({ scan: { persons: 5, bits: 90 } }),
      aRun({ adversary: 'shells', scan: { persons: 9, bits: 8 } }),
      aRun({ defence: 'blind', adversary: 'shells', scan: { persons: 0, bits: 0 } }),
    ]);
    expect(worstOf(of).map(({ defence, adversary }) => [defence, adversary])).toEqual([
      ['instant', 'shells'],
      ['blind', 'shells'],
    ]);
    expect(worstOf(of, 'bits')[0]?.adversary).toBe('blatant');
  });
});

describe('the difference of two defences', () => {
  it('is taken seed by seed, so that what both share cancels out', () => {
    const runs = [1, 2, 3, 4].flatMap((seed) => [
      aRun({ seed, defence: 'throttle', scan: { persons: 1_000 * seed + 7 } }),
      aRun({ seed, scan: { persons: 1_000 * seed } }),
    ]);
    const [apart] = summarise(runs);
    expect(apart?.persons.interval?.low).toBeLessThan(500);
    const [difference] = differences(runs, { one: 'throttle', other: 'instant', figure: 'persons' });
    expect(difference).toMatchObject({ adversary: 'blatant', pairs: 4, unpaired: 0, mean: 7, interval: { low: 7, high: 7 } });
  });

  it('is not taken between a month and a year', () => {
    const runs = [aRun({ defence: 'throttle', days: 30 }), aRun()];
    expect(differences(runs, { one: 'throttle', other: 'instant', figure: 'persons' })).toEqual([]);
  });

  it('says how many runs had no partner, and is not there without a pair', () => {
    const runs = [
      aRun({ seed: 1, defence: 'throttle', scan: { persons: 10 } }),
      aRun({ seed: 2, defence: 'throttle' }),
      aRun({ seed: 1, scan: { persons: 4 } }),
      aRun({ seed: 1, defence: 'throttle', adversary: 'shells' }),
    ];
    const found = differences(runs, { one: 'throttle', other: 'instant', figure: 'persons' });
    const compared = { figure: 'persons', adversary: 'blatant', one: 'throttle', other: 'instant', model: 'exact' };
    expect(found).toEqual([{ ...compared, pairs: 1, unpaired: 1, mean: 6 }]);
  });
});
