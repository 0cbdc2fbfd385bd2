import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import { loadKeyring } from '../../src/modules/persons/keyring-file.js';
import { LogKeyVault } from '../../src/modules/persons/log.key-vault.js';
import { readVaultKeys } from '../../src/modules/persons/vault-key-file.js';
import { WrappingKeys } from '../../src/modules/persons/wrapping-keys.js';
import { FakeEventStoreDb } from '../event-sourcing/fake-eventstoredb.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe('the commands, where the log is in EventStoreDB,', () => {
  const place = temporaryDirectory('shared-log');
  let server: FakeEventStoreDb;
  let store: EventStoreDbEventStore;
  beforeEach(async () => {
    server = await FakeEventStoreDb.start();
    store = await EventStoreDbEventStore.open(readConnectionString(server.url));
  });
  afterEach(async () => {
    await store.close();
    server.stop();
  });

  /** Not `spawnSync`: the server is in this process. */
  async function run(program: string, ...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
    const env = { PATH: process.env['PATH'], EVENTSTOREDB_URL: server.url };
    const child = spawn(process.execPath, [resolve('dist/cli', program), ...args], { env });
    const said = { code: undefined as unknown, out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += String(text)));
    child.stderr.on('data', (text) => (said.err += String(text)));
    said.code = await new Promise((ended) => child.once('close', ended));
    return said;
  }

  const typesIn = async (stream: string): Promise<string[]> => (await store.readStream(stream)).map(({ type }) => type);

  async function clientIsRegistered(): Promise<void> {
    await run('keys.js', join(place(), 'data'));
    const jwks = join(place(), 'jwks.json');
    writeFileSync(jwks, JSON.stringify({ keys: [publicJwk(await newKey())] }));
    const said = await run('register-client.js', '--data', join(place(), 'data'), '--id', 'ana', '--role', 'analyst', '--jwks', jwks);
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('ana is registered') as unknown });
  }

  it('keys makes the wrapping key, and no vault: the data keys are in the log', async () => {
    expect((await run('keys.js', place())).code).toBe(0);
    expect(existsSync(join(place(), 'keys/vault-key'))).toBe(true);
    expect(existsSync(join(place(), 'vault.db'))).toBe(false);
  });

  it('keys adds a wrapping key, and wraps what stands in the log under it', async () => {
    const wrapped = async (): Promise<string[]> => {
      const { events } = await store.readAll({ types: ['KeyTreeWritten'] });
      return events.map(({ data }) => (data as { under: string }).under);
    };
    await run('keys.js', place());
    const vault = () => {
      const keys = new WrappingKeys(() => readVaultKeys(place()));
      return new LogKeyVault(store, { now: () => Date.now() }, loadKeyring(join(place(), 'keys/keyring.json')), keys);
    };
    await vault().ensureKeys(['customer:petr']);
    const sealed = await vault().seal('customer:petr', { a: 1 });
    expect(await run('keys.js', place(), '--new-vault-key')).toMatchObject({
      code: 0,
      out: expect.stringContaining('has a new key') as unknown,
    });
    expect(readVaultKeys(place())).toHaveLength(2);
    expect(await run('keys.js', place(), '--rewrap')).toMatchObject({
      code: 0,
      out: expect.stringContaining('can be taken out') as unknown,
    });
    expect(new Set(await wrapped()).size).toBe(2);
    writeFileSync(join(place(), 'keys/vault-key'), (readVaultKeys(place())[0] as Buffer).toString('base64url'));
    expect(await vault().open('customer:petr', sealed)).toEqual({ a: 1 });
    // Whoever has the old one alone is told so.
    writeFileSync(join(place(), 'keys/vault-key'), Buffer.alloc(32, 7).toString('base64url'));
    expect(await run('keys.js', place(), '--rewrap')).toMatchObject({
      code: 1,
      err: expect.stringContaining('keys/vault-key lacks a key') as unknown,
    });
  }, 60_000);

  it('client registers in the shared log, while a service may be running on it', async () => {
    await clientIsRegistered();
    expect(await typesIn('client-ana')).toEqual(['ClientRegistered', 'ClientKeyRegistered']);
    expect(existsSync(join(place(), 'data/log.db'))).toBe(false);
  });

  it('backup says in a line what to do instead', async () => {
    const { code, err } = await run('backup.js', join(place(), 'backup'));
    expect(code).toBe(1);
    expect(err).toMatch(/^backup: EVENTSTOREDB_URL is set: back the log up with the tools of EventStoreDB[^\n]*\n$/);
  });

  it('restore has the log say that it was put back, so that no balance is believed', async () => {
    await clientIsRegistered();
    const end = await store.end();
    const { code, out } = await run('restore.js', 'backup-of-monday');
    expect([code, out]).toEqual([0, expect.stringContaining('counts as restored')]);
    const [restored] = await store.readStream('gate');
    expect(restored?.data).toMatchObject({ backup: 'backup-of-monday', through: end, restores: 1 });
    expect(await typesIn('gate')).toEqual(['LogRestored', 'GateHalted']);
  });

  it('restore refuses an empty log', async () => {
    const { code, err } = await run('restore.js', 'backup-of-monday');
    expect([code, err]).toEqual([1, 'restore: the log in EventStoreDB is empty: put the backup there first\n']);
  });
});
