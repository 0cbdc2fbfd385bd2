import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { type DataKey, newDataKey, openUnder, sealUnder, unwrapUnderAny, wrapDataKey } from './data-key.js';
import { type KeyVault, NoDataKey, type ToSeal, VaultUnusable } from './key-vault.js';
import { hasVaultKey, makeVaultKey, readVaultKeys } from './vault-key-file.js';
import { VaultThread } from './vault-thread.js';

const CACHED_KEYS = 10_000;
/** Keys that are wrapped anew in one commit. */
const REWRAPPED_AT_ONCE = 1_000;
// Its wrapped key shows at start that the master key is the one that the vault was written with.
const CHECK_SUBJECT = 'vault:check';

/**
 * The vault of one process: `<data>/vault.db` holds the wrapped data keys, `<data>/keys/vault-key` the master keys, of which the
 * newest wraps and all unwrap. One without the other opens nothing.
 */
export class FileKeyVault implements KeyVault {
  private readonly cache = new LRUCache<string, DataKey>({ max: CACHED_KEYS });
  /** Counts destructions, so that a key read before one is not remembered after it. */
  private destructions = 0;

  private constructor(
    private readonly thread: VaultThread,
    /** Newest first. */
    private readonly masters: readonly Buffer[],
  ) {}

  /** Makes both files when neither is there. @throws VaultUnusable */
  static async open(dataDir: string): Promise<FileKeyVault> {
    const file = join(dataDir, 'vault.db');
    const masters = masterKeys(dataDir, existsSync(file));
    const vault = new FileKeyVault(await VaultThread.start(file), masters);
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
    const keys = missing.map((subject, i) => [subject, wrapDataKey(this.newest, subject, made[i] as DataKey)] as const);
    const { wrapped: held = [] } = await this.thread.ask({ kind: 'ensure', keys });
    for (const [i, [subject, wrapped]] of keys.entries()) {
      const there = held[i] as Uint8Array;
      const key = wrapped.equals(there) ? (made[i] as DataKey) : this.unwrapped(subject, there);
      if (destructions === this.destructions) this.cache.set(subject, key);
    }
  }

  async seal(subject: string, plaintext: object): Promise<string> {
    const key = await this.keyOf(subject);
    if (!key) throw new NoDataKey('a subject without a data key: ensureKey comes first');
    return sealUnder(key, subject, plaintext);
  }

  /** All of it in the thread, which would otherwise be sent each key and send it back. */
  async sealAll(toSeal: readonly ToSeal[]): Promise<readonly string[]> {
    if (toSeal.length === 0) return [];
    const subjects = JSON.stringify(toSeal.map(([subject]) => subject));
    const plaintexts = toSeal.map(([, plaintext]) => JSON.stringify(plaintext)).join('\n');
    const { sealed = '' } = await this.thread.ask({ kind: 'seal', masters: this.masters, subjects, plaintexts });
    return sealed.split('\n');
  }

  async open(subject: string, sealed: string): Promise<object | undefined> {
    return openUnder(await this.keyOf(subject), subject, sealed);
  }

  async destroy(subject: string): Promise<void> {
    this.destructions += 1;
    this.cache.delete(subject);
    await this.thread.ask({ kind: 'destroy', subject });
  }

  /**
   * Wraps every key under the newest master key. It can be broken off and repeated.
   * @param onProgress told how many have been looked at
   */
  async rewrap(onProgress: (done: number) => void = () => {}): Promise<void> {
    for (let [after, done] = ['', 0]; ;) {
      const { page = [] } = await this.thread.ask({ kind: 'page', after, limit: REWRAPPED_AT_ONCE });
      const keys = page.map(
        ([subject, wrapped]) => [subject, wrapDataKey(this.newest, subject, this.unwrapped(subject, wrapped))] as const,
      );
      if (keys.length > 0) await this.thread.ask({ kind: 'replace', keys });
      onProgress((done += page.length));
      if (page.length < REWRAPPED_AT_ONCE) return;
      after = page.at(-1)?.[0] ?? after;
    }
  }

  async close(): Promise<void> {
    await this.thread.close();
    this.cache.clear();
  }

  private get newest(): Buffer {
    return this.masters[0] as Buffer;
  }

  /** @throws SealBroken when it was wrapped under none of the master keys, or for another subject */
  private unwrapped(subject: string, wrapped: Uint8Array): DataKey {
    return unwrapUnderAny(this.masters, subject, wrapped);
  }

  private async keyOf(subject: string): Promise<DataKey | undefined> {
    const cached = this.cache.get(subject);
    if (cached) return cached;
    const { destructions } = this;
    const { wrapped: [wrapped] = [] } = await this.thread.ask({ kind: 'get', subject });
    if (!wrapped) return undefined;
    const key = this.unwrapped(subject, wrapped);
    if (destructions === this.destructions) this.cache.set(subject, key);
    return key;
  }
}

function masterKeys(dataDir: string, vaultExists: boolean): readonly Buffer[] {
  // A new key beside an old vault would look like the erasure of everybody.
  if (vaultExists && !hasVaultKey(dataDir))
    throw new VaultUnusable('vault.db is there and keys/vault-key is missing: restore it from the backup of the keys');
  makeVaultKey(dataDir);
  return readVaultKeys(dataDir);
}
