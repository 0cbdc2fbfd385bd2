import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { SealBroken } from './key-vault.js';

const ID_BYTES = 6;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const SEAL_VERSION = 'v1.';

/** A subject's key. Its id says, without a secret, whether it is the one that sealed something. */
export interface DataKey {
  readonly id: Buffer;
  readonly key: Buffer;
}

export function newDataKey(): DataKey {
  return { id: fresh(ID_BYTES), key: fresh(32) };
}

/** The data key under the vault's master key, bound to its subject: id, nonce, ciphertext, tag. */
export function wrapDataKey(master: Buffer, subject: string, { id, key }: DataKey): Buffer {
  return Buffer.concat([id, encrypt(master, key, `wrap ${id.toString('hex')} ${subject}`)]);
}

/** @throws SealBroken when it was wrapped under another master key or for another subject */
export function unwrapDataKey(master: Buffer, subject: string, wrapped: Uint8Array): DataKey {
  const bytes = Buffer.from(wrapped);
  const id = bytes.subarray(0, ID_BYTES);
  return { id, key: decrypt(master, bytes.subarray(ID_BYTES), `wrap ${id.toString('hex')} ${subject}`) };
}

/**
 * @param masters the newest first
 * @throws SealBroken when it was wrapped under none of them, or for another subject
 */
export function unwrapUnderAny(masters: readonly Uint8Array[], subject: string, wrapped: Uint8Array): DataKey {
  for (const master of masters) {
    try {
      return unwrapDataKey(Buffer.from(master), subject, wrapped);
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
    }
  }
  throw new SealBroken('a data key that none of the keys in keys/vault-key unwraps');
}

export function sealUnder(dataKey: DataKey, subject: string, plaintext: object): string {
  return sealTextUnder(dataKey, subject, JSON.stringify(plaintext));
}

/** @param plaintext JSON */
export function sealTextUnder({ id, key }: DataKey, subject: string, plaintext: string): string {
  const sealed = encrypt(key, Buffer.from(plaintext), `seal ${subject}`);
  return SEAL_VERSION + Buffer.concat([id, sealed]).toString('base64url');
}

/** @throws SealBroken */
export function openUnder(dataKey: DataKey | undefined, subject: string, sealed: string): object | undefined {
  if (!sealed.startsWith(SEAL_VERSION)) throw new SealBroken('sealed in a form that this version does not know');
  const bytes = Buffer.from(sealed.slice(SEAL_VERSION.length), 'base64url');
  if (!dataKey?.id.equals(bytes.subarray(0, ID_BYTES))) return undefined;
  return JSON.parse(decrypt(dataKey.key, bytes.subarray(ID_BYTES), `seal ${subject}`).toString('utf8')) as object;
}

const pool = Buffer.alloc(4_096);
let used = pool.length;

/** Random bytes, drawn in bulk: an import needs millions of small ones. What was given out is not kept. */
function fresh(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + length));
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}

/** Nonce, ciphertext, tag. @param context what it is for, without which nobody opens it */
export function encrypt(key: Buffer, plaintext: Buffer, context: string): Buffer {
  const nonce = fresh(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws SealBroken when it was changed, or encrypted under another key or for something else */
export function decrypt(key: Buffer, bytes: Buffer, context: string): Buffer {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken('too short to be sealed');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealBroken('changed since it was sealed, or sealed for another subject');
  }
}
