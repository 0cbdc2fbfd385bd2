import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { poolOf, type PostgresServer } from './postgres-server.js';
import type { Store } from './store.js';

const DATABASE = 'message_store';

/**
 * Peer of `append-vs-messagedb`: Message DB, an event store in stored functions of PostgreSQL, installed by its own script from
 * `@eventide/message-db`. `write_message` with an expected version, as a prepared statement, a connection for each stream. All
 * streams are of one category, as all leads are; the function takes a lock on the category until its commit.
 */
export async function messageDb(server: PostgresServer, connections: number): Promise<Store> {
  const { host, user, bin } = server;
  const home = dirname(createRequire(import.meta.url).resolve('@eventide/message-db/package.json'));
  const env = { PATH: `${bin}:${process.env.PATH}`, PGHOST: host, PGUSER: user, DATABASE_NAME: DATABASE };
  execFileSync('bash', [join(home, 'database', 'install.sh')], { env, stdio: 'pipe' });
  const pool = poolOf(server, DATABASE, connections, 'message_store');
  const text = 'SELECT write_message($1, $2, $3, $4, $5, $6)';
  return {
    name: 'messagedb',
    async append(stream, revision, { id, type, data, metadata }) {
      await pool.query({ name: 'append', text, values: [id, stream, type, data, metadata, revision - 1] });
    },
    close: () => pool.end(),
  };
}
