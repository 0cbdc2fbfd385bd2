import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import { describeEventStore, type OpenedEventStore } from './event-store.contract.js';
import { describeServer } from './eventstoredb.fidelity.js';
import { FakeEventStoreDb } from './fake-eventstoredb.js';

/** A real server to run the same against: its connection string. */
const { EVENTSTOREDB_URL } = process.env;

async function openedOn(url: string, stop: () => void = () => {}): Promise<OpenedEventStore> {
  const open = () => EventStoreDbEventStore.open(readConnectionString(url), { deadline: 10_000, openWithin: 5_000 });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    close: async () => {
      await store.close();
      stop();
    },
  };
}

async function onFake(): Promise<OpenedEventStore> {
  const server = await FakeEventStoreDb.start();
  return openedOn(server.url, () => server.stop());
}

// The server finds no event id that stands elsewhere; ids are made once for each decision.
const exceptions = { repeatedIdsPass: true } as const;

describeEventStore('the store in EventStoreDB, on its protocol', onFake, exceptions);
describeServer('the server that stands in for EventStoreDB', async () => {
  const server = await FakeEventStoreDb.start();
  return { url: server.url, stop: () => server.stop() };
});

if (EVENTSTOREDB_URL !== undefined) {
  describeEventStore('the store in a real EventStoreDB', () => openedOn(EVENTSTOREDB_URL), exceptions);
  describeServer('a real EventStoreDB', async () => ({ url: EVENTSTOREDB_URL, stop: () => {} }));
}
