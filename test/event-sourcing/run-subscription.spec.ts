import { type AllPage, type EventStore, StoreUnavailable, StreamCut } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { MemoryProjection, Projection } from '../../src/event-sourcing/projection.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { runSubscription, type Subscription, type SubscriptionOptions } from '../../src/event-sourcing/run-subscription.js';
import { UnknownEventVersion, Upcasters } from '../../src/event-sourcing/upcasters.js';
import { byTest, type Counted, writeElsewhere } from './counter.js';
import { gatheredTally, MemoryTally, tally } from './tally.js';

let store: MemoryEventStore;
let readModels: ReadModels;
let running: Subscription[];
let told: unknown[];

beforeEach(() => {
  store = new MemoryEventStore();
  readModels = ReadModels.open(':memory:');
  running = [];
  told = [];
});

afterEach(async () => {
  await Promise.all(running.map((subscription) => subscription.stop()));
  readModels.close();
});

function run(
  projection: Projection<Counted> | MemoryProjection<Counted> = tally,
  options: SubscriptionOptions = {},
  log: EventStore = store,
): Subscription {
  const subscription = runSubscription(projection, log, readModels, {
    retry: { baseMs: 2, capMs: 10 },
    // A page is applied whole, however slow the machine; a test of slices says how long they are.
    sliceMs: 60_000,
    onRebuild: ({ name, reason }) => told.push([name, reason]),
    onFailure: ({ name, error, failures }) => told.push([name, (error as Error).message, failures]),
    ...options,
  });
  running.push(subscription);
  return subscription;
}

const current = async (subscription: Subscription) => expect(await subscription.waitFor(await store.end(), 5_000)).toBe(true);
const numbered = (length: number, from = 0) => Array.from({ length }, (_, i) => `t${(from + i) % 7}`);
const rows = () => readModels.db.prepare('SELECT count(*) AS n FROM tally_log').get() as { n: number };
const write = (stream: string, length: number, from = 0) => writeElsewhere(store, stream, numbered(length, from), from);
const writeOther = (stream: string) =>
  store.append(stream, -1, [
    { id: crypto.randomUUID(), type: 'Other', schemaVersion: 1, recordedAt: new Date(0).toISOString(), cause: byTest, data: {} },
  ]);

