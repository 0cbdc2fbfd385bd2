import { randomUUID } from 'node:crypto';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { Store } from './store.js';

/** The log of the service, as the service opens it. */
export async function embedded(directory: string): Promise<Store> {
  const store = await EmbeddedEventStore.open(directory);
  return {
    name: 'embedded',
    async append(stream, revision, { id, type, data }) {
      const recordedAt = new Date().toISOString();
      const cause = { correlationId: randomUUID(), causationId: id, actor: 'bench' };
      await store.append(stream, revision - 1, [{ id, type, schemaVersion: 1, recordedAt, cause, data }]);
    },
    close: () => store.close(),
  };
}
