import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { VirtualClock } from '../../src/event-sourcing/clock.js';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Cause } from '../../src/event-sourcing/message.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { type ProcessOptions, runProcess, type RunningProcess } from '../../src/event-sourcing/run-process.js';
import { byTest } from './counter.js';
import { delivery, type Parcel, type ParcelCommand, type ParcelEvent } from './parcels.js';

const HOUR = 3_600_000;
const table = '"process parcel-delivery"';

let store: MemoryEventStore;
let readModels: ReadModels;
let clock: VirtualClock;
let sent: string[];
let causes: Cause[];
let told: unknown[];
let running: RunningProcess<Parcel, ParcelEvent, ParcelCommand>[];

beforeEach(() => {
  store = new MemoryEventStore();
  readModels = ReadModels.open(':memory:');
  clock = new VirtualClock(1_000_000);
  [sent, causes, told, running] = [[], [], [], []];
});

afterEach(async () => {
  await Promise.all(running.map((process) => process.stop()));
  readModels.close();
});

async function happened(type: ParcelEvent['type'], parcel: string, data: object = {}): Promise<void> {
  const { length } = await store.readStream(parcel);
  const event = {
    id: crypto.randomUUID(),
    type,
    schemaVersion: 1,
    recordedAt: new Date(0).toISOString(),
    cause: byTest,
    data: { parcel, ...data },
  };
  await store.append(parcel, length - 1, [event]);
}

const ordered = (parcel: string, returnBy = clock.now() + HOUR) => happened('ParcelOrdered', parcel, { returnBy });

/** Carries a command out, once however often it is sent. */
async function carryOut({ type, parcel }: ParcelCommand): Promise<void> {
  const event = type === 'SendParcel' ? 'ParcelSent' : 'ParcelReturned';
  const done = (await store.readStream(parcel)).some((earlier) => earlier.type === event);
  if (!done) await happened(event, parcel);
}

type Send = (command: ParcelCommand, cause: Cause) => Promise<unknown>;

function run(send: Send = carryOut, options: ProcessOptions = {}, process = delivery) {
  const noted: Send = (command, cause) => {
    sent.push(`${command.type} ${command.parcel}`);
    causes.push(cause);
    return send(command, cause);
  };
  const started = runProcess(
    process,
    { store, readModels, clock, send: noted },
    {
      resend: { baseMs: 2, capMs: 10 },
      unanswered: { baseMs: 400, capMs: 400 },
      retry: { baseMs: 2, capMs: 10 },
      onSendFailure: ({ process: name, key, error }) => told.push([name, key, (error as Error).message]),
      ...options,
    },
  );
  running.push(started);
  return started;
}

const types = async (parcel: string) => (await store.readStream(parcel)).map(({ type }) => type);
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const until = async (isSo: () => boolean, milliseconds: number) => {
  let waited = 0;
  for (; waited < milliseconds && !isSo(); waited += 5) await later(5);
  return waited;
};
const instances = () => readModels.db.prepare(`SELECT key FROM ${table} ORDER BY key`).pluck().all();