describe('a projection', () => {
  it('follows the log from its beginning, then what is appended', async () => {
    await write('s', 450);
    const subscription = run();
    await current(subscription);
    await write('s', 3, 450);
    await current(subscription);
    expect(rows()).toEqual({ n: 453 });
  });

  it('goes on after its checkpoint when it is started again', async () => {
    await write('s', 10);
    const first = run();
    await current(first);
    await first.stop();
    await write('s', 5, 10);
    const seen: number[] = [];
    const second = run({ ...tally, apply: (db, event) => (seen.push(event.position), tally.apply(db, event)) });
    await current(second);
    expect(seen).toEqual([10, 11, 12, 13, 14]);
    expect(told).toEqual([['tally', 'nothing usable is stored']]);
  });

  it('is current also where none of its events came', async () => {
    const subscription = run();
    await writeOther('x');
    await writeOther('y');
    expect(await subscription.waitFor(1, 1_000)).toBe(true);
    expect([subscription.position, await subscription.lag()]).toEqual([1, 0]);
    await subscription.stop();
    expect(readModels.checkpointOf(tally as unknown as Projection)).toEqual({ position: 1 });
  });

  it('sees every event where it handles all of them', async () => {
    await writeOther('x');
    await write('s', 1);
    const types: string[] = [];
    await current(run({ ...tally, handles: 'all', apply: (_, { type }) => types.push(type) }));
    expect(types).toEqual(['Other', 'Counted']);
  });

  it('whose page fails half-way keeps nothing of it, says so, tries again, and skips nothing', async () => {
    await write('s', 30);
    let failing = 3;
    const subscription = run(
      {
        ...tally,
        apply: (db, event) => {
          tally.apply(db, event);
          if (event.position === 17 && failing-- > 0) throw new Error('a bug');
        },
      },
      { pageSize: 10 },
    );
    await current(subscription);
    expect(rows()).toEqual({ n: 30 });
    expect(told.slice(1)).toEqual([
      ['tally', 'a bug', 1],
      ['tally', 'a bug', 2],
      ['tally', 'a bug', 3],
    ]);
  });

  it('moves its checkpoint with its rows or not at all (R19)', async () => {
    await write('s', 30);
    const subscription = run({ ...tally, apply: (db, event) => { tally.apply(db, event); if (event.position === 17) throw new Error('for good'); } }, { pageSize: 10 }); // prettier-ignore
    await subscription.waitFor(29, 60);
    await subscription.stop();
    expect([rows(), readModels.checkpointOf(tally as unknown as Projection)?.position]).toEqual([{ n: 10 }, 9]);
  });

  it('is not stopped by another one that fails', async () => {
    await write('s', 5);
    run({ ...tally, name: 'bad', tables: ['bad'], schema: 'CREATE TABLE bad (x)', apply: () => { throw new Error('always'); } }); // prettier-ignore
    await current(run());
    expect(rows()).toEqual({ n: 5 });
  });

  it('takes an event that is delivered twice once (R19)', async () => {
    await write('s', 5);
    const doubling = Object.create(store, {
      subscribe: {
        value: async function* (options: Parameters<EventStore['subscribe']>[0]): AsyncIterable<AllPage> {
          for await (const page of store.subscribe(options)) {
            yield page;
            yield page;
          }
        },
      },
    }) as EventStore;
    const subscription = run(tally, {}, doubling);
    await current(subscription);
    await write('s', 1, 5);
    await current(subscription);
    expect([rows(), told.length]).toEqual([{ n: 6 }, 1]);
  });

  it('subscribes again when the subscription fails or ends', async () => {
    await write('s', 25);
    let calls = 0;
    const flaky = Object.create(store, {
      subscribe: {
        value: async function* (options: Parameters<EventStore['subscribe']>[0]): AsyncIterable<AllPage> {
          calls += 1;
          if (calls === 1) throw new StoreUnavailable('down');
          for await (const page of store.subscribe(options)) {
            yield page;
            if (calls < 4) return;
          }
        },
      },
    }) as EventStore;
    await current(run(tally, { pageSize: 10 }, flaky));
    expect(told.slice(1)).toEqual([
      ['tally', 'down', 1],
      ['tally', 'the subscription ended', 1],
      ['tally', 'the subscription ended', 1],
    ]);
    expect(rows()).toEqual({ n: 25 });
  });

  it("reads old events in today's shape, those that had another name included", async () => {
    await writeOther('x');
    await write('s', 1);
    const upcasters = new Upcasters([{ type: 'Other', version: 1, toType: 'Counted', upcast: () => ({ tag: 'renamed', seen: 0 }) }]);
    await current(run(tally, { upcasters }));
    expect(readModels.db.prepare('SELECT tag FROM tally ORDER BY tag').pluck().all()).toEqual(['renamed', 't0']);
  });

  it('stops before an event that a newer program wrote, and says which (R21)', async () => {
    await write('s', 1);
    await store.append('n', -1, [
      { id: crypto.randomUUID(), type: 'Counted', schemaVersion: 2, recordedAt: new Date(0).toISOString(), cause: byTest, data: {} },
    ]);
    const errors: unknown[] = [];
    const subscription = run(tally, { pageSize: 1, onFailure: ({ error }) => errors.push(error) });
    expect(await subscription.waitFor(1, 40)).toBe(false);
    expect([subscription.position, errors[0]]).toEqual([0, new UnknownEventVersion('n', 0, 'Counted', 2, 1)]);
  });

  it('lets other work run between its slices, and commits each of them', async () => {
    await write('s', 50);
    const turns: number[] = [];
    const timer = setInterval(() => turns.push(rows().n), 1);
    await current(run({ ...tally, apply: (db, event) => { const end = performance.now() + 2; while (performance.now() < end); tally.apply(db, event); } }, { sliceMs: 1 })); // prettier-ignore
    clearInterval(timer);
    expect(new Set(turns).size).toBeGreaterThan(10);
  });
});

