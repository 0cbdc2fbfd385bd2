import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { poolOf, type PostgresServer } from './postgres-server.js';
import type { Store } from './store.js';

const DATABASE = 'emmett';

/**
 * Peer of `append-vs-emmett`: Emmett's store for PostgreSQL with the schema that it makes itself, no projections, and a pool
 * with a connection for each stream.
 */
export async function emmett(server: PostgresServer, connections: number): Promise<Store> {
  const admin = poolOf(server, 'postgres', 1);
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  const pool = poolOf(server, DATABASE, connections);
  const store = getPostgreSQLEventStore(`postgresql://${server.user}@localhost/${DATABASE}?host=${encodeURIComponent(server.host)}`, {
    connectionOptions: { pool },
  });
  await store.schema.migrate();
  return {
    name: 'emmett',
    async append(stream, revision, { type, data, metadata }) {
      const expectedStreamVersion = revision === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(revision);
      await store.appendToStream(stream, [{ type, data, metadata }], { expectedStreamVersion });
    },
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
