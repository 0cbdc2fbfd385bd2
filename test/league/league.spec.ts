import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOf } from '../../src/simulation/league-command.js';
import { timeText } from '../../src/simulation/league-progress.js';
import type { LeagueOutcome } from '../../src/simulation/league-rounds.js';
import { heapOf } from '../../src/simulation/play.js';
import { league, leagueEndedAt } from './league.play.js';

const SHORT = ['--days', '15', '--seeds', '3', '--seed', '1', '--volume', '10', '--json'];
const ONLY = ['--only', 'instant', '--only', 'throttle', '--only', 'skimmer', '--only', 'adaptive', '--only', 'sweep'];
const GB = 2 ** 30;

/** Lines of a file of results, in no order. */
const lines = (path: string): readonly string[] => readFileSync(path, 'utf8').split('\n').toSorted();

describe('a short league, as npm run league plays it', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'league-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('that was killed in the middle goes on, and comes to the same bytes as one that was not, with any number of threads', async () => {
    const [broken, whole] = ['broken.jsonl', 'whole.jsonl'].map((name) => join(directory, name)) as [string, string];
    const killed = await leagueEndedAt(5, 'SIGKILL', broken, '--threads', '2', ...SHORT, ...ONLY);
    expect([killed.code, killed.stdout]).toEqual([null, '']);
    const before = lines(broken).length;
    const resumed = await league(...SHORT, ...ONLY, '--threads', '1', '--out', broken);
    const uninterrupted = await league(...SHORT, ...ONLY, '--threads', '2', '--out', whole);
    expect([resumed.code, uninterrupted.code]).toEqual([0, 0]);
    expect(lines(whole).length).toBeGreaterThan(before);
    // A line that the kill cut off is still there, and counts for nothing.
    expect(lines(broken).filter((line) => line === '' || line.endsWith('}'))).toEqual(expect.arrayContaining([...lines(whole)]));
    expect(resumed.stdout).toBe(uninterrupted.stdout);
    expect(Buffer.byteLength(resumed.stdout)).toBeGreaterThan(10_000);
    // What was on file was not played again.
    const played = (text: string): number => text.split('\n').filter((line) => line.startsWith('league: ')).length;
    expect(played(resumed.stderr)).toBeLessThan(played(uninterrupted.stderr));
  }, 120_000);

  it('that is stopped by Ctrl-C says that the same command goes on, and with how much; and so does that command', async () => {
    const out = join(directory, 'stopped.jsonl');
    const stopped = await leagueEndedAt(5, 'SIGINT', out, '--threads', '2', ...SHORT, ...ONLY);
    expect([stopped.code, stopped.stdout]).toEqual([130, '']);
    const [, kept = ''] = /^league: stopped; the same command goes on with (\d+) results in \S+stopped\.jsonl$/m.exec(stopped.stderr) ?? [];
    expect(Number(kept)).toBe(lines(out).filter((line) => line.endsWith('}')).length - 1);
    const resumed = await leagueEndedAt(Number(kept) + 2, 'SIGINT', out, ...SHORT, ...ONLY);
    expect(resumed.stderr.split('\n')[0]).toBe(`league: goes on with ${kept} results in ${out}`);
  }, 120_000);

  it('says on stdout nothing but its results, each figure with the model that it came from, and how long the rest takes elsewhere', async () => {
    const { code, stdout, stderr } = await league(...SHORT, ...ONLY);
    expect(code).toBe(0);
    const outcome = JSON.parse(stdout) as LeagueOutcome;
    expect(new Set(outcome.results.map(({ adversary }) => adversary))).toEqual(new Set(['skimmer', 'adaptive']));
    expect(outcome.adaptive.map(({ model, defence }) => [defence, model])).toEqual([
      ['instant', 'counted'],
      ['instant, watched', 'counted'],
    ]);
    expect(new Set([...outcome.speeds, ...outcome.distances].map(({ model }) => model))).toEqual(new Set(['exact']));
    expect(new Set(outcome.distances.map(({ law }) => law.model))).toEqual(new Set(['formula']));
    // Ten leads a day, and up to twice as many scanned ones.
    expect(new Set(outcome.speeds.map(({ perDay }) => perDay))).toEqual(new Set([1, 3, 10]));
    expect(stderr).toMatch(/^league: the league \(round 2 of 3\), 1 of \d+, \d+ s left: \S.* against \S.*, seed 1$/m);
  }, 60_000);

  it('plays what the adaptive adversary found, as found', async () => {
    const { stdout } = await league(...SHORT, '--only', 'instant', '--only', 'adaptive');
    const { results, adaptive } = JSON.parse(stdout) as LeagueOutcome;
    for (const { defence, found } of adaptive) {
      const plans = results.filter((each) => each.defence === defence).map(({ plan }) => plan);
      const { from, perDay, reserve, cover, covered } = found.policy;
      expect(plans).toHaveLength(3);
      for (const plan of plans) expect(plan).toMatchObject({ from, rate: { perDay, reserve }, cover, covered });
    }
  }, 60_000);

  it('says who is missing where nobody has such a name, and plays nothing', async () => {
    const { code, stdout, stderr } = await league(...SHORT, '--only', 'instnat');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('league: nobody in the league has instnat in their name (npm run league -- --help says more)\n');
  });
});

describe('what stands around a league', () => {
  it('is a command that gives the same results again: the seed always, what only changes the output never', () => {
    expect(commandOf(['--json', '--threads', '2', '--days=90'])).toBe("npm run league -- '--days=90' --seed 1");
    expect(commandOf(['--seed', '4', '--out', 'x', '--only', 'two lines'])).toBe("npm run league -- --seed 4 --only 'two lines'");
  });

  it('are heaps that fit into the machine together, each no larger than a run needs', () => {
    expect(heapOf(2, 16 * GB)).toBe(6_000);
    expect(heapOf(8, 16 * GB) * 8).toBeLessThanOrEqual(0.75 * 16 * 1_024);
    expect(heapOf(256, GB)).toBe(256);
  });

  it('is a time that is left, in words', () => {
    expect([1, 89_000, 120_000, 3 * 3_600_000].map(timeText)).toEqual(['1 s', '89 s', '2 min', '3 h 0 min']);
  });
});
