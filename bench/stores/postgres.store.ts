import { poolOf, type PostgresServer } from './postgres-server.js';
import type { Store } from './store.js';

const SCHEMA = `
  CREATE TABLE event (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL,
    revision bigint NOT NULL,
    id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    data jsonb NOT NULL,
    metadata jsonb NOT NULL,
    UNIQUE (stream, revision)
  )`;

/**
 * Peer of `append-vs-postgres`: the log that one would write on PostgreSQL by hand. One table, the place in the stream held by a
 * unique index, one prepared INSERT that is its own transaction, and a connection for each stream that is written at once.
 */
export async function postgres(server: PostgresServer, connections: number): Promise<Store> {
  const pool = poolOf(server, 'postgres', connections);
  await pool.query(SCHEMA);
  const text = 'INSERT INTO event (stream, revision, id, type, data, metadata) VALUES ($1, $2, $3, $4, $5, $6)';
  return {
    name: 'postgres',
    async append(stream, revision, { id, type, data, metadata }) {
      await pool.query({ name: 'append', text, values: [stream, revision, id, type, data, metadata] });
    },
    close: () => pool.end(),
  };
}
