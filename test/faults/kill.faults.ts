import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Evidence, exportLog, integrity } from './evidence.js';
import { must, type Fault, type Trial } from './fault.js';
import { inject } from './injection.js';
import { onScene, type Scene } from './scene.js';

/** Rounds on one directory, so that neither the log nor the look at it grows without end. */
const BATCH = 50;

/** Of a hundred rounds, those in which the process is killed while it starts. */
const AT_START = 0.1;

interface Tally {
  acknowledged: number;
  /** Killed before anything was written, and after it was, before the reply. */
  before: number;
  after: number;
}

export const KILLS: readonly Fault[] = [
  {
    name: 'kill -9 under load',
    injected: 'SIGKILL at random moments, one in ten of them while the service starts, on the same directory again and again',
    expected: 'each start is clean; nothing acknowledged is lost; no gap; the integrity check has no complaint',
    rounds: 20,
    run: async (trial) => {
      const tally: Tally = { acknowledged: 0, before: 0, after: 0 };
      for (let done = trial.done; done < trial.rounds;) {
        const rounds = Math.min(BATCH, trial.rounds - done);
        const from = done;
        await onScene((scene) => killAgainAndAgain(scene, rounds, trial, tally, (round) => trial.progress(from + round, trial.rounds)));
        done += rounds;
        trial.keep(done);
      }
      const { acknowledged, before, after } = tally;
      return `${trial.rounds - trial.done} rounds; ${acknowledged} commands acknowledged, all there; ${before} died before the append, ${after} after the commit and before the reply`;
    },
  },
  {
    name: 'kill -9 of a bare log',
    injected: 'SIGKILL at random moments of a process that only appends, eight streams at once, on the same directory again and again',
    expected: 'nothing acknowledged is lost; no gap; the integrity check has no complaint (R17)',
    rounds: 50,
    run: (trial) => killedLog(trial),
  },
  {
    name: 'kill before the append',
    injected: 'strace kills the process when it enters the n-th write to the write-ahead log, n = 1 to 40',
    expected: 'no reply; a repetition with the same key is charged once',
    needs: ['strace'],
    run: ({ chance }) => killedAt('pwrite64', 1 + chance.below(40)),
  },
  {
    name: 'kill after the commit, before the reply',
    injected: 'strace kills the process when it enters the n-th sync of what is written, n = 1 to 20',
    expected: 'no reply; a repetition with the same key finds what was written, and is charged once',
    needs: ['strace'],
    run: ({ chance }) => killedAt('fsync,fdatasync', 1 + chance.below(20)),
  },
  {
    name: 'crash between read model and checkpoint',
    injected: "strace kills the process when it enters the n-th write to the read models' files, n = 1 to 60, three times",
    expected: 'rows and checkpoint agree: what the read side shows after the restart is what a rebuild shows (R19, R20)',
    needs: ['strace'],
    run: ({ chance }) =>
      onScene(async (scene) => {
        for (let time = 0; time < 3; time++) {
          await scene.start();
          await scene.begin();
          const files = ['read-models.db', 'read-models.db-wal'].map((name) => scene.file(name));
          const stop = await inject(scene.pid, { calls: 'pwrite64', rule: `signal=SIGKILL:when=${1 + chance.below(60)}+`, files });
          await scene.until(() => !scene.lives, 'a process that is killed');
          await stop();
          scene.died();
          await scene.end();
        }
        return `killed three times; ${await scene.aftermath()}`;
      }),
  },
];

function killedAt(calls: string, when: number): Promise<string> {
  return onScene(async (scene) => {
    await scene.start();
    await scene.begin();
    const files = ['log.db', 'log.db-wal'].map((name) => scene.file(name));
    const stop = await inject(scene.pid, { calls, rule: `signal=SIGKILL:when=${when}+`, files });
    await scene.until(() => !scene.lives, 'a process that is killed');
    await stop();
    scene.died();
    await scene.end();
    const lost = scene.traffic.unknown.length;
    must(lost > 0, 'commands without a reply');
    const seen = await scene.aftermath();
    return `died at call ${when}, ${lost} commands without a reply, repeated; ${seen}`;
  });
}

async function killAgainAndAgain(
  scene: Scene,
  rounds: number,
  { chance }: Trial,
  tally: Tally,
  progress: (round: number) => void,
): Promise<void> {
  const evidence = new Evidence();
  for (let round = 1; round <= rounds; round++) {
    if (chance.happens(AT_START)) await killedWhileStarting(scene, chance.between(0, 2_000));
    else await killedUnderLoad(scene, chance.between(0, 400));
    scene.died();
    scene.examine(await exportLog(scene.directory.dataDir, evidence.position), evidence);
    progress(round);
  }
  tally.acknowledged += scene.served;
  for (const command of scene.traffic.unknown) {
    if (command.kind !== 'open') tally[evidence.wrote(command) ? 'after' : 'before'] += 1;
  }
}

async function killedUnderLoad(scene: Scene, after: number): Promise<void> {
  await scene.start();
  await scene.begin(8, 1);
  await sleep(after);
  await scene.kill();
  await scene.end();
}

async function killedWhileStarting({ directory }: Scene, after: number): Promise<void> {
  const env = { DATA_DIR: directory.dataDir, PORT: '0', PUBLIC_URL: 'http://vestibule.test', SANDBOX: 'false' };
  const child = spawn(process.execPath, [resolve('dist/main.js')], { env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  await sleep(after);
  child.kill('SIGKILL');
  await gone;
}

/** The file is small: what is checked is the log's own doing, at the cost of a fraction of a service's start. */
async function killedLog({ rounds, done, chance, progress, keep }: Trial): Promise<string> {
  let acknowledged = 0;
  for (let from = done; from < rounds; from += BATCH) {
    const directory = mkdtempSync(join(tmpdir(), 'vestibule-log-'));
    const evidence = new Evidence();
    try {
      for (let round = from + 1; round <= Math.min(from + BATCH, rounds); round++) {
        const ids = await appendedUntilKilled(directory, chance.between(0, 200));
        const log = await exportLog(directory, evidence.position);
        must(integrity(join(directory, 'log.db')) === 'ok', 'an integrity check without a complaint');
        evidence.add(log);
        const there = new Set(log.map(({ id }) => id));
        must(
          ids.every((id) => there.has(id)),
          'every acknowledged event',
          ids.filter((id) => !there.has(id)),
        );
        acknowledged += ids.length;
        progress(round, rounds);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    keep(Math.min(from + BATCH, rounds));
  }
  return `${rounds - done} rounds, ${acknowledged} events acknowledged, all there`;
}

/** @param after milliseconds after the first acknowledgement @returns ids of what was acknowledged */
async function appendedUntilKilled(directory: string, after: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [resolve('test/event-sourcing/append-until-killed.mjs'), directory], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.startsWith('open\n')) timer ??= setTimeout(() => child.kill('SIGKILL'), after);
  });
  await once(child, 'close');
  must(child.signalCode === 'SIGKILL', 'a process that lives until it is killed', child.exitCode);
  // Half a line is one that nobody was told.
  return said.split('\n').slice(1, -1);
}
