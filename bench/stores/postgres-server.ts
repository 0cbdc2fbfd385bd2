import { execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Absent } from '../group.js';

const USER = 'postgres';
const LOOK_AGAIN_MS = 100;
const START_WITHIN_MS = 60_000;

/**
 * Every commit synced, as the log's are; the rest as one would set it on a machine for this alone: memory for what is hot, and
 * room in the write-ahead log, so that no checkpoint comes while it is measured. Sixty-four clients share a sync by themselves.
 */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  wal_compression: 'off',
  max_connections: '400',
  listen_addresses: '',
  jit: 'off',
};

/** A PostgreSQL of the bench's own, on a socket in a temporary directory. */
export interface PostgresServer {
  readonly version: string;
  /** Directory of its socket. */
  readonly host: string;
  readonly user: string;
  /** Where its programs are. */
  readonly bin: string;
  stop(): Promise<void>;
}

/** @throws Absent where PostgreSQL is not installed */
export async function startPostgres(directory: string): Promise<PostgresServer> {
  const bin = programs();
  const who = account();
  const home = join(directory, 'postgres');
  const data = join(home, 'data');
  mkdirSync(home);
  // Its own user has to get through to it.
  if (who.uid !== undefined) {
    chmodSync(dirname(home), 0o711);
    chownSync(home, who.uid, who.gid ?? who.uid);
  }
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C'], { ...who, stdio: 'pipe' });
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: home }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings], { ...who, stdio: 'ignore' });
  const end = (): void => void server.kill('SIGINT');
  process.once('exit', end);
  const version = await answers(home);
  return {
    version,
    host: home,
    user: USER,
    bin,
    async stop() {
      process.removeListener('exit', end);
      const exit = once(server, 'exit');
      end();
      await exit;
    },
  };
}

/** @param schema looked through before `public` */
export function poolOf({ host, user }: PostgresServer, database: string, connections: number, schema = 'public'): pg.Pool {
  const pool = new pg.Pool({ host, user, database, max: connections, options: `-c search_path=${schema},public` });
  // Connections that nobody uses are cut off when the server is stopped.
  return pool.on('error', () => undefined);
}

function programs(): string {
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    throw new Absent('PostgreSQL is not installed (Debian: apt-get install postgresql libpq-dev)');
  }
}

/** PostgreSQL refuses to run as root. */
function account(): Pick<SpawnOptions, 'uid' | 'gid'> & { readonly cwd: string } {
  if (process.getuid?.() !== 0) return { cwd: '/' };
  const id = (what: string): number => Number(execFileSync('id', [what, USER], { encoding: 'utf8', stdio: 'pipe' }));
  return { uid: id('-u'), gid: id('-g'), cwd: '/' };
}

async function answers(host: string): Promise<string> {
  for (const until = Date.now() + START_WITHIN_MS; ;) {
    const client = new pg.Client({ host, user: USER, database: 'postgres' });
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
      await client.end();
      return rows[0]?.server_version ?? '';
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > until) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