describe('a process', () => {
  it('sends what an event makes it owe, once, naming itself and the event as the cause', async () => {
    const process = run();
    await ordered('p');
    await process.idle();
    expect(sent).toEqual(['SendParcel p']);
    const [event] = await store.readStream('p');
    expect(causes).toEqual([{ correlationId: byTest.correlationId, causationId: event?.id, actor: 'process:parcel-delivery' }]);
  });

  it('sends at its time what is owed only then', async () => {
    const process = run();
    await ordered('p');
    await process.idle();
    clock.advance(HOUR - 1);
    await process.idle();
    expect(sent).toEqual(['SendParcel p']);
    clock.advance(1);
    await process.idle();
    expect(sent).toEqual(['SendParcel p', 'ReturnParcel p']);
  });

  it('wakes by itself, within a second of a clock that was moved', async () => {
    const process = run();
    await ordered('p');
    await process.idle();
    await later(20);
    clock.advance(HOUR);
    await until(() => sent.length === 2, 1_500);
    expect(sent).toEqual(['SendParcel p', 'ReturnParcel p']);
  });

  it('wakes by itself when the time comes', async () => {
    const start = Date.now();
    const process = run(carryOut, {});
    clock.set(start);
    const timer = setInterval(() => clock.set(Date.now()), 1);
    await ordered('p', start + 60);
    await process.idle();
    const waited = await until(() => sent.length === 2, 800);
    expect(waited).toBeLessThan(800);
    clearInterval(timer);
    expect(sent).toEqual(['SendParcel p', 'ReturnParcel p']);
  });

  it('follows the log and sends nothing while it is not its turn, and all that is owed as soon as it is', async () => {
    let mine = false;
    const process = run(carryOut, { maySend: () => mine });
    await ordered('p');
    await ordered('q');
    await process.subscription.waitFor(await store.end(), 1_000);
    await later(50);
    expect(sent).toEqual([]);
    expect(instances()).toEqual(['p', 'q']);
    // Nor is anything noted as tried, which would be waited for.
    expect(readModels.db.prepare(`SELECT sum(tries + rest_until) FROM ${table}`).pluck().get()).toBe(0);
    mine = true;
    await until(() => sent.length === 2, 1_500);
    expect(sent.toSorted()).toEqual(['SendParcel p', 'SendParcel q']);
  });

  it('stops in the middle of what an instance owes when its turn is over', async () => {
    let mine = true;
    const owed = { commands: [1, 2, 3].map((n) => ({ type: 'SendParcel', parcel: `p${n}` }) as const) };
    const process = run(async () => (mine = false), { maySend: () => mine }, { ...delivery, owed: () => owed });
    await ordered('p');
    await until(() => sent.length > 0, 1_000);
    await later(50);
    await process.stop();
    expect(sent).toEqual(['SendParcel p1']);
  });

  it('knows of the outages when it is asked what it owes', async () => {
    let outages = [{ from: '2026-01-01T00:00:00.000Z', until: '2026-01-01T01:00:00.000Z' }];
    const process = run(carryOut, { outages: () => outages });
    await ordered('p');
    await process.idle();
    clock.advance(HOUR + 1);
    outages = [...outages, { from: '2026-01-02T00:00:00.000Z', until: '2026-01-02T02:00:00.000Z' }];
    await process.idle();
    clock.advance(3 * HOUR - 2);
    await process.idle();
    expect(sent).toEqual(['SendParcel p']);
    clock.advance(1);
    await process.idle();
    expect(sent).toEqual(['SendParcel p', 'ReturnParcel p']);
  });

  it('forgets an instance that is finished', async () => {
    const process = run();
    await ordered('p');
    await ordered('q');
    await process.idle();
    await happened('ParcelReturned', 'p');
    await process.idle();
    expect(instances()).toEqual(['q']);
  });

  it('works on a bounded number of instances at a time, on each one command after the other', async () => {
    let [now, most] = [0, 0];
    const busy = new Set<string>();
    const process = run(
      async (command) => {
        expect(busy).not.toContain(command.parcel);
        busy.add(command.parcel);
        most = Math.max(most, ++now);
        await later(2);
        now -= 1;
        busy.delete(command.parcel);
        await carryOut(command);
      },
      { concurrency: 4 },
    );
    for (let i = 0; i < 40; i++) await ordered(`p${i}`, 0);
    await process.idle();
    expect([most, sent.length, instances()]).toEqual([4, 80, []]);
    expect(told).toEqual([]);
  });
});

describe('an instance whose state changes while its command is being sent', () => {
  it('is not taken up a second time before the first has its outcome, and at once afterwards', async () => {
    const finish: (() => void)[] = [];
    const process = run(async (command) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      await carryOut(command);
    });
    await ordered('p');
    await until(() => sent.length === 1, 1_000);
    await ordered('p', 7 * HOUR);
    await process.subscription.waitFor(await store.end(), 1_000);
    await later(20);
    expect(sent).toHaveLength(1);
    finish.shift()?.();
    await process.idle();
    expect(sent).toEqual(['SendParcel p']);
  });
});

