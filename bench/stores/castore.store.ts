import { PostgresEventStorageAdapter } from '@castore/event-storage-adapter-postgres';
import { poolOf, type PostgresServer } from './postgres-server.js';
import type { Store } from './store.js';

const DATABASE = 'castore';
const CONTEXT = { eventStoreId: 'leads' };

/** Its driver opens so many for an adapter, and a connection string can only make them fewer. */
const CONNECTIONS_OF_ONE = 10;

/**
 * Peer of `append-vs-castore`: Castore's own adapter for PostgreSQL, with the table that it makes itself, and as many adapters as
 * give each stream a connection. Streams are named by up to 64 characters, versions count from 1.
 */
export async function castore(server: PostgresServer, connections: number): Promise<Store> {
  const admin = poolOf(server, 'postgres', 1);
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  // Its URL has no place for a socket; its driver looks for one here.
  Object.assign(process.env, { PGHOST: server.host, PGUSER: server.user });
  const table = { connectionString: `postgres:///${DATABASE}`, tableName: 'events' };
  await PostgresEventStorageAdapter.createEventTable({ ...table, aggregateId: { type: 'VARCHAR', length: 64 } });
  const adapters = Array.from({ length: Math.ceil(connections / CONNECTIONS_OF_ONE) }, () => new PostgresEventStorageAdapter(table));
  const chosen = new Map<string, PostgresEventStorageAdapter>();
  const adapterOf = (stream: string): PostgresEventStorageAdapter => {
    const adapter = chosen.get(stream) ?? (adapters[chosen.size % adapters.length] as PostgresEventStorageAdapter);
    chosen.set(stream, adapter);
    return adapter;
  };
  return {
    name: 'castore',
    async append(stream, revision, { type, data, metadata }) {
      const event = { aggregateId: stream, version: revision + 1, type, payload: data, metadata, timestamp: new Date().toISOString() };
      await adapterOf(stream).pushEvent(event, CONTEXT);
    },
    // It has no way to close its connections; they end with the server.
    close: async () => undefined,
  };
}
