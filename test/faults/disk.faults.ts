import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { must, type Fault } from './fault.js';
import { inject, type Injection } from './injection.js';
import { onScene, type Scene } from './scene.js';

/** Of the small disk, and of what is left of it when it is called full. */
const DISK = '48m';
const SLACK = 8_192;

/** Longer than a command waits. */
const DELAY_MS = 15_000;

const SYNCS = 'fsync,fdatasync';

const logFiles = (scene: Scene): string[] => ['log.db', 'log.db-wal'].map((name) => scene.file(name));

/** A fault that comes and goes while the service runs: it has to go on by itself. */
function nowAndThen(name: string, what: string, injection: Injection): Fault {
  return {
    name,
    injected: `strace: ${what}, under load`,
    expected: '503 where the outcome is not known; it goes on without a restart',
    needs: ['strace'],
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const stop = await inject(scene.pid, { files: logFiles(scene), ...injection });
        await scene.goesOn(40);
        const count = await stop();
        await scene.goesOn();
        must(scene.lives, 'a process that lives');
        return `${count} failed; ${problems(scene)}; ${await scene.aftermath()}`;
      }),
  };
}

/** A fault that stays: nothing is acknowledged any more, reads go on, a restart is clean. */
function forGood(name: string, what: string, injection: Injection): Fault {
  return {
    name,
    injected: `strace: ${what} for good, under load`,
    expected: 'nothing is acknowledged any more, 503; reads go on; a restart is clean (R18)',
    needs: ['strace'],
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const stop = await inject(scene.pid, { files: logFiles(scene), ...injection });
        await scene.until(() => scene.traffic.problems.size > 0, 'a command that is not acknowledged');
        // What was under way when the first failed may have been written before.
        await sleep(500);
        const before = scene.served;
        await sleep(2_000);
        must(scene.served === before, 'no acknowledgement without a durable write', scene.served - before);
        must((await scene.shop.get('/v1/allowance')).status === 200, 'reads that go on');
        const seen = problems(scene);
        return `${await stop()} failed; ${seen}; ${await scene.aftermath()}`;
      }),
  };
}

export const DISKS: readonly Fault[] = [
  {
    name: 'sync fails, the n-th',
    injected: 'strace: exactly the n-th sync of the log fails with EIO, n = 1, 2, 3, 5, 8, 13, one service each time the same',
    expected: 'no answer without a durable charge; it goes on without a restart (R18)',
    needs: ['strace'],
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        let count = 0;
        for (const n of [1, 2, 3, 5, 8, 13]) {
          const stop = await inject(scene.pid, { calls: SYNCS, rule: `error=EIO:when=${n}`, files: logFiles(scene) });
          await scene.goesOn(3 * n + 8);
          count += await stop();
        }
        must(scene.lives, 'a process that lives');
        return `${count} failed; ${problems(scene)}; ${await scene.aftermath()}`;
      }),
  },
  nowAndThen('sync fails, now and then', 'every seventh sync of the log fails with EIO', { calls: SYNCS, rule: 'error=EIO:when=3+7' }),
  forGood('sync fails, for good', 'every sync of the log fails with EIO', { calls: SYNCS, rule: 'error=EIO' }),
  nowAndThen('write fails, now and then', 'one write to the log in a hundred fails with EIO', {
    calls: 'pwrite64',
    rule: 'error=EIO:when=5+101',
  }),
  forGood('write fails, for good', 'every write to the log fails with ENOSPC', { calls: 'pwrite64', rule: 'error=ENOSPC' }),
  {
    name: 'disk full',
    injected: `a tmpfs of ${DISK}, filled to its last page by another file while the service runs, and emptied again`,
    expected:
      '503 and nothing acknowledged while it is full; reads are right or 503, as read models need room too; it goes on when there is room, or after a restart',
    needs: ['tmpfs'],
    run: () => onSmallDisk((folder) => onScene((scene) => fullDisk(scene, folder), folder)),
  },
  {
    name: 'slow store',
    injected: 'strace delays every sync of the log by 300 ms',
    expected: 'slower, and nothing else',
    needs: ['strace'],
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const stop = await inject(scene.pid, { calls: SYNCS, rule: 'delay_enter=300000', files: logFiles(scene) });
        await scene.goesOn(30);
        const count = await stop();
        must(scene.traffic.problems.size === 0, 'no problem', [...scene.traffic.problems]);
        return `${count} delayed; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'store slower than the deadline',
    injected: 'strace delays every sync of the log by 15 s, longer than a command waits',
    expected: 'OUTCOME_UNKNOWN or STORE_UNAVAILABLE, never an answer; what was written meanwhile stands (R3)',
    needs: ['strace'],
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const stop = await inject(scene.pid, { calls: SYNCS, rule: `delay_enter=${DELAY_MS * 1_000}`, files: logFiles(scene) });
        await scene.until(() => scene.traffic.problems.size > 0, 'a command whose time is up');
        // Longer than a command waits is not yet as long as the delay, and only one that is over is counted.
        await sleep(DELAY_MS);
        const count = await stop();
        await scene.goesOn();
        return `${count} delayed; ${problems(scene)}; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'database locked',
    injected: "another program holds SQLite's write lock on the log for 3 s, under load",
    expected: 'commands wait or get 503; it goes on by itself',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const other = new Sqlite(scene.file('log.db'), { timeout: 20_000 });
        other.exec('BEGIN IMMEDIATE');
        const before = scene.served;
        await sleep(1_000);
        const atFirst = scene.served;
        await sleep(2_000);
        const meanwhile = scene.served - atFirst;
        other.exec('ROLLBACK');
        other.close();
        await scene.goesOn();
        must(meanwhile === 0, 'nothing acknowledged while nobody can write', meanwhile);
        return `${atFirst - before} under way at first, then none; ${problems(scene)}; ${await scene.aftermath()}`;
      }),
  },
];

async function fullDisk(scene: Scene, folder: string): Promise<string> {
  await scene.start();
  await scene.begin();
  // With its token: to issue one is to write down the assertion that it was issued for.
  const reader = scene.shop;
  await reader.get('/v1/allowance');
  const ballast = join(folder, 'ballast');
  fill(ballast);
  await scene.until(() => {
    // What the service gives back in the meantime is taken as well.
    fill(ballast);
    return scene.traffic.problems.size > 0;
  }, 'a command that finds no room');
  const before = scene.served;
  const reads = await reader.get('/v1/allowance').then(
    ({ status }) => `${status}`,
    ({ message }: Error) => message,
  );
  must(/^(200|503 READ_MODEL_BEHIND)/.test(reads), 'a read that is right, or 503', reads);
  await sleep(1_500);
  const meanwhile = scene.served - before;
  const seen = problems(scene);
  const lived = scene.lives;
  rmSync(ballast);
  if (lived) await scene.goesOn();
  else scene.died();
  return `${seen}; reads ${reads}; ${meanwhile} acknowledged in the last pages; ${lived ? 'went on by itself' : 'ended, restarted'}; ${await scene.aftermath()}`;
}

function fill(file: string): void {
  for (let size = 1 << 20; size >= SLACK;) {
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch {
      size >>= 1;
    }
  }
}

async function onSmallDisk(act: (folder: string) => Promise<string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-disk-'));
  must(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', folder]).status === 0, 'a small disk');
  try {
    return await act(join(folder, 'service'));
  } finally {
    // Lazily, should something of the service still be on its way out.
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function problems(scene: Scene): string {
  return [...scene.traffic.problems].map(([code, count]) => `${count} ${code}`).join(', ') || 'no problem';
}
