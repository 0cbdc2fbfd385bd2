import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../src/demo/outcome.js';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** The demo as `npm run demo` starts it; `npm test` has built it. Its own service leaves its traces in `temporary`. */
function demo(temporary: string, ...options: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['dist/demo/main.js', '--own', '--json', ...options], {
    env: { TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(said).toString() }));
  });
}

const outcomeOf = ({ stdout }: Ended): Outcome => JSON.parse(stdout) as Outcome;
const repeated = ({ timing: _, ...rest }: Outcome): object => rest;

describe('the demo', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'vestibule-demo-test-'));
  let first: Ended;
  let second: Ended;
  let blind: Ended;

  beforeAll(async () => {
    const options = ['--applicants', '20', '--seed', '7'];
    [first, second, blind] = await Promise.all([
      demo(temporary, ...options),
      demo(temporary, ...options),
      demo(temporary, ...options, '--mode', 'blind'),
    ]);
  }, 120_000);
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  it('ends well, and says so in one line of JSON alone', () => {
    for (const { code, stdout } of [first, second, blind]) {
      expect(stdout.trimEnd().split('\n')).toHaveLength(1);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { unexpected: [] }]);
    }
  });

  it('repeats itself for a seed', () => {
    expect(repeated(outcomeOf(second))).toEqual(repeated(outcomeOf(first)));
  });

  it('refuses the honest partner nothing, and gives the scanner its share of the pool and no more', () => {
    const { honest, scanner } = outcomeOf(first);
    expect([honest.funnel.opened, honest.refusals]).toEqual([20, {}]);
    expect(scanner).toMatchObject({ answersInAll: 50, openedBeforeGateClosed: 50, allowance: { granted: 50 } });
    expect(scanner.funnel.existing + scanner.funnel.lapsed).toBe(50);
    expect(scanner.refusals).toEqual({ ALLOWANCE_SPENT: 10, PERSON_MISMATCH: 1, LEAD_NOT_FOUND: 1 });
  });

  it('shows each allowance lead by lead', () => {
    const { honest, scanner } = outcomeOf(first);
    expect(honest.allowance.left).toEqual(Array.from({ length: 20 }, (_, opened) => 49 - opened));
    expect(scanner.allowance.left.slice(45)).toEqual([4, 3, 2, 1, 0, ...Array<number>(10).fill(0)]);
  });

  it('in mode blind tells nobody anything, and handles the same applicants', () => {
    const { honest, scanner } = outcomeOf(blind);
    expect([honest.answers, scanner.answers]).toEqual([
      { yes: 0, no: 0 },
      { yes: 0, no: 0 },
    ]);
    expect(scanner.refusals).toMatchObject({ CHECK_SWITCHED_OFF: 50 });
    expect(honest.funnel.existing).toBe(0);
    expect(honest.funnel.created).toBeGreaterThanOrEqual(outcomeOf(first).honest.funnel.created);
  });

  it('tells the same scanner less and less, from mode to mode, down to nothing, and the honest partner works in each', async () => {
    const { code, stdout } = await demo(temporary, '--applicants', '10', '--seed', '7', '--mode', 'all');
    const { modes } = JSON.parse(stdout) as { modes: readonly Outcome[] };
    expect([code, modes.map(({ mode }) => mode)]).toEqual([0, ['instant', 'proof', 'consent', 'blind']]);
    expect(modes.map(({ scanner }) => [scanner.openedBeforeGateClosed, scanner.answersInAll, scanner.learnt])).toEqual([
      [50, 50, 50],
      [50, 50, 0],
      [50, 50, 0],
      [50, 0, 0],
    ]);
    expect(modes.map(({ scanner }) => scanner.created)).toEqual([0, 0, 0, 50]);
    for (const { honest } of modes) expect([honest.refusals, honest.funnel.converted > 0]).toEqual([{}, true]);
    const [, proof, consent] = modes;
    expect([proof?.honest.answers.yes, consent?.honest.answers.yes]).toEqual([modes[0]?.honest.answers.yes, modes[0]?.honest.answers.yes]);
  }, 240_000);

  it('leaves nothing behind', () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});
