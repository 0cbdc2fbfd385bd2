import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LeagueSettings } from '../../src/simulation/league.js';
import { jobsOf } from '../../src/simulation/league.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { ResultsFile } from '../../src/simulation/results-file.js';
import type { RunResult } from '../../src/simulation/run.js';
import { sweptPlan } from '../../src/simulation/sweep.js';

const settings = { days: 1, population: COUNTRY, others: [] } as unknown as LeagueSettings;
const result = (seed: number): RunResult => ({ defence: 'instant', adversary: 'blatant', seed }) as RunResult;
const job = (seed: number) => ({ defence: 'instant', adversary: 'blatant', seed });

describe('the results of a league on file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'league-'));
    path = join(directory, 'results.jsonl');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('are found again, so that no run is played twice', () => {
    const first = new ResultsFile(path, settings);
    first.add(result(1));
    first.add(result(2));
    const again = new ResultsFile(path, settings);
    expect(again.results).toEqual([result(1), result(2)]);
    expect([again.has(job(2)), again.has(job(3))]).toEqual([true, false]);
  });

  it('lack the run whose line was cut off, and go on after it', () => {
    new ResultsFile(path, settings).add(result(1));
    appendFileSync(path, JSON.stringify(result(2)).slice(0, 20));
    const again = new ResultsFile(path, settings);
    expect(again.results).toEqual([result(1)]);
    again.add(result(3));
    expect(new ResultsFile(path, settings).results).toEqual([result(1), result(3)]);
  });

  it('are told apart by the plan of who was no standing adversary, and by the terms of what was no standing defence', () => {
    const [slow, fast] = [sweptPlan(1), sweptPlan(2)];
    const tighter = { mode: 'instant', isWatched: false, variant: { name: 'half', capital: 0.5, margin: 0.05 } } as const;
    new ResultsFile(path, settings).add({ ...result(1), plan: slow });
    const again = new ResultsFile(path, settings);
    expect(again.has({ ...job(1), plan: slow })).toBe(true);
    for (const other of [job(1), { ...job(1), plan: fast }, { ...job(1), plan: slow, own: tighter }]) expect(again.has(other)).toBe(false);
  });

  it('begin anew where a crash cut off the first line', () => {
    expect(new ResultsFile(path, settings).results).toEqual([]);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 15));
    new ResultsFile(path, settings).add(result(1));
    expect(new ResultsFile(path, settings).results).toEqual([result(1)]);
  });

  it('are not mixed with those of other settings', () => {
    new ResultsFile(path, settings).add(result(1));
    expect(() => new ResultsFile(path, { ...settings, days: 2 })).toThrow('other settings');
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  });

  it('say so when the file is no such file', () => {
    writeFileSync(path, 'something else\nand more\n');
    expect(() => new ResultsFile(path, settings)).toThrow('other settings');
  });

  it('are played seed by seed, so that a league that is broken off has whole rounds', () => {
    expect(jobsOf(['a', 'b'], ['x'], [1, 2])).toEqual([
      { defence: 'a', adversary: 'x', seed: 1 },
      { defence: 'b', adversary: 'x', seed: 1 },
      { defence: 'a', adversary: 'x', seed: 2 },
      { defence: 'b', adversary: 'x', seed: 2 },
    ]);
  });
});
