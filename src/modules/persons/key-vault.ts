import { StoreUnavailable } from '../../event-sourcing/event-store.js';

/** Injection token of the `KeyVault`. */
export const KEY_VAULT = Symbol('key vault');

export type ToSeal = readonly [subject: string, plaintext: object];

/**
 * The data keys of persons, apart from the log: whatever the log holds of a person is sealed under a key of theirs, and
 * destroying that key erases it. A subject is a pseudonym (`customer:<customerKey>`), never an identifier.
 */
export interface KeyVault {
  /** Resolves when the subject has a key that is durable. Nothing may be sealed into the log before. */
  ensureKey(subject: string): Promise<void>;
  /**
   * @returns text that only this subject's key opens
   * @throws NoDataKey unless `ensureKey` was called for the subject
   */
  seal(subject: string, plaintext: object): Promise<string>;
  /**
   * Ensures the keys and seals, for many subjects at the price of one sync.
   * @returns when all keys are durable: for each what `seal` returns
   */
  sealAll(toSeal: readonly ToSeal[]): Promise<readonly string[]>;
  /**
   * @returns `undefined` when the key that sealed it was destroyed
   * @throws SealBroken when the text was changed, or sealed for another subject
   */
  open(subject: string, sealed: string): Promise<object | undefined>;
  /** Resolves when no copy of the key is left in the vault: what it sealed is erased. */
  destroy(subject: string): Promise<void>;
}

/** The subject has no data key: it was never made, or it was destroyed. */
export class NoDataKey extends Error {
  override name = 'NoDataKey';
}

/** What was to be opened is not what was sealed. */
export class SealBroken extends Error {
  override name = 'SealBroken';
}

/** The vault could not be reached or could not write; the request may be repeated. */
export class VaultUnavailable extends StoreUnavailable {
  override name = 'VaultUnavailable';
}

/** The vault's files do not fit together; the message says what is wrong. */
export class VaultUnusable extends Error {
  override name = 'VaultUnusable';
}