describe('a rebuild', () => {
  it('follows a new version, drops the old tables and gives the rows that the live one has (R20)', async () => {
    const live = run();
    for (let i = 0; i < 20; i++) await write(`s${i % 3}`, 5, 5 * Math.floor(i / 3));
    await current(live);
    await live.stop();
    const hash = readModels.hashOf(tally);
    await current(run({ ...tally, version: 2 }));
    expect(readModels.hashOf(tally)).toBe(hash);
    expect(told).toEqual(Array(2).fill(['tally', 'nothing usable is stored']));
  });

  it('tells how far it is, and is caught up only at the end that the log had at the start', async () => {
    await write('s', 1_000);
    const progress: [number, number, boolean][] = [];
    const subscription: Subscription = run(tally, {
      pageSize: 250,
      onProgress: ({ position, end }) => progress.push([position, end, subscription.caughtUp]),
    });
    expect(subscription.caughtUp).toBe(false);
    expect(await subscription.whenCaughtUp(5_000)).toBe(true);
    expect(progress).toEqual([
      [249, 999, false],
      [499, 999, false],
      [749, 999, false],
      [999, 999, true],
    ]);
    await write('s', 1, 1_000);
    await current(subscription);
    expect(progress).toHaveLength(4);
  });

  it('is caught up at once on an empty log', async () => {
    expect(await run().whenCaughtUp(1_000)).toBe(true);
  });

  it('shares one commit between the events of a rest, and ends the rest for whoever waits or stops', async () => {
    const pages: number[] = [];
    const subscription = run(tally, { restMs: 60_000, onPage: (position) => pages.push(position) });
    await subscription.whenCaughtUp(1_000);
    await write('s', 1);
    await current(subscription);
    for (let n = 1; n <= 20; n++) {
      await write('s', 1, n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pages).toEqual([0]);
    await current(subscription);
    expect(pages).toEqual([0, 20]);
    await write('s', 1, 21);
    await subscription.stop();
    expect(rows()).toEqual({ n: 21 });
  });

  it('rests after events that are nothing to it, too: each commit would else wake whoever follows the log', async () => {
    const subscription = run(tally, { restMs: 60_000 });
    await subscription.whenCaughtUp(1_000);
    const { position } = await writeOther('other-0');
    await current(subscription);
    for (let n = 1; n <= 20; n++) {
      await writeOther(`other-${n}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(subscription.position).toBe(position);
    await current(subscription);
    expect(subscription.position).toBe(position + 20);
  });

  it('does not rest while it is catching up', async () => {
    await write('s', 50);
    const subscription = run(tally, { restMs: 60_000, pageSize: 10 });
    expect(await subscription.whenCaughtUp(1_000)).toBe(true);
  });

  it('begins when the tables were dropped underneath it', async () => {
    await write('s', 10);
    const caughtUp: boolean[] = [];
    const subscription: Subscription = run(tally, { pageSize: 10, onProgress: () => caughtUp.push(subscription.caughtUp) });
    await current(subscription);
    readModels.db.exec('DROP TABLE tally');
    await write('s', 1, 10);
    await current(subscription);
    expect([rows(), told.at(-1)]).toEqual([{ n: 11 }, ['tally', 'its tables are gone']]);
    expect(caughtUp).toEqual([true, false, true]);
  });

  it('goes on where the event that it ended at was given up to be forgotten since', async () => {
    await write('s', 10);
    const before = run();
    await current(before);
    await before.stop();
    store.readStream = () => Promise.reject(new StreamCut('events are missing'));
    await write('t', 1);
    const after = run();
    await current(after);
    expect([rows(), told]).toEqual([{ n: 11 }, [['tally', 'nothing usable is stored']]]);
  });

  it.each([
    ['shorter', 3],
    ['as long, but another', 10],
    ['longer, but another', 20],
  ])('begins when the log is %s', async (_, length) => {
    await write('s', 10);
    const before = run();
    await current(before);
    await before.stop();
    store = new MemoryEventStore();
    await write('s', length);
    const after = run();
    expect(after.position).toBe(-1);
    await current(after);
    expect([rows(), told.at(-1)]).toEqual([{ n: length }, ['tally', 'the log is not the one it was built from']]);
    expect(await after.whenCaughtUp(1_000)).toBe(true);
  });
});

describe('a projection that gathers', () => {
  it('writes many pages at once while it is far behind, then whatever comes, and has the rows of one that does not', async () => {
    await write('s', 10_000);
    const writes: number[] = [];
    const gathering = run(gatheredTally(writes), { pageSize: 100 });
    await current(gathering);
    await write('s', 3, 10_000);
    await current(gathering);
    await gathering.stop();
    expect(writes).toEqual([4_000, 4_000, 2_000, 3]);
    const hash = readModels.hashOf(tally);
    await current(run({ ...tally, version: 2 }));
    expect(readModels.hashOf(tally)).toBe(hash);
  });

  it('is current only up to what it has written, and goes on there after a stop', async () => {
    await write('s', 10_000);
    const seen: [position: number, rows: number][] = [];
    const subscription: Subscription = run(gatheredTally(), {
      pageSize: 1_000,
      onPage: (position) => {
        seen.push([position, rows().n]);
        if (position === 3_999) void subscription.stop();
      },
    });
    await subscription.whenCaughtUp(5_000);
    await subscription.stop();
    expect(seen).toEqual([[-1, 0], [-1, 0], [-1, 0], [3_999, 4_000]]); // prettier-ignore
    expect(readModels.checkpointOf(tally as unknown as Projection)).toMatchObject({ position: 3_999, lastEvent: { revision: 3_999 } });
    const writes: number[] = [];
    await current(run(gatheredTally(writes), { pageSize: 1_000 }));
    expect([writes, rows()]).toEqual([[4_000, 2_000], { n: 10_000 }]);
  });

  it.each(['take', 'write'] as const)('forgets what it gathered when it fails to %s, and takes all of it again', async (what) => {
    await write('s', 1_000);
    let failing = 2;
    const gathering = gatheredTally();
    const flaky: Projection<Counted> = {
      ...gathering,
      gather: (db) => {
        const changes = gathering.gather(db);
        const take: typeof changes.take = (event) => {
          changes.take(event);
          if (what === 'take' && event.position === 777 && failing-- > 0) throw new Error('a bug');
        };
        const writeAll = () => {
          changes.write();
          if (what === 'write' && failing-- > 0) throw new Error('a bug');
        };
        return { take, write: writeAll, rows: changes.rows };
      },
    };
    await current(run(flaky, { pageSize: 100 }));
    expect([rows(), told.length]).toEqual([{ n: 1_000 }, 3]);
    expect(readModels.db.prepare('SELECT sum(times) FROM tally').pluck().get()).toBe(1_000);
  });

  it('writes what it gathered when nothing more of its types comes before the end', async () => {
    await write('s', 500);
    await writeOther('x');
    await current(run(gatheredTally(), { pageSize: 100 }));
    expect(rows()).toEqual({ n: 500 });
  });

  it('lets other work run between its pages', async () => {
    await write('s', 3_000);
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const slow = gatheredTally();
    await current(
      run({
        ...slow,
        gather: (db) => {
          const changes = slow.gather(db);
          const take: typeof changes.take = (event) => {
            for (const end = performance.now() + 0.02; performance.now() < end;);
            changes.take(event);
          };
          return { take, write: () => changes.write(), rows: 0 };
        },
      }, { pageSize: 3_000, sliceMs: 2 }), // prettier-ignore
    );
    clearInterval(counting);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a subscription', () => {
  it('has the next page read while it applies one, as long as it is behind, and never two', async () => {
    await write('s', 50);
    const order: string[] = [];
    const watched = Object.create(store, {
      subscribe: {
        value: async function* (options: Parameters<EventStore['subscribe']>[0]): AsyncIterable<AllPage> {
          for await (const page of store.subscribe(options)) {
            order.push(`read ${page.through}`);
            yield page;
          }
        },
      },
    }) as EventStore;
    const slow: Projection<Counted> = { ...tally, apply: (db, event) => {
      tally.apply(db, event);
      if (event.position % 10 === 9) order.push(`applied ${event.position}`);
    } }; // prettier-ignore
    await current(run(slow, { pageSize: 10, sliceMs: -1 }, watched));
    expect(order).toEqual([
      'read 9',
      'read 19',
      'applied 9',
      'read 29',
      'applied 19',
      'read 39',
      'applied 29',
      'read 49',
      'applied 39',
      'applied 49',
    ]);
  });

  it('ends at once when a page cannot be applied, though it is read on', async () => {
    await write('s', 30);
    const subscription = run({ ...tally, apply: () => { throw new Error('always'); } }, { pageSize: 10 }); // prettier-ignore
    await subscription.waitFor(0, 50);
    await subscription.stop();
    expect(told.length).toBeGreaterThan(2);
  });
});

describe('whoever waits for a position', () => {
  it('is told when it is reached, when the time is over, and when the subscription stops', async () => {
    const subscription = run();
    const reached = subscription.waitFor(0, 1_000);
    const late = subscription.waitFor(5, 30);
    const stopped = subscription.waitFor(5, 10_000);
    await write('s', 1);
    expect([await reached, await late]).toEqual([true, false]);
    await subscription.stop();
    expect([await stopped, await subscription.waitFor(5, 10_000), await subscription.waitFor(0, 10)]).toEqual([false, false, true]);
  });

  it('learns how far the read model is behind', async () => {
    const subscription = run({ ...tally, apply: () => { throw new Error('stuck'); } }); // prettier-ignore
    await write('s', 4);
    expect(await subscription.lag()).toBe(4);
  });
});

describe('a projection in memory', () => {
  it('goes on from its own snapshot, and is given the checkpoint to keep with the next one', async () => {
    await write('s', 10);
    const first = new MemoryTally();
    const before = run(first);
    await current(before);
    await before.stop();
    expect(first.saved.at).toMatchObject({ position: 9, lastEvent: { stream: 's', revision: 9 } });
    await write('s', 2, 10);
    const second = new MemoryTally(first.saved);
    await current(run(second));
    expect([second.applied, second.positions.size]).toEqual([2, 12]);
  });

  it('is emptied and built anew when its snapshot is of another log', async () => {
    await write('s', 3);
    const restored = new MemoryTally({ positions: [0, 1, 2, 3, 4, 5, 6], at: { position: 6 } });
    await current(run(restored));
    expect([...restored.positions]).toEqual([0, 1, 2]);
  });

  it('is given a page that failed once more', async () => {
    await write('s', 10);
    const memory = new MemoryTally();
    const { apply } = memory;
    let failing = true;
    memory.apply = (event) => {
      apply(event);
      if (failing && event.position === 5) {
        failing = false;
        throw new Error('once');
      }
    };
    await current(run(memory));
    expect(memory.positions.size).toBe(10);
  });
});
