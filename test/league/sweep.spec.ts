import { DEFENCES, type PlayedRun } from '../../src/simulation/league.js';
import { ORDINARY } from '../../src/simulation/honest.js';
import { ours } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { Run } from '../../src/simulation/run.js';
import { speedPoints, speedsFor, sweepJobs, sweptDefences, sweptPlan } from '../../src/simulation/sweep.js';
import { aRun } from './made-up-runs.js';

const settings = { days: 30, population: COUNTRY, host: { ...ORDINARY, leadsPerDay: 20 }, others: [] };

describe('a sweep over the scan rate', () => {
  it('goes from one person a day to twice what the host has of honest leads', () => {
    expect([1, 10, 50, 3_000].map(speedsFor)).toEqual([[1], [1, 3, 10], [1, 3, 10, 30, 100], [1, 3, 10, 30, 100, 300, 1_000, 3_000]]);
  });

  it('is of all that are ours, and of the others those that have noticed anybody', () => {
    const [first, second] = DEFENCES.filter(({ name }) => !name.startsWith('instant'))
      .slice(-2)
      .map(({ name }) => name) as [string, string];
    const played = [
      aRun(),
      aRun({ defence: first }),
      aRun({ defence: second }),
      aRun({ defence: second, seed: 2, scan: { untilStep: 30 } }),
    ];
    expect(sweptDefences(played)).toEqual(['instant', second]);
    expect(sweepJobs(['instant'], settings, [1, 2]).map(({ adversary, seed, plan }) => [adversary, seed, plan?.rate])).toEqual(
      [1, 2].flatMap((seed) => [1, 3, 10, 30].map((perDay) => [`rogue system, ${perDay} a day`, seed, { perDay }])),
    );
  });

  it('has for each defence and speed what was learned, and when who reads, or the defence itself, stopped it', () => {
    const runs = (defence: string, perDay: number, untils: readonly Partial<PlayedRun['scan']>[]): readonly PlayedRun[] =>
      untils.map((scan, n) => ({ ...aRun({ defence, seed: n + 1, adversary: sweptPlan(perDay).name, scan }), plan: sweptPlan(perDay) }));
    const peer = DEFENCES.at(-1)?.name ?? '';
    const points = speedPoints([
      ...runs('instant, watched', 10, [
        { persons: 40, untilNotice: 5, untilStop: 60 },
        { persons: 60, untilNotice: 7 },
        { persons: 50, untilStop: 80 },
      ]),
      ...runs('instant', 1, [{ persons: 300, untilNotice: 9, untilStop: 1 }]),
      ...runs(peer, 3, [{ persons: 2, untilStep: 12 }]),
    ]);
    expect(points.map(({ defence, perDay, what, isOurs, model }) => [defence, perDay, what, isOurs, model])).toEqual([
      ['instant', 1, 'first canary or denial', true, 'exact'],
      [peer, 3, 'first step against it', false, 'exact'],
      ['instant, watched', 10, 'stopped by a human', true, 'exact'],
    ]);
    expect(points.map(({ persons: { mean }, until: { runs, happened, median } }) => [mean, runs, happened, median])).toEqual([
      [300, 1, 1, 9],
      [2, 1, 1, 12],
      [50, 3, 2, 80],
    ]);
  });

  it('asks about as many persons a day as it says', () => {
    for (const perDay of [1, 10]) {
      const { scan } = new Run(ours('instant'), sweptPlan(perDay), { ...settings, seed: 1 }).run();
      expect(scan.asked).toBe(perDay * settings.days);
    }
  });
});
