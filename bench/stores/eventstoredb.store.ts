import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type { Store } from './store.js';

/**
 * Peer of `esdb-check`: bare appends through EventStoreDB's own client, one to each of 64 streams at a time, at an exact expected
 * revision, nothing read and nothing decided. The client collects none of them, as it does not by itself.
 */
export async function eventStoreDb(url: string): Promise<Store> {
  const client = EventStoreDBClient.connectionString(url);
  return {
    name: 'eventstoredb',
    async append(stream, revision, { id, type, data, metadata }) {
      const expectedRevision = revision === 0 ? NO_STREAM : BigInt(revision - 1);
      await client.appendToStream(stream, jsonEvent({ id, type, data, metadata }), { expectedRevision });
    },
    close: () => client.dispose(),
  };
}
