import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileKeyVault } from '../../src/modules/persons/file.key-vault.js';
import { NoDataKey, SealBroken, VaultUnavailable, VaultUnusable } from '../../src/modules/persons/key-vault.js';
import { addVaultKey, dropOldVaultKeys, readVaultKeys } from '../../src/modules/persons/vault-key-file.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';

const PETR = { email: 'petr@example.org' };

describe('The key vault', () => {
  let folder: string;
  let vault: FileKeyVault;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vault-'));
    vault = await FileKeyVault.open(folder);
  });
  afterEach(async () => {
    await vault.close();
    rmSync(folder, { recursive: true });
  });

  const reopened = async () => {
    await vault.close();
    vault = await FileKeyVault.open(folder);
    return vault;
  };

  it('opens what it sealed, also after a restart', async () => {
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    expect(await vault.open('customer:petr', sealed)).toEqual(PETR);
    expect(await (await reopened()).open('customer:petr', sealed)).toEqual(PETR);
  });

  it('seals the same text differently every time, and never in clear', async () => {
    await vault.ensureKey('customer:petr');
    const [one, two] = [await vault.seal('customer:petr', PETR), await vault.seal('customer:petr', PETR)];
    expect(one).not.toBe(two);
    expect(Buffer.from(one.slice(3), 'base64url').toString('latin1')).not.toContain('petr@');
  });

  it('keeps the key that a subject has', async () => {
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    await reopened();
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    expect(await vault.open('customer:petr', sealed)).toEqual(PETR);
  });

  it('seals for many at once, each under the key that it has or now gets', async () => {
    await vault.ensureKey('customer:petr');
    const before = await vault.seal('customer:petr', PETR);
    const subjects = ['customer:jana', 'customer:petr', 'customer:"\n', 'customer:jana'];
    const sealed = await vault.sealAll(subjects.map((subject, i) => [subject, { text: `"${i}"\n` }]));
    const again = await reopened();
    for (const [i, subject] of subjects.entries()) expect(await again.open(subject, sealed[i] as string)).toEqual({ text: `"${i}"\n` });
    expect(await again.open('customer:petr', before)).toEqual(PETR);
    expect(await again.open('customer:petr', sealed[0] as string)).toBeUndefined();
    expect(await again.sealAll([])).toEqual([]);
  });

  it('gives one key to a subject for whom two ask at the same time', async () => {
    await Promise.all([vault.ensureKey('customer:petr'), vault.ensureKey('customer:petr')]);
    const sealed = await vault.seal('customer:petr', PETR);
    expect(await (await reopened()).open('customer:petr', sealed)).toEqual(PETR);
  });

  it('seals nothing for a subject without a key', async () => {
    await expect(vault.seal('customer:petr', PETR)).rejects.toThrow(NoDataKey);
  });

  it('refuses what was sealed for another subject, and what was changed', async () => {
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    const sealed = await vault.seal('customer:petr', PETR);
    const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    await expect(vault.open('customer:petr', changed)).rejects.toThrow(SealBroken);
    await expect(vault.open('customer:petr', 'nonsense')).rejects.toThrow(SealBroken);
    expect(await vault.open('customer:jana', sealed)).toBeUndefined();
  });

  it('refuses a wrapped key that was moved to another subject', async () => {
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    const sealed = await vault.seal('customer:petr', PETR);
    await vault.close();
    const db = new Sqlite(join(folder, 'vault.db'));
    db.exec("UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE subject = 'customer:petr') WHERE subject = 'customer:jana'");
    db.close();
    vault = await FileKeyVault.open(folder);
    await expect(vault.open('customer:jana', sealed)).rejects.toThrow(SealBroken);
    await expect(vault.seal('customer:jana', PETR)).rejects.toThrow(SealBroken);
  });

  it('erases by destroying the key: nothing opens any more, and no copy is left in any file (R43)', async () => {
    await vault.ensureKeys(Array.from({ length: 300 }, (_, i) => `customer:${i}`));
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    await reopened();
    const db = new Sqlite(join(folder, 'vault.db'), { readonly: true });
    const wrapped = db.prepare<[], Buffer>("SELECT wrapped FROM data_key WHERE subject = 'customer:petr'").pluck().get() as Buffer;
    db.close();
    const holds = () =>
      readdirSync(folder).filter((name) => name.startsWith('vault.db') && readFileSync(join(folder, name)).includes(wrapped));
    expect(holds()).not.toEqual([]);
    await vault.destroy('customer:petr');
    expect(holds()).toEqual([]);
    expect(await vault.open('customer:petr', sealed)).toBeUndefined();
    await expect(vault.seal('customer:petr', PETR)).rejects.toThrow(NoDataKey);
    expect(await (await reopened()).open('customer:petr', sealed)).toBeUndefined();
  });

  it('erases a key that was never older than the write-ahead log', async () => {
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    await vault.destroy('customer:petr');
    expect(statSync(join(folder, 'vault.db-wal')).size).toBe(0);
    expect(await vault.open('customer:petr', sealed)).toBeUndefined();
  });

  it('gives a subject that comes back a new key, which does not open the old seals', async () => {
    await vault.ensureKey('customer:petr');
    const old = await vault.seal('customer:petr', PETR);
    await vault.destroy('customer:petr');
    await vault.ensureKey('customer:petr');
    expect(await vault.open('customer:petr', old)).toBeUndefined();
    expect(await vault.open('customer:petr', await vault.seal('customer:petr', PETR))).toEqual(PETR);
  });

  it('does not remember a key that was read while it was being destroyed', async () => {
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    await reopened();
    await Promise.all([vault.open('customer:petr', sealed), vault.destroy('customer:petr')]);
    expect(await vault.open('customer:petr', sealed)).toBeUndefined();
  });

  it('makes keys for an import without holding up the event loop', async () => {
    let longest = 0;
    let last = performance.now();
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    for (let batch = 0; batch < 10; batch++) await vault.ensureKeys(Array.from({ length: 500 }, (_, i) => `customer:${batch}-${i}`));
    clearInterval(ticking);
    expect(longest).toBeLessThan(200);
  });

  it('keeps both of its files from other users', () => {
    for (const name of ['vault.db', 'keys/vault-key']) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  it('wraps under the newest of its keys, unwraps under all, and once everything is rewrapped needs the newest alone', async () => {
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    const sealed = await vault.seal('customer:petr', PETR);
    await vault.destroy('customer:jana');
    await vault.close();
    addVaultKey(folder);
    vault = await FileKeyVault.open(folder);
    expect(await vault.open('customer:petr', sealed)).toEqual(PETR);
    await vault.rewrap();
    await vault.ensureKeys(Array.from({ length: 2_500 }, (_, i) => `customer:${i}`));
    await vault.close();
    addVaultKey(folder);
    vault = await FileKeyVault.open(folder);
    await vault.rewrap();
    await vault.close();
    dropOldVaultKeys(folder);
    expect(readVaultKeys(folder)).toHaveLength(1);
    vault = await FileKeyVault.open(folder);
    expect(await vault.open('customer:petr', sealed)).toEqual(PETR);
    for (const last of [0, 1_000, 2_499]) await vault.seal(`customer:${last}`, PETR);
    await expect(vault.seal('customer:jana', PETR)).rejects.toThrow(NoDataKey);
    expect(statSync(join(folder, 'keys/vault-key')).mode & 0o077).toBe(0);
  });

  it('leaves in its file nothing that was wrapped under an old key', async () => {
    await vault.ensureKey('customer:petr');
    await reopened();
    const db = new Sqlite(join(folder, 'vault.db'), { readonly: true });
    const wrapped = db.prepare<[], Buffer>("SELECT wrapped FROM data_key WHERE subject = 'customer:petr'").pluck().get() as Buffer;
    db.close();
    await vault.close();
    addVaultKey(folder);
    vault = await FileKeyVault.open(folder);
    await vault.rewrap();
    for (const name of readdirSync(folder).filter((each) => each.startsWith('vault.db')))
      expect(readFileSync(join(folder, name)).includes(wrapped)).toBe(false);
  });

  it('says so when it is closed', async () => {
    await vault.close();
    await expect(vault.ensureKey('customer:petr')).rejects.toThrow(VaultUnavailable);
  });

  it.each([
    ['its key is gone', () => renameSync(join(folder, 'keys/vault-key'), join(folder, 'elsewhere')), 'missing'],
    ['its key is another', () => writeFileSync(join(folder, 'keys/vault-key'), Buffer.alloc(32, 7).toString('base64url')), 'not the key'],
    ['its key is damaged', () => writeFileSync(join(folder, 'keys/vault-key'), 'abc'), '32 bytes'],
    ['others can read its key', () => chmodSync(join(folder, 'keys/vault-key'), 0o644), '0600'],
    ['it is no database', () => writeFileSync(join(folder, 'vault.db'), 'x'.repeat(5000)), 'cannot be opened'],
  ])('refuses to start when %s', async (_, spoil, words) => {
    await vault.close();
    spoil();
    const opening = FileKeyVault.open(folder);
    await expect(opening).rejects.toThrow(VaultUnusable);
    await expect(opening).rejects.toThrow(words);
    expect(existsSync(join(folder, 'vault.db'))).toBe(true);
  });
});
