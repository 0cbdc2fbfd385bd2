import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createDurably } from '../../durable-file.js';
import { Keyring, type KeyringFile } from './keyring.js';

/** The keyring cannot be used; the message says why and never holds a key. */
export class KeyringUnusable extends Error {
  override name = 'KeyringUnusable';
}

/** As it lies in the file. */
export interface StoredKeyring extends KeyringFile {
  /** Ids of epochs whose keys were taken out at the end of retention. */
  readonly retired?: readonly string[];
}

export function generateKeyring(): KeyringFile {
  const key = () => randomBytes(32).toString('base64url');
  return { epochs: [{ id: 'e1', key: key() }], keys: { pseudonyms: key(), ids: key(), hashes: key() } };
}

/** Makes the keyring, mode 0600, unless there is one. */
export function makeKeyring(path: string): void {
  if (existsSync(path)) return;
  createDurably(path, `${JSON.stringify(generateKeyring(), undefined, 2)}\n`);
}

/** @throws KeyringUnusable when the file is missing, can be read by others than its owner, or is not a keyring */
export function loadKeyring(path: string): Keyring {
  return new Keyring(readKeyring(path));
}

/** @throws KeyringUnusable as `loadKeyring` */
export function readKeyring(path: string): StoredKeyring {
  let text: string;
  try {
    const { mode } = statSync(path);
    // Windows has no such modes and reports them all as set.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new KeyringUnusable(`the keyring ${path} must have mode 0600`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof KeyringUnusable) throw error;
    throw new KeyringUnusable(`the keyring ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new KeyringUnusable(`the keyring ${path} is not JSON`);
  }
  return checkedKeyring(file);
}

/** @throws KeyringUnusable */
export function checkedKeyring(file: unknown): StoredKeyring {
  const { epochs, keys, retired = [] } = (file ?? {}) as Partial<StoredKeyring>;
  if (!Array.isArray(epochs) || epochs.length === 0) throw new KeyringUnusable('the keyring has no epochs');
  for (const { id, key } of epochs as KeyringFile['epochs']) {
    if (typeof id !== 'string' || !/^[a-z0-9]{1,16}$/.test(id)) {
      throw new KeyringUnusable('an epoch of the keyring has no id of 1 to 16 lower-case letters and digits');
    }
    if (!isKey(key)) throw new KeyringUnusable(`epoch ${id} of the keyring has no key of 32 bytes in base64url`);
  }
  if (new Set((epochs as KeyringFile['epochs']).map(({ id }) => id)).size < epochs.length)
    throw new KeyringUnusable('two epochs of the keyring have the same id');
  if (!Array.isArray(retired) || retired.some((id) => typeof id !== 'string'))
    throw new KeyringUnusable('"retired" of the keyring is not a list of ids of epochs');
  for (const name of ['pseudonyms', 'ids', 'hashes'] as const) {
    if (!isKey(keys?.[name])) throw new KeyringUnusable(`the keyring's key "${name}" is not 32 bytes in base64url`);
  }
  return file as StoredKeyring;
}

function isKey(key: unknown): boolean {
  return typeof key === 'string' && /^[A-Za-z0-9_-]{43}$/.test(key);
}
