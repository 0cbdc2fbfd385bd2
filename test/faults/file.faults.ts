import { appendFileSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { must, type Fault } from './fault.js';
import { onScene, type Scene } from './scene.js';

const isDerived = (name: string): boolean => /^(read-models|folds)\.db/.test(name);

export const FILES: readonly Fault[] = [
  {
    name: 'stale cached state',
    injected: 'folds and read models of an older moment put back under a newer log',
    expected: 'nothing is granted by what they have forgotten: the same leads, one charge each',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        await scene.end();
        await scene.kill('SIGTERM');
        const old = scene.file('../old');
        cpSync(scene.directory.dataDir, old, { recursive: true });
        await scene.start();
        await scene.begin();
        await scene.goesOn(60);
        await scene.end();
        await scene.kill('SIGTERM');
        for (const name of readdirSync(scene.directory.dataDir).filter(isDerived)) rmSync(scene.file(name));
        const names = readdirSync(old).filter(isDerived);
        for (const name of names) copyFileSync(join(old, name), scene.file(name));
        rmSync(old, { recursive: true });
        must(names.length > 0, 'caches to put back');
        return `${names.join(', ')} put back; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'cached state of another log',
    injected: 'folds and read models of a longer log put over a shorter one, as after a backup was copied back by hand without them',
    expected: 'a start that refuses, or one that shows and decides by the log alone',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        await scene.end();
        await scene.kill('SIGTERM');
        const kept = scene.traffic.sent.length;
        const log = scene.file('../log.db');
        copyFileSync(scene.file('log.db'), log);
        await scene.start();
        await scene.begin();
        await scene.end();
        await scene.kill('SIGTERM');
        copyFileSync(log, scene.file('log.db'));
        const refused = await refusal(scene);
        must(/newer events are lost/.test(refused ?? ''), 'a start that refuses, as newer events are lost', refused);
        return `${scene.traffic.sent.length - kept} commands newer than the log; refused: ${String(refused)}`;
      }),
  },
  {
    name: 'torn WAL tail',
    injected: 'kill -9 under load; then half a frame of noise after the last one of the write-ahead log, three times',
    expected: 'what was acknowledged is there; the noise is not',
    run: () =>
      onScene(async (scene) => {
        for (let time = 0; time < 3; time++) {
          await scene.start();
          await scene.begin();
          await scene.kill();
          await scene.end();
          const wal = scene.file('log.db-wal');
          must(existsSync(wal) && statSync(wal).size > 0, 'a write-ahead log');
          appendFileSync(wal, randomBytes(2_000 + time));
        }
        return `three torn tails; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'torn WAL, acknowledged frames lost',
    injected: 'kill -9 under load; then the last third of the write-ahead log cut off, as by a disk that lied about a sync',
    expected: 'a start that refuses, or a whole prefix of the log on which the bound holds; never a hole',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        await scene.goesOn(60);
        await scene.kill();
        await scene.end();
        const wal = scene.file('log.db-wal');
        truncateSync(wal, Math.floor((readFileSync(wal).length * 2) / 3));
        const refused = await refusal(scene);
        if (refused !== undefined) return `refused: ${refused}`;
        // Nobody can know of what a disk has lost without a word; nothing is then claimed about what was acknowledged.
        scene.traffic.sent.length = 0;
        scene.traffic.refusals.received = 0;
        return `started on a prefix; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'read model deleted under traffic',
    injected: 'the files of the read models, then those of the folds, are removed while the service runs under load',
    expected: 'commands go on or get 503, never another answer; after a restart they are rebuilt',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        for (const name of readdirSync(scene.directory.dataDir).filter(isDerived)) rmSync(scene.file(name));
        await scene.goesOn(40);
        must(scene.lives, 'a process that lives');
        const problems = [...scene.traffic.problems].join(' ') || 'none';
        return `problems: ${problems}; ${await scene.aftermath()}`;
      }),
  },
];

/** What a start says that does not come about; undefined where it does. */
async function refusal(scene: Scene): Promise<string | undefined> {
  try {
    await scene.start();
    return undefined;
  } catch (error) {
    const line = /^start: (.*)$/m.exec(String(error))?.[1] ?? /"message":"([^"]+)"/.exec(String(error))?.[1];
    must(line !== undefined, 'a refusal that says why', String(error).slice(-600));
    return line;
  }
}