describe('a process that starts', () => {
  it('sends nothing before it has caught up, and then only what is still owed (R8)', async () => {
    for (let i = 0; i < 300; i++) await ordered(`p${i}`);
    for (let i = 0; i < 299; i++) await happened('ParcelSent', `p${i}`);
    await run(carryOut, { pageSize: 10 }).idle();
    expect(sent).toEqual(['SendParcel p299']);
  });

  it('owes after a rebuild what the log says, and nothing of what was done (R8, I10)', async () => {
    const first = run();
    for (let i = 0; i < 20; i++) await ordered(`p${i}`);
    await first.idle();
    await first.stop();
    sent = [];
    await ordered('late');
    await run(carryOut, {}, { ...delivery, version: 2 }).idle();
    expect(sent).toEqual(['SendParcel late']);
    expect(instances()).toHaveLength(21);
  });

  it('takes up at once what rested, or was being sent, when the one before ended', async () => {
    const first = run(() => Promise.reject(new Error('down')), { resend: { baseMs: HOUR, capMs: HOUR } });
    await ordered('p');
    while (told.length === 0) await later(1);
    await first.stop();
    sent = [];
    await run().idle();
    expect(sent).toEqual(['SendParcel p']);
  });

  it('sends what came due while it was down, with nothing new in the log', async () => {
    const first = run();
    await ordered('p');
    await first.idle();
    await first.stop();
    clock.advance(2 * HOUR);
    const second = run();
    expect(await until(() => sent.length === 2, 600)).toBeLessThan(600);
    await second.idle();
    expect(await types('p')).toEqual(['ParcelOrdered', 'ParcelSent', 'ParcelReturned']);
  });

  it('stops when what it is sending has its outcome', async () => {
    let finish = () => {};
    const process = run(() => new Promise<void>((resolve) => (finish = resolve)));
    await ordered('p');
    while (sent.length === 0) await later(1);
    let stopped = false;
    const stopping = process.stop().then(() => (stopped = true));
    await ordered('q');
    await later(20);
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(sent).toEqual(['SendParcel p']);
  });
});

describe('a command that fails', () => {
  it("is reported and sent again until it succeeds, a rule's refusal too", async () => {
    const failures = [new Error('down'), new DomainError('NOT_YET', 'too early'), new Error('down again')];
    const process = run(async (command) => {
      const failure = failures.shift();
      if (failure) throw failure;
      await carryOut(command);
    });
    await ordered('p');
    await process.idle();
    expect(sent).toEqual(Array(4).fill('SendParcel p'));
    expect(told).toEqual(['down', 'too early', 'down again'].map((message) => ['parcel-delivery', 'p', message]));
  });

  it('does not hold up other instances', async () => {
    const process = run(
      async (command) => {
        if (command.parcel.startsWith('bad')) throw new Error('no');
        await carryOut(command);
      },
      { concurrency: 2, resend: { baseMs: 300, capMs: 300 } },
    );
    for (let i = 0; i < 150; i++) await ordered(`bad${i}`);
    await ordered('good');
    await process.subscription.waitFor(await store.end(), 1_000);
    for (let waited = 0; waited < 1_000 && (await types('good')).length < 2; waited += 5) await later(5);
    expect(await types('good')).toEqual(['ParcelOrdered', 'ParcelSent']);
  });

  it('waits longer each time, but not once its state has changed', async () => {
    const process = run(
      async (command) => {
        if (command.type === 'SendParcel') throw new Error('no');
        await carryOut(command);
      },
      { resend: { baseMs: HOUR, capMs: HOUR } },
    );
    await ordered('p', 0);
    while (told.length === 0) await later(1);
    await happened('ParcelTouched', 'p');
    await process.subscription.waitFor(await store.end(), 1_000);
    await later(20);
    expect(sent).toEqual(['SendParcel p']);
    await happened('ParcelSent', 'p');
    await process.idle();
    expect(sent).toEqual(['SendParcel p', 'ReturnParcel p']);
  });

  it('that succeeds without effect is sent again, ever more rarely', async () => {
    run(async () => {}, { unanswered: { baseMs: 10, capMs: HOUR } });
    await ordered('p');
    await later(250);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.length).toBeLessThan(12);
  });

  it('is not sent without a pause where each attempt leads to an event that changes nothing', async () => {
    run(async ({ parcel }) => happened('ParcelTouched', parcel), { unanswered: { baseMs: 40, capMs: HOUR } });
    await ordered('p');
    await later(150);
    expect(sent.length).toBeLessThan(7);
  });
});

