import type { RunResult } from '../../src/simulation/run.js';

const HONEST_RUN: RunResult['honest'] = {
  leads: 1_000,
  refused: 0,
  slowed: 0,
  notices: 0,
  steps: 0,
  owners: 4,
  strictDays: 0,
  refusals: {},
  undisturbed: { leads: 1_000, refused: 0, slowed: 0 },
  crowdedOut: { leads: 0, refused: 0, slowed: 0 },
  byKind: {},
};

const SCAN_OF_A_RUN: RunResult['scan'] = {
  yes: 10,
  no: 40,
  persons: 50,
  bits: 40,
  bitsOfYes: 30,
  bitsOfNo: 10,
  exposed: 10,
  asked: 100,
  refused: 50,
  mules: 0,
  papers: 0,
  accomplices: 0,
  charged: 0,
  cost: 0,
};

/** A run as the league writes it, all of its figures made up. Unless it says so, nobody was crowded out. */
export function aRun({ honest = {}, scan = {}, ...rest }: Changes = {}): RunResult {
  const { leads, refused, slowed } = { ...HONEST_RUN, ...honest };
  return {
    defence: 'instant',
    adversary: 'blatant',
    seed: 1,
    days: 365,
    honest: { ...HONEST_RUN, undisturbed: { leads, refused, slowed }, ...honest },
    scan: { ...SCAN_OF_A_RUN, ...scan },
    events: 0,
    ...rest,
  };
}

type Changes = Partial<Omit<RunResult, 'honest' | 'scan'>> & {
  readonly honest?: Partial<RunResult['honest']>;
  readonly scan?: Partial<RunResult['scan']>;
};
