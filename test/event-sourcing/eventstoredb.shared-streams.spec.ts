import { setTimeout as sleep } from 'node:timers/promises';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import { byTest, counter } from './counter.js';
import { FakeEventStoreDb } from './fake-eventstoredb.js';

const clock = { now: () => 0 };

describe('Two replicas that write to one stream in EventStoreDB', () => {
  let server: FakeEventStoreDb;
  let stores: EventStoreDbEventStore[];
  let here: CommandHandling;
  let there: CommandHandling;

  /** Calls that the server got for it. */
  const callsOf = async (work: () => Promise<unknown>): Promise<{ reads: number; turnedDown: number }> => {
    const [reads, tried] = [server.seen.reads, server.seen.appends];
    const { length } = server.log.records;
    await work();
    return { reads: server.seen.reads - reads, turnedDown: server.seen.appends - tried - (server.log.records.length - length) };
  };
  const count = (by: CommandHandling, tag: string) => by.handle(counter, 's', byTest, () => ({ tag }));
  const hearsOfTheSecondEvent = async () => {
    for (let looks = 0; looks < 400 && !stores[0]?.goesOn('s', 0); looks++) await sleep(5);
  };

  beforeEach(async () => {
    server = await FakeEventStoreDb.start();
    const open = () => EventStoreDbEventStore.open(readConnectionString(server.url), { deadline: 8_000, watchEvery: 60_000 });
    stores = await Promise.all([open(), open()]);
    [here, there] = stores.map((store) => new CommandHandling(store, clock)) as [CommandHandling, CommandHandling];
    await count(here, 'a');
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    server.stop();
  });

  it('read nothing before they write where the other has not written', async () => {
    expect(await callsOf(() => count(here, 'b'))).toEqual({ reads: 0, turnedDown: 0 });
  });

  it('read what the other wrote, once they have heard of it, and are not turned down for it', async () => {
    await count(there, 'b');
    await hearsOfTheSecondEvent();
    expect(stores[0]?.goesOn('s', 1)).toBe(false);
    expect(await callsOf(() => count(here, 'c'))).toEqual({ reads: 1, turnedDown: 0 });
  });

  it('lose nothing and write nothing twice where they have not', async () => {
    const tags = Array.from({ length: 20 }, (_, n) => `t${n}`);
    await Promise.all(tags.flatMap((tag) => [count(here, tag), count(there, tag)]));
    const { state } = await here.load(counter, 's');
    expect([state.total, [...state.tags].toSorted()]).toEqual([21, ['a', ...tags].toSorted()]);
  });
});
