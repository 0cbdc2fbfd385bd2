import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SCRIPTS = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;
/** As package.json has it, without the build: `npm test` has built it, and other tests are using that. */
const START = (SCRIPTS['start'] ?? '').replace('npm run -s build && ', '').replace('dist/', `${resolve('dist')}/`);

interface Started {
  readonly npm: ChildProcess;
  readonly dataDir: string;
  /** Of the service, not of npm. */
  readonly pid: number;
  printed(): string;
}

describe('npm start', () => {
  let folder: string;
  let started: Started;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-npm-'));
    started = await start();
  }, 60_000);
  afterEach(() => {
    for (const pid of [started.pid, started.npm.pid ?? 0]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<Started> {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'started', scripts: { start: START } }));
    const dataDir = join(folder, 'data');
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      DATA_DIR: dataDir,
      PORT: '0',
      PUBLIC_URL: 'http://started.test',
      SANDBOX: 'false',
    };
    const npm = spawn('npm', ['start'], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    while (!printed.includes('"listening"')) {
      if (npm.exitCode !== null) throw new Error(printed);
      await sleep(20);
    }
    return { npm, dataDir, pid: Number(readFileSync(join(dataDir, 'lock.pid'), 'utf8')), printed: () => printed };
  }

  /** It had the time to give the data directory back, which a process that is killed does not. */
  async function expectEnd(): Promise<void> {
    await once(started.npm, 'close');
    expect(started.printed()).toContain('"stopping"');
    expect(isAlive(started.pid)).toBe(false);
    expect(existsSync(join(started.dataDir, 'lock.pid'))).toBe(false);
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'hands on a %s that only npm got',
    async (signal) => {
      process.kill(started.npm.pid as number, signal);
      await expectEnd();
    },
    30_000,
  );

  it('takes the two signals of one Ctrl-C, from the terminal and from npm, for one', async () => {
    process.kill(-(started.npm.pid as number), 'SIGINT');
    process.kill(started.pid, 'SIGINT');
    await expectEnd();
  }, 30_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