describe('a process whose rule fails', () => {
  it('goes on with the other instances', async () => {
    const process = run(
      carryOut,
      { resend: { baseMs: HOUR, capMs: HOUR } },
      {
        ...delivery,
        owed: (state, moment) => {
          if (state.parcel === 'poison') throw new Error('a bug');
          return delivery.owed(state, moment);
        },
      },
    );
    await ordered('poison');
    await ordered('p');
    await process.subscription.waitFor(await store.end(), 1_000);
    while (sent.length === 0) await later(1);
    expect([sent, told]).toEqual([['SendParcel p'], [['parcel-delivery', 'poison', 'a bug']]]);
  });

  it('is not asked without a pause when it wants to be woken in the past', async () => {
    let asked = 0;
    run(carryOut, {}, { ...delivery, owed: () => (asked++, { commands: [], wakeAt: 5 }) });
    await ordered('p');
    await later(60);
    expect(asked).toBe(1);
  });

  it('sends nothing while the clock is not trusted', async () => {
    let trusted = false;
    const now = clock.now.bind(clock);
    clock.now = () => {
      if (!trusted) throw new Error('untrusted');
      return now();
    };
    const process = run();
    await ordered('p', 5 * HOUR);
    await later(30);
    expect([sent, told[0]]).toEqual([[], ['parcel-delivery', undefined, 'untrusted']]);
    trusted = true;
    await process.idle();
    expect(sent).toEqual(['SendParcel p']);
  });
});

describe('a process that is killed at any point', () => {
  it('has in the end sent all that was owed, and each thing has happened once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'process-'));
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('before', 'after', 'none'), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (crashes, parcels) => {
          store = new MemoryEventStore();
          const file = join(folder, `${runs++}.db`);
          for (let i = 0; i < parcels; i++) await ordered(`p${i}`, 0);
          const script = [...crashes];
          const ends: (() => void)[] = [];
          const started: RunningProcess<Parcel, ParcelEvent, ParcelCommand>[] = [];
          for (let alive = false; !alive;) {
            const disk = ReadModels.open(file);
            let die: () => void = () => {};
            const killed = new Promise<void>((resolve) => (die = resolve));
            // The dead do not act on answers; the promise ends only so that the test can clear them away.
            const never = () => (die(), new Promise<never>((_, reject) => ends.push(() => reject(new Error('dead')))));
            const process = runProcess(delivery, {
              store,
              readModels: disk,
              clock,
              send: async (command) => {
                const crash = script.shift() ?? 'none';
                if (crash === 'before') return never();
                await carryOut(command);
                return crash === 'after' ? never() : undefined;
              },
            });
            alive = await Promise.race([process.idle().then(() => true), killed.then(() => false)]);
            if (!alive) disk.close();
            started.push(process);
          }
          for (const end of ends) end();
          await Promise.all(started.map((process) => process.stop()));
          for (let i = 0; i < parcels; i++) expect(await types(`p${i}`)).toEqual(['ParcelOrdered', 'ParcelSent', 'ParcelReturned']);
        },
      ),
      { numRuns: 25 },
    );
    rmSync(folder, { recursive: true });
  });
});
