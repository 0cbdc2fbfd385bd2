import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigError, readConfig, readLogSettings } from '../../src/config.js';

const SECRET = 's3cret-Pässword';
const URL_SECRET = encodeURIComponent(SECRET);

const complaints = (env: Record<string, string>): readonly string[] => {
  try {
    readLogSettings(env);
    return [];
  } catch (error) {
    return (error as ConfigError).complaints;
  }
};
const inProduction = (env: Record<string, string>) => complaints({ NODE_ENV: 'production', ...env });

describe('The log in EventStoreDB', () => {
  it('is told by its connection string', () => {
    expect(readConfig({}).eventStoreDb).toBeUndefined();
    expect(readConfig({ EVENTSTOREDB_URL: 'esdb://log.bank.example' }).eventStoreDb).toEqual({
      find: 'node',
      addresses: [{ address: 'log.bank.example', port: 2113 }],
      secure: true,
    });
    expect(readLogSettings({ EVENTSTOREDB_URL: 'esdb://a:1,b:2/?TLS=false&keep_alive_interval=10000' })).toMatchObject({
      find: 'gossip',
      addresses: [
        { address: 'a', port: 1 },
        { address: 'b', port: 2 },
      ],
      secure: false,
      keepAliveInterval: 10_000,
    });
    expect(readLogSettings({ EVENTSTOREDB_URL: 'esdb+discover://log.bank.example:2114' })).toMatchObject({ find: 'dns' });
  });

  it('has its user in the connection string or beside it', () => {
    const both = [
      { EVENTSTOREDB_URL: `esdb://vestibule:${URL_SECRET}@log:2113` },
      { EVENTSTOREDB_URL: 'esdb://other:one@log:2113', EVENTSTOREDB_USERNAME: 'vestibule', EVENTSTOREDB_PASSWORD: SECRET },
    ];
    for (const env of both) {
      const { credentials } = readLogSettings(env)!;
      expect([credentials?.username, credentials?.password]).toEqual(['vestibule', SECRET]);
    }
  });

  it('keeps the password to itself wherever the configuration is shown (R26)', () => {
    const config = readConfig({ EVENTSTOREDB_URL: `esdb://vestibule:${URL_SECRET}@log:2113` });
    for (const shown of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)]) {
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain(URL_SECRET);
    }
  });

  it.each([
    ['http://log:2113', 'look like'],
    [`esdb://vestibule:${URL_SECRET}@`, 'look like'],
    [`esdb://vestibule:${URL_SECRET}@log:21a3`, 'host:port'],
    [`esdb://vestibule:${URL_SECRET}@log?tls=maybe`, 'tls has to be'],
    [`esdb://vestibule:${URL_SECRET}@log?tlsVerifyCert=false`, 'does nothing'],
    [`esdb://vestibule:${URL_SECRET}@log?nodePreference=follower`, 'leader'],
    [`esdb://vestibule:${URL_SECRET}@log?throwOnAppendFailure=false`, 'not known'],
    [`esdb://vestibule:${URL_SECRET}@log?gossipTimeout=soon`, 'whole number'],
    [`esdb://vestibule:%E0%A4%A@log`, 'percent-encoded'],
  ])('is not looked for at %s, and the complaint repeats nothing of it', (url, what) => {
    const [complaint, ...others] = complaints({ EVENTSTOREDB_URL: url });
    expect(complaint).toContain(what);
    expect(others).toEqual([]);
    for (const part of [SECRET, URL_SECRET, 'vestibule']) expect(complaint).not.toContain(part);
  });

  it('has nothing that belongs to it without a connection string, which may only be misspelt', () => {
    expect(complaints({ EVENTSTOREDB_PASSWORD: SECRET })).toEqual(['EVENTSTOREDB_PASSWORD has no use without EVENTSTOREDB_URL']);
  });

  it('in production is reached over TLS, by a user with a password that not everybody knows (R26)', () => {
    expect(inProduction({ EVENTSTOREDB_URL: 'esdb://log?tls=false' }).join('\n')).toMatch(
      /tls=false[^]*USERNAME and EVENTSTOREDB_PASSWORD/,
    );
    for (const user of ['admin', 'ops']) {
      expect(inProduction({ EVENTSTOREDB_URL: `esdb://${user}:changeit@log` })).toEqual([
        expect.stringContaining('every new EventStoreDB has'),
      ]);
    }
    expect(inProduction({ EVENTSTOREDB_URL: 'esdb://log', EVENTSTOREDB_USERNAME: 'vestibule' })).toContainEqual(
      expect.stringContaining('EVENTSTOREDB_PASSWORD must go with'),
    );
    expect(inProduction({ EVENTSTOREDB_URL: `esdb://vestibule:${URL_SECRET}@log` })).toEqual([]);
  });

  it('names the authority of its certificates as a file that is there', () => {
    const directory = mkdtempSync(join(tmpdir(), 'vestibule-ca-'));
    const file = join(directory, 'ca.crt');
    writeFileSync(file, '');
    expect(readLogSettings({ EVENTSTOREDB_URL: 'esdb://log', EVENTSTOREDB_CA_FILE: file })).toMatchObject({ caFile: file });
    rmSync(directory, { recursive: true });
    expect(complaints({ EVENTSTOREDB_URL: 'esdb://log', EVENTSTOREDB_CA_FILE: file })).toEqual(['EVENTSTOREDB_CA_FILE names no file']);
  });
});
