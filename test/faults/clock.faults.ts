import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import FakeTimers from '@sinonjs/fake-timers';
import { exportLog } from './evidence.js';
import { faketimeLibrary, must, type Fault } from './fault.js';
import { onScene, type Scene } from './scene.js';

const HOUR = 3_600_000;
const TEN_DAYS = 240 * HOUR;

/** A wall clock of the service's own, an offset to the right time or a moment; its monotonic clock is the system's. */
class WallClock {
  private readonly file: string;

  constructor(directory: string) {
    this.file = join(directory, '..', 'faketime');
  }

  set(shown: string): this {
    writeFileSync(this.file, `${shown}\n`);
    return this;
  }

  get env(): Record<string, string> {
    return {
      LD_PRELOAD: faketimeLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }
}

/** Clients whose clocks are off as the service's is: else no token would be valid, and no command would come to the clock. */
async function withClients<Result>(offset: number, act: () => Promise<Result>): Promise<Result> {
  const clock = FakeTimers.install({ now: Date.now() + offset, toFake: ['Date'], shouldAdvanceTime: true });
  try {
    return await act();
  } finally {
    clock.uninstall();
  }
}

export const CLOCKS: readonly Fault[] = [
  {
    name: 'clock −1 h',
    injected: "libfaketime sets the service's wall clock back by an hour while it runs",
    expected: 'time stands still and reopens nothing; the jump is on record; commands go on',
    needs: ['libfaketime'],
    run: () =>
      onClock('+0', async (scene, clock) => {
        clock.set('-3600');
        await withClients(-HOUR, () => served(scene));
        must((await recorded(scene, 'ClockJumped')) > 0, 'the jump in the log');
      }),
  },
  {
    name: 'clock +10 d',
    injected: "libfaketime sets the service's wall clock ahead by ten days while it runs, and back",
    expected: 'no command is decided, 503 CLOCK_UNTRUSTED, until an operator gives their word',
    needs: ['libfaketime'],
    run: () =>
      onClock('+0', async (scene, clock) => {
        clock.set('+864000');
        await withClients(TEN_DAYS, () => refused(scene));
        clock.set('+0');
        await refused(scene);
        await scene.running.as('op').post('/v1/clock/trust', { reason: 'clock-set-right' });
        await served(scene);
      }),
  },
  {
    name: 'clock +10 d at the start',
    injected: "the service is started with a wall clock ten days ahead of the log's last event",
    expected: 'as while it runs',
    needs: ['libfaketime'],
    run: () => onClock('+864000', (scene) => withClients(TEN_DAYS, () => refused(scene)), 'listening'),
  },
  {
    name: 'clock frozen',
    injected: "libfaketime stops the service's wall clock, for 5 s under load, and lets it go on",
    expected: 'commands go on, none at an earlier time than one before it',
    needs: ['libfaketime'],
    run: () =>
      onClock('+0', async (scene, clock) => {
        clock.set(new Date().toISOString().slice(0, 19).replace('T', ' '));
        await scene.begin();
        await sleep(5_000);
        await scene.goesOn();
        clock.set('+0');
        await scene.goesOn();
        await scene.end();
      }),
  },
  {
    name: "clock behind the store's",
    injected: "the service is started with a wall clock an hour behind the log's last event",
    expected: 'time goes on from the last event; commands go on',
    needs: ['libfaketime'],
    run: () =>
      onClock('-3600', async (scene) => {
        await withClients(-HOUR, () => served(scene));
        must((await recorded(scene, 'ClockJumped')) > 0, 'the jump in the log');
      }),
  },
];

function onClock(
  shown: string,
  act: (scene: Scene, clock: WallClock) => Promise<void>,
  until: 'ready' | 'listening' = 'ready',
): Promise<string> {
  return onScene(async (scene) => {
    const clock = new WallClock(scene.directory.dataDir).set(shown);
    await scene.start({ ...clock.env, TZ: 'UTC' }, until);
    await act(scene, clock);
    await scene.end();
    await scene.kill('SIGTERM');
    const problems = [...scene.traffic.problems].map(([code, count]) => `${count} ${code}`).join(', ') || 'no problem';
    return `${problems}; ${await scene.aftermath()}`;
  });
}

async function served(scene: Scene): Promise<void> {
  await scene.begin();
  await scene.goesOn();
  await scene.end();
}

/** Not one command is decided. */
async function refused(scene: Scene): Promise<void> {
  const { traffic, shop } = scene;
  const before = scene.served;
  const known = traffic.problems.get('CLOCK_UNTRUSTED') ?? 0;
  for (let tries = 0; tries < 10; tries++) await traffic.flow(shop);
  must(scene.served === before, 'no command that is decided', scene.served - before);
  must((traffic.problems.get('CLOCK_UNTRUSTED') ?? 0) === known + 10, 'ten times CLOCK_UNTRUSTED', [...traffic.problems]);
}

/** Stops the service, since two may not read one log. */
async function recorded(scene: Scene, type: string): Promise<number> {
  await scene.kill('SIGTERM');
  return (await exportLog(scene.directory.dataDir)).filter((event) => event.type === type).length;
}
