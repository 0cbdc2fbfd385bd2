import type { RunResult } from '../../src/simulation/run.js';

/** A run as the league writes it, all of its figures made up. */
export function aRun({ honest = {}, scan = {}, ...rest }: Changes = {}): RunResult {
  return {
    defence: 'instant',
    adversary: 'blatant',
    seed: 1,
    days: 365,
    honest: { leads: 1_000, refused: 0, slowed: 0, notices: 0, steps: 0, owners: 4, refusals: {}, ...honest },
    scan: { yes: 10, no: 40, persons: 50, bits: 40, exposed: 10, asked: 100, refused: 50, mules: 0, charged: 0, ...scan },
    events: 0,
    ...rest,
  };
}

type Changes = Partial<Omit<RunResult, 'honest' | 'scan'>> & {
  readonly honest?: Partial<RunResult['honest']>;
  readonly scan?: Partial<RunResult['scan']>;
};
