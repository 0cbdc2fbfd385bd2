import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { type DataKey, newDataKey, openUnder, sealUnder, unwrapDataKey, wrapDataKey } from './data-key.js';
import { type KeyVault, NoDataKey, VaultUnusable } from './key-vault.js';
import { hasVaultKey, makeVaultKey, readVaultKey } from './vault-key-file.js';
import { VaultThread } from './vault-thread.js';

const CACHED_KEYS = 10_000;
// Its wrapped key shows at start that the master key is the one that the vault was written with.
const CHECK_SUBJECT = 'vault:check';

/**
 * The vault of one process: `<data>/vault.db` holds the wrapped data keys, `<data>/keys/vault-key` the master key. One
 * without the other opens nothing.
 */
export class FileKeyVault implements KeyVault {
  private readonly cache = new LRUCache<string, DataKey>({ max: CACHED_KEYS });
  /** Counts destructions, so that a key read before one is not remembered after it. */
  private destructions = 0;

  private constructor(
    private readonly thread: VaultThread,
    private readonly master: Buffer,
  ) {}

  /** Makes both files when neither is there. @throws VaultUnusable */
  static async open(dataDir: string): Promise<FileKeyVault> {
    const file = join(dataDir, 'vault.db');
    const master = masterKey(dataDir, existsSync(file));
    const vault = new FileKeyVault(await VaultThread.start(file), master);
    chmodSync(file, 0o600);
    try {
      await vault.ensureKey(CHECK_SUBJECT);
    } catch {
      await vault.close();
      throw new VaultUnusable('keys/vault-key is not the key that vault.db was written with');
    }
    return vault;
  }

  async ensureKey(subject: string): Promise<void> {
    await this.ensureKeys([subject]);
  }

  async ensureKeys(subjects: readonly string[]): Promise<void> {
    const missing = [...new Set(subjects)].filter((subject) => !this.cache.has(subject));
    if (missing.length === 0) return;
    const { destructions } = this;
    const made = missing.map(() => newDataKey());
    const keys = missing.map((subject, i) => [subject, wrapDataKey(this.master, subject, made[i] as DataKey)] as const);
    const held = await this.thread.ask({ kind: 'ensure', keys });
    for (const [i, [subject, wrapped]] of keys.entries()) {
      const there = held[i] as Uint8Array;
      const key = wrapped.equals(there) ? (made[i] as DataKey) : unwrapDataKey(this.master, subject, there);
      if (destructions === this.destructions) this.cache.set(subject, key);
    }
  }

  async seal(subject: string, plaintext: object): Promise<string> {
    const key = await this.keyOf(subject);
    if (!key) throw new NoDataKey('a subject without a data key: ensureKey comes first');
    return sealUnder(key, subject, plaintext);
  }

  async open(subject: string, sealed: string): Promise<object | undefined> {
    return openUnder(await this.keyOf(subject), subject, sealed);
  }

  async destroy(subject: string): Promise<void> {
    this.destructions += 1;
    this.cache.delete(subject);
    await this.thread.ask({ kind: 'destroy', subject });
  }

  async close(): Promise<void> {
    await this.thread.close();
    this.cache.clear();
  }

  private async keyOf(subject: string): Promise<DataKey | undefined> {
    const cached = this.cache.get(subject);
    if (cached) return cached;
    const { destructions } = this;
    const [wrapped] = await this.thread.ask({ kind: 'get', subject });
    if (!wrapped) return undefined;
    const key = unwrapDataKey(this.master, subject, wrapped);
    if (destructions === this.destructions) this.cache.set(subject, key);
    return key;
  }
}

function masterKey(dataDir: string, vaultExists: boolean): Buffer {
  // A new key beside an old vault would look like the erasure of everybody.
  if (vaultExists && !hasVaultKey(dataDir))
    throw new VaultUnusable('vault.db is there and keys/vault-key is missing: restore it from the backup of the keys');
  makeVaultKey(dataDir);
  return readVaultKey(dataDir);
}
