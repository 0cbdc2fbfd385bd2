import { createHmac } from 'node:crypto';
import { VaultUnusable } from './key-vault.js';

/** A key under which other keys are wrapped, and by what name the log knows it, which betrays nothing of it. */
export interface WrappingKey {
  readonly name: string;
  readonly key: Buffer;
}

/**
 * The wrapping keys of a vault: the newest wraps, all unwrap. Who meets one that it does not have looks again where they are kept:
 * another replica may have been given it first.
 */
export class WrappingKeys {
  private keys: readonly WrappingKey[];

  /** @param kept what is kept, newest first, 32 bytes each, at least one */
  constructor(private readonly kept: () => readonly Buffer[]) {
    this.keys = kept().map(nameKey);
  }

  get newest(): WrappingKey {
    return this.keys[0] as WrappingKey;
  }

  /** Newest first. */
  get names(): readonly string[] {
    return this.keys.map(({ name }) => name);
  }

  /** @throws VaultUnusable */
  named(name: string): Buffer {
    const find = (): Buffer | undefined => this.keys.find((each) => each.name === name)?.key;
    const known = find();
    if (known !== undefined) return known;
    this.keys = this.kept().map(nameKey);
    const found = find();
    if (found === undefined) throw new VaultUnusable('keys/vault-key lacks a key that another replica wraps under: copy it from there');
    return found;
  }
}

function nameKey(key: Buffer): WrappingKey {
  return { key, name: createHmac('sha256', key).update('which wrapping key is it?').digest('hex').slice(0, 16) };
}
