import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDurably, writeDurably } from '../../durable-file.js';
import { VaultUnusable } from './key-vault.js';

const NAME = 'keys/vault-key';

export function hasVaultKey(dataDir: string): boolean {
  return existsSync(join(dataDir, NAME));
}

/** Makes the key under which data keys are wrapped, mode 0600, unless there is one. */
export function makeVaultKey(dataDir: string): void {
  if (!hasVaultKey(dataDir)) createDurably(join(dataDir, NAME), randomBytes(32).toString('base64url'));
}

/** Makes another one, which wraps from the next start on; the others go on unwrapping. @throws VaultUnusable */
export function addVaultKey(dataDir: string): void {
  writeVaultKeys(dataDir, [randomBytes(32), ...readVaultKeys(dataDir)]);
}

/** Leaves the newest alone, once nothing is wrapped under the others. @throws VaultUnusable */
export function dropOldVaultKeys(dataDir: string): void {
  writeVaultKeys(dataDir, readVaultKeys(dataDir).slice(0, 1));
}

/**
 * A key of 32 bytes in base64url a line, newest first.
 * @throws VaultUnusable when the file is missing, when others than its owner can read it, or when a line is no key
 */
export function readVaultKeys(dataDir: string): readonly Buffer[] {
  const path = join(dataDir, NAME);
  if (!existsSync(path)) throw new VaultUnusable(`${NAME} is missing (npm run keys makes it)`);
  // Windows has no such modes and reports them all as set.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) throw new VaultUnusable(`${NAME} must have mode 0600`);
  const keys = readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => Buffer.from(line.trim(), 'base64url'));
  if (keys.some(({ length }) => length !== 32)) throw new VaultUnusable(`${NAME} is not 32 bytes in base64url, or several such lines`);
  return keys;
}

function writeVaultKeys(dataDir: string, keys: readonly Buffer[]): void {
  writeDurably(join(dataDir, NAME), `${keys.map((key) => key.toString('base64url')).join('\n')}\n`);
}
