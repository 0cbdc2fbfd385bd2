import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDurably } from '../../durable-file.js';
import { VaultUnusable } from './key-vault.js';

const NAME = 'keys/vault-key';

export function hasVaultKey(dataDir: string): boolean {
  return existsSync(join(dataDir, NAME));
}

/** Makes the key under which data keys are wrapped, mode 0600, unless there is one. */
export function makeVaultKey(dataDir: string): void {
  if (!hasVaultKey(dataDir)) createDurably(join(dataDir, NAME), randomBytes(32).toString('base64url'));
}

/** @throws VaultUnusable when it is missing, when others than its owner can read it, or when it is no key */
export function readVaultKey(dataDir: string): Buffer {
  const path = join(dataDir, NAME);
  if (!existsSync(path)) throw new VaultUnusable(`${NAME} is missing (npm run keys makes it)`);
  // Windows has no such modes and reports them all as set.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) throw new VaultUnusable(`${NAME} must have mode 0600`);
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
  if (key.length !== 32) throw new VaultUnusable(`${NAME} is not 32 bytes in base64url`);
  return key;
}
