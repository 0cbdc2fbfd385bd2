import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import { describeEventStore } from './event-store.contract.js';

const { EVENTSTOREDB_URL } = process.env;

async function opened(url: string) {
  const open = () => EventStoreDbEventStore.open(readConnectionString(url));
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    close: () => store.close(),
  };
}

if (EVENTSTOREDB_URL !== undefined) describeEventStore('a real EventStoreDB', () => opened(EVENTSTOREDB_URL), { repeatedIdsPass: true });
