import { mean } from 'simple-statistics';
import { Chance } from '../../src/simulation/chance.js';
import {
  chiSquare,
  divergenceLaw,
  informationPerDay,
  isNoisy,
  lawCurve,
  signalOf,
  squareRootLaw,
  untilHits,
  untilWhole,
  weakInformationPerDay,
} from '../../src/simulation/law.js';
import { bestSpeed, bestWatch, measuredPoints, personsLearned } from '../../src/simulation/law-measured.js';
import { afterDay, leadsPerFalseAlarm, leadsUntilAlarm, watchFor, watchWithFalseAlarms } from '../../src/simulation/wire-watch.js';

const SEED = 20261123;
const hiding = { leadsPerDay: 3_000, days: 365 };
/** Canaries on 0.5 % of persons; one honest lead in 100,000 is about one. */
const canaries = { scanned: 0.005, honest: 1e-5 };
const throws = (purpose: string) => (): Chance => new Chance(SEED, purpose);

describe('the square-root law', () => {
  it('comes of the information in a day, which grows with the square of the scanned', () => {
    const signal = signalOf({ scanned: 0.3, honest: 0.2 });
    expect(chiSquare(signal)).toBeCloseTo(0.01 / 0.2 + 0.01 / 0.8, 12);
    expect(informationPerDay(signal, 3_000, 10) / weakInformationPerDay(chiSquare(signal), 3_000, 10)).toBeCloseTo(1, 2);
    expect(informationPerDay(signal, 3_000, 20) / informationPerDay(signal, 3_000, 10)).toBeCloseTo(4, 1);
  });

  it('gives the persons at which the year has brought the threshold', () => {
    const chi = chiSquare(signalOf({ scanned: 0.3, honest: 0.2 }));
    const persons = squareRootLaw({ ...hiding, threshold: 8 }, chi);
    expect(hiding.days * weakInformationPerDay(chi, 3_000, persons / hiding.days)).toBeCloseTo(8, 9);
    const signal = signalOf(canaries);
    const exact = divergenceLaw(signal, { ...hiding, threshold: 8 });
    expect(hiding.days * informationPerDay(signal, 3_000, exact / hiding.days)).toBeCloseTo(8, 6);
  });

  it('doubles with four times the leads, or four times the days', () => {
    const [one, more, longer] = lawCurve({ scanned: 0.3, honest: 0.2 }, [
      { ...hiding, threshold: 8 },
      { leadsPerDay: 12_000, days: 365, threshold: 8 },
      { leadsPerDay: 3_000, days: 1_460, threshold: 8 },
    ]);
    expect([more, longer].map((point) => (point?.persons ?? 0) / (one?.persons ?? 1))).toEqual([expect.closeTo(2), expect.closeTo(2)]);
    expect((more?.byDivergence ?? 0) / (one?.byDivergence ?? 1)).toBeCloseTo(2, 1);
  });
});

describe(`Page’s test on a wire, seed ${SEED}`, () => {
  it('gives as many false alarms as it was made for', () => {
    for (const leads of [490_000, 7_000_000]) {
      const watch = watchWithFalseAlarms(canaries, 0.01, leads, throws('threshold'));
      const chance = new Chance(SEED, 'honest');
      const waits = Array.from({ length: 1_500 }, () => leadsUntilAlarm(watch, 0, Infinity, chance));
      expect(mean(waits) / leads).toBeGreaterThan(0.9);
      expect(mean(waits) / leads).toBeLessThan(1.1);
      expect(leadsPerFalseAlarm({ ...watch, threshold: watch.threshold + 1 }, throws('another')())).toBeGreaterThan(1.2 * leads);
    }
  });

  it('forgets a hit in time, and never owes for good conduct', () => {
    const watch = watchFor({ scanned: 0.1, honest: 0.01 }, 0.1, 5);
    expect(afterDay(watch, 0, 10_000, 0)).toBe(0);
    expect(afterDay(watch, 0, 1, 1)).toBeCloseTo(watch.up, 12);
    expect(afterDay(watch, 1, 10, 0)).toBeCloseTo(1 - 10 * watch.down, 12);
    expect(afterDay(watch, 0, 10, 10)).toBe(Math.min(10 * watch.up, Math.ceil(5 / watch.up) * watch.up));
  });
});

describe(`persons until the hits of two kinds come to a whole, seed ${SEED}`, () => {
  it('are until two hits of either, where two of each are enough', () => {
    expect(untilWhole({ chance: 0.003, enough: 2 }, { chance: 0.01, enough: 2 })).toBeCloseTo(untilHits({ scanned: 0.013, honest: 0 }), 9);
    expect(untilWhole({ chance: 0, enough: 2 }, { chance: 0.01, enough: 6 })).toBeCloseTo(600, 9);
    expect(untilWhole({ chance: 0, enough: 2 }, { chance: 0, enough: 6 })).toBe(Infinity);
  });

  it('are as many as it takes on average, hit by hit', () => {
    const chance = new Chance(SEED, 'until whole');
    const once = (): number => {
      for (let persons = 1, [ones, others] = [0, 0]; ; persons++) {
        if (chance.happens(0.03)) ones += 1;
        else if (chance.happens(0.1 / 0.97)) others += 1;
        if (ones / 2 + others / 6 >= 1) return persons;
      }
    };
    const all = Array.from({ length: 20_000 }, once);
    expect(mean(all) / untilWhole({ chance: 0.03, enough: 2 }, { chance: 0.1, enough: 6 })).toBeCloseTo(1, 1);
  });
});

describe(`what a hidden scanner learns before the best of Page’s tests, seed ${SEED}`, () => {
  const measuring = { seed: SEED, runs: 300, fastest: 300 };

  it('is the two hits of a wire that honest leads hardly hit, at any speed', () => {
    const { point, watch } = bestWatch(canaries, 490_000, hiding, measuring);
    expect(point.mean).toBeGreaterThan(0.85 * untilHits(canaries));
    expect(point.mean).toBeLessThan(1.15 * untilHits(canaries));
    expect(isNoisy(canaries, { ...hiding, threshold: watch.threshold })).toBe(false);
    const asFastAsItCan = personsLearned(watch, hiding, 3_000, { seed: SEED, runs: 4_000 });
    expect(mean(asFastAsItCan) / untilHits(canaries)).toBeCloseTo(1, 1);
  });

  it('stays below the law where honest leads hit the wire all the time, and above a third of it', () => {
    const wire = { scanned: 0.5, honest: 0.001 };
    const watch = watchWithFalseAlarms(wire, 0.002, 7_000_000, throws('threshold'));
    const law = squareRootLaw({ ...hiding, threshold: watch.threshold }, chiSquare(signalOf(wire)));
    expect(isNoisy(wire, { ...hiding, threshold: watch.threshold })).toBe(true);
    const best = bestSpeed(watch, hiding, { seed: SEED, runs: 40, fastest: 10 });
    expect(best.mean / law).toBeGreaterThan(1 / 3);
    expect(best.mean / law).toBeLessThan(1);
  });

  it('is the same again with the same seed, and more where fewer false alarms are allowed', () => {
    const settings = { seed: SEED, runs: 100, fastest: 30 };
    const [fewer] = measuredPoints(canaries, 7_000_000, [hiding], settings);
    const [more] = measuredPoints(canaries, 490_000, [hiding], settings);
    expect(measuredPoints(canaries, 490_000, [hiding], settings)).toEqual([more]);
    expect(fewer?.mean).toBeGreaterThan(1.5 * (more?.mean ?? Infinity));
  });
});
