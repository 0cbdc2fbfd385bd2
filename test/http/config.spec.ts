import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError, readConfig, SETTINGS, readDataDir } from '../../src/config.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const complaints = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).complaints;
  }
};

function productionDirectory(directory: string): string {
  mkdirSync(join(directory, 'keys'));
  for (const name of ['keyring', 'issuer']) writeFileSync(join(directory, 'keys', `${name}.json`), '{}');
  return directory;
}

describe('The configuration', () => {
  const temporary = temporaryDirectory('config');

  it('needs nothing for a sandbox', () => {
    expect(readConfig({})).toMatchObject({
      sandbox: true,
      production: false,
      host: '127.0.0.1',
      port: 3000,
      builtInIssuer: true,
      settlementEvery: 30_000,
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', ISSUER_URL: '' })).toEqual(readConfig({}));
  });

  it('names everything that is wrong at once', () => {
    const found = complaints({
      PORT: 'http',
      SETTLEMENT_EVERY: 'daily',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'vestibule',
      BODY_LIMIT: '-1',
      SANDBOX: 'yes',
    });
    const about = found.map((complaint) => /^[A-Z_]+(?= must be )/.exec(complaint)?.[0]);
    expect(about.sort()).toEqual(['BODY_LIMIT', 'LOG_LEVEL', 'PORT', 'PUBLIC_URL', 'SANDBOX', 'SETTLEMENT_EVERY']);
    expect(found).toContain('PORT must be a whole number from 0 to 65535');
  });

  it('takes port 0 only where it is said how the service is reached: nobody would find it in its files', () => {
    expect(complaints({ PORT: '0' })).toEqual(['PUBLIC_URL must be set where PORT is 0']);
    expect(readConfig({ PORT: '0', PUBLIC_URL: 'http://gate.test' })).toMatchObject({ port: 0, publicUrl: 'http://gate.test' });
  });

  it.each(['http', '-1', '65536', '80.5', '0x50', '1e3', ' 80', 'NaN'])('takes %j for no port, and says so once', (PORT) => {
    expect(complaints({ PORT })).toEqual(['PORT must be a whole number from 0 to 65535']);
  });

  it('names in one round what is wrong and what production lacks, each variable once', () => {
    const found = complaints({ NODE_ENV: 'production', PORT: 'http', PUBLIC_URL: 'gate', DATA_DIR: productionDirectory(temporary()) });
    expect([...found].sort()).toEqual([
      'AUDIENCE must be set in production',
      'PORT must be a whole number from 0 to 65535',
      'PUBLIC_URL must be an http or https URL',
    ]);
  });

  it.each(['P1M', 'P1Y', '-PT1S', 'PT0S', '30'])('%s is no duration', (duration) => {
    expect(complaints({ CLOCK_MAX_GAP: duration })).toHaveLength(1);
  });

  it('in production names each thing that is missing or belongs to a sandbox', () => {
    const directory = temporary();
    writeFileSync(join(directory, 'SANDBOX'), '');
    const bare = complaints({ NODE_ENV: 'production' }).join('\n');
    for (const name of ['DATA_DIR', 'PUBLIC_URL', 'AUDIENCE', 'keyring.json', 'issuer.json']) expect(bare).toContain(name);
    const wrong = complaints({
      NODE_ENV: 'production',
      SANDBOX: 'true',
      DATA_DIR: directory,
      PUBLIC_URL: 'http://bank.example',
      ISSUER_URL: 'http://login.bank.example',
      AUDIENCE: 'urn:bank',
    });
    for (const what of ['SANDBOX must', 'PUBLIC_URL must be https', 'ISSUER_URL must be https', 'holds a sandbox', 'keyring.json']) {
      expect(wrong.join('\n')).toContain(what);
    }
    expect(wrong.join('\n')).not.toContain('issuer.json');
  });

  it('in production starts on what is complete', () => {
    const config = readConfig({
      NODE_ENV: 'production',
      DATA_DIR: productionDirectory(temporary()),
      PUBLIC_URL: 'https://bank.example/',
      AUDIENCE: 'urn:bank',
    });
    expect(config).toMatchObject({ production: true, sandbox: false, issuer: 'https://bank.example/oauth', settlementEvery: 86_400_000 });
  });

  it('is described: each variable that is read has its line', () => {
    const source = readFileSync(join(__dirname, '../../src/config.ts'), 'utf8');
    const read = [...source.matchAll(/^ {2}@IsOptional\(\).* ([A-Z_]+)\?:/gm)].map(([, name]) => name);
    expect(new Set<unknown>(SETTINGS.map(({ name }) => name))).toEqual(new Set(read));
  });
});

describe('the data directory of a command', () => {
  it('is the one that it is given, else the service’s, else the one beside it', () => {
    expect(readDataDir('/given', { DATA_DIR: '/served' })).toBe('/given');
    expect(readDataDir(undefined, { DATA_DIR: '/served' })).toBe('/served');
    expect(readDataDir(undefined, {})).toBe(resolve('data'));
  });
});
