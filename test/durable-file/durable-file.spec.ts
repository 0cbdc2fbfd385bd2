import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDurably, writeDurably } from '../../src/durable-file.js';
import { makeIssuerKey } from '../../src/modules/access/issuer-key.js';
import { makeKeyring } from '../../src/modules/persons/keyring-file.js';

describe('A file that is written durably', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vestibule-durable-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the place of the one that is there, in folders that are made for it, and nobody else may read it', () => {
    const path = join(folder, 'keys', 'clients', 'a.json');
    writeDurably(path, 'old');
    writeDurably(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o077).toBe(0);
    expect(readdirSync(join(folder, 'keys', 'clients'))).toEqual(['a.json']);
  });

  it('leaves the old one as it was when it cannot be written', () => {
    const path = join(folder, 'a.json');
    writeDurably(path, 'old');
    mkdirSync(`${path}.${process.pid}.part`);
    expect(() => writeDurably(path, 'new')).toThrow('EISDIR');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('is made once: who comes second finds the first one’s', () => {
    const path = join(folder, 'keyring.json');
    expect([createDurably(path, 'first'), createDurably(path, 'second')]).toEqual([true, false]);
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['keyring.json']);
  });

  it('is how keys are made: cut off at any moment, there is a whole one or none', async () => {
    const path = (name: string): string => join(folder, 'keys', name);
    for (const name of ['keyring.json', 'issuer.json']) mkdirSync(`${path(name)}.${process.pid}.part`, { recursive: true });
    expect(() => makeKeyring(path('keyring.json'))).toThrow('EISDIR');
    await expect(makeIssuerKey(folder)).rejects.toThrow('EISDIR');
    expect(readdirSync(join(folder, 'keys')).filter((name) => name.endsWith('.json'))).toEqual([]);
  });
});

describe('npm run keys, several at once', () => {
  it('end well, with one set of keys that none of them replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-keys-'));
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => (await once(spawn(process.execPath, ['dist/cli/keys.js', folder]), 'exit'))[0] as number),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readdirSync(join(folder, 'keys')).sort()).toEqual(['issuer.json', 'keyring.json', 'vault-key']);
    rmSync(folder, { recursive: true });
  });
});
