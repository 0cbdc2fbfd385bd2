import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, type Fault } from './fault.js';
import { onScene, type Scene } from './scene.js';

export const PROCESSES: readonly Fault[] = [
  {
    name: 'two processes on one store',
    injected:
      'a second service, then three at once, are started on the directory of one that is under load; then it is killed and one more started',
    expected: 'they end with an error that names the directory; the first is not disturbed; no lock is left behind',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        const seconds = [await second(scene), ...(await Promise.all([1, 2, 3].map(() => second(scene))))];
        for (const { code, said } of seconds) {
          must(code !== 0 && code !== null && /is in use by process \d+/.test(said), 'a second process that ends and says why', [
            code,
            said.slice(-300),
          ]);
        }
        await scene.goesOn();
        must(scene.traffic.problems.size === 0, 'no problem', [...scene.traffic.problems]);
        await scene.kill();
        return `${seconds.length} turned away; ${await scene.aftermath()}`;
      }),
  },
  {
    name: 'event loop stalled',
    injected: 'SIGSTOP for 1, 3 and 12 s under load, SIGCONT after each',
    expected: 'clients wait or lose their connection; it goes on; nothing is decided twice',
    run: () =>
      onScene(async (scene) => {
        await scene.start();
        await scene.begin();
        for (const seconds of [1, 3, 12]) {
          scene.running.child.kill('SIGSTOP');
          await sleep(seconds * 1_000);
          scene.running.child.kill('SIGCONT');
          await scene.goesOn(20);
        }
        const problems = [...scene.traffic.problems].map(([code, count]) => `${count} ${code}`).join(', ') || 'no problem';
        return `${problems}; ${await scene.aftermath()}`;
      }),
  },
];

async function second({ directory }: Scene): Promise<{ code: number | null; said: string }> {
  const env = { DATA_DIR: directory.dataDir, PORT: '0', PUBLIC_URL: 'http://vestibule.test', SANDBOX: 'false' };
  const child = spawn(process.execPath, [resolve('dist/main.js')], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, said };
}
