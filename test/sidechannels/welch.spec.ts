import { Chance } from '../simulation/chance.js';
import { withoutDrift } from './drift.js';
import { counting, type Figures, judge, outcomeOf, type Samples, type Verdict } from './verdict.js';
import { type Cropped, croppedWelch, largest, welch } from './welch.js';

describe('Welch’s t', () => {
  it('is that of the worked examples, with equal and with unequal variances and sizes', () => {
    // From "Welch's t-test" in Wikipedia, examples 1 and 2, which gives −2.46 and −1.57 for the first less the second.
    const equal = {
      first: [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4],
      second: [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4],
    };
    const unequal = {
      first: [17.2, 20.9, 22.6, 18.1, 21.7, 21.4, 23.5, 24.2, 14.7, 21.8],
      second: [21.5, 22.8, 21, 23, 21.6, 23.6, 22.5, 20.7, 23.4, 21.8, 20.7, 21.7, 21.5, 22.5, 23.6, 21.5, 22.5, 23.5, 21.5, 21.8],
    };
    expect(welch(equal.first, equal.second)).toBeCloseTo(2.455, 3);
    expect(welch(unequal.first, unequal.second)).toBeCloseTo(1.565, 3);
  });

  it('is 0 where nothing differs, and of a sample of one there is none', () => {
    expect(welch([1, 1, 1], [1, 1, 1])).toBe(0);
    expect(() => welch([1], [1, 2])).toThrow('variance');
  });

  it('on what lies below a percentile sees a small difference under the noise of the slow end, which is in both', () => {
    const chance = new Chance(1, 'samples');
    const noisy = (more: number): number[] =>
      Array.from({ length: 5_000 }, () => 1_000 + chance.between(0, 200) + more + (chance.happens(0.2) ? chance.exponential(50_000) : 0));
    const [first, again, second] = [noisy(0), noisy(0), noisy(20)];
    expect(Math.abs(welch(first, second))).toBeLessThan(4.5);
    expect(largest(croppedWelch(first, second))).toBeGreaterThan(4.5);
    expect(Math.abs(largest(croppedWelch(first, again)))).toBeLessThan(4.5);
  });
});

describe('samples without what was slow for all of them', () => {
  const chance = new Chance(3, 'drift');
  const kinds = Array.from({ length: 20_000 }, () => chance.below(3));
  /** A service that gets slower by as much again, with a wave of some thousands of requests on top. */
  const drifting = kinds.map((kind, n) => 1_000 + n / 20 + 300 * Math.sin(n / 2_000) + chance.between(0, 200) + (kind === 2 ? 20 : 0));
  const of = (times: ArrayLike<number>, kind: number): number[] => Array.from(times).filter((_, n) => kinds[n] === kind);

  it('show a difference that the drift hides', () => {
    expect(Math.abs(welch(of(drifting, 0), of(drifting, 2)))).toBeLessThan(4.5);
    const left = withoutDrift(Float64Array.from(drifting));
    expect(welch(of(left, 0), of(left, 2))).toBeGreaterThan(4.5);
  });

  it('show none where there is none', () => {
    const left = withoutDrift(Float64Array.from(drifting));
    expect(Math.abs(welch(of(left, 0), of(left, 1)))).toBeLessThan(4.5);
  });
});

describe('a run of the two-sample test (R40)', () => {
  const chance = new Chance(2, 'runs');
  const judged = (times: Samples): Verdict => judge({ times, residuals: times });
  const samples = (mean: number): number[] => Array.from({ length: 2_000 }, () => mean + chance.between(0, 100));

  it('counts when the same requests are alike and the injected difference is seen', () => {
    const verdict = judged({ first: samples(1_000), again: samples(1_000), second: samples(1_000), slow: samples(1_020) });
    expect(verdict).toMatchObject({ differs: false });
    expect(verdict.invalid).toBeUndefined();
    expect(judged({ first: samples(1_000), again: samples(1_000), second: samples(990), slow: samples(1_020) }).differs).toBe(true);
  });

  it('says so, and does not count, when it would not have seen the injected difference or sees one where there is none', () => {
    const deaf = judged({ first: samples(1_000), again: samples(1_000), second: samples(1_000), slow: samples(1_000) });
    expect(deaf.invalid).toContain('injected difference was not caught');
    const nervous = judged({ first: samples(1_000), again: samples(1_020), second: samples(1_000), slow: samples(1_020) });
    expect(nervous.invalid).toContain('the same requests differ');
  });

  const at = (t: number): Cropped => ({ p50: t, p75: t, p90: t, p95: t });
  const run = (sides: number, { same = 0, injected = 10 } = {}): Figures => ({ sides: at(sides), same: at(same), injected: at(injected) });
  const [differing, silent, nervous] = [run(9), run(1), run(9, { same: 5 })];

  it('is one of three that have to differ for a leak; those that do not count are made again, but not for ever', () => {
    expect(outcomeOf([differing, differing], 3, 6)).toBe('unfinished');
    expect(outcomeOf([differing, differing, differing], 3, 6)).toBe('leak');
    expect(outcomeOf([differing, nervous, silent], 3, 6)).toBe('silent');
    expect(outcomeOf([differing, nervous, differing], 3, 6)).toBe('unfinished');
    expect(outcomeOf([nervous, nervous, differing, nervous, nervous, nervous], 3, 6)).toBe('not shown');
  });

  it('counts together with others that would not have caught the injected difference either, once all of them would have', () => {
    const deaf = run(1, { injected: 3 });
    expect(outcomeOf([deaf, deaf], 3, 6)).toBe('unfinished');
    const [together] = counting([deaf, deaf, deaf]);
    expect(together?.injected.p50).toBeCloseTo(3 * Math.sqrt(3));
    expect(together?.sides.p50).toBeCloseTo(Math.sqrt(3));
    expect(outcomeOf([deaf, deaf, deaf], 3, 6)).toBe('silent');
    expect(outcomeOf([deaf, nervous, deaf, nervous, nervous, nervous], 3, 6)).toBe('not shown');
  });

  it('shows a small difference together with others in which it is lost', () => {
    const faint = run(3, { injected: 3 });
    expect(outcomeOf([faint, faint, faint], 1, 6)).toBe('leak');
    expect(outcomeOf([faint, faint, faint], 3, 6)).toBe('unfinished');
  });
});
