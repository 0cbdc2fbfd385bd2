import type { Fact } from '../../event-sourcing/message.js';

/** Which keys this log is written with, by values that follow from them and betray nothing of them. */
export type KeysIntroduced = Fact<'KeysIntroduced', { keyring: string; wrappingKey: string }>;
/** Trees of data keys may be wrapped under this one from now on. */
export type WrappingKeyIntroduced = Fact<'WrappingKeyIntroduced', { wrappingKey: string }>;
/** Nothing is wrapped under these any more. */
export type WrappingKeysRetired = Fact<'WrappingKeysRetired', { wrappingKeys: readonly string[] }>;
/** Persons are looked up under this epoch of the person keys, too. */
export type EpochIntroduced = Fact<'EpochIntroduced', { epoch: string; key: string }>;
/** Persons are entered under this epoch from now on. */
export type EpochMadeNewest = Fact<'EpochMadeNewest', { epoch: string }>;
/** Nobody is looked up under this epoch any more: its key is gone, at the end of retention. */
export type EpochRetired = Fact<'EpochRetired', { epoch: string }>;

export type CommonKeysEvent =
  | KeysIntroduced
  | WrappingKeyIntroduced
  | WrappingKeysRetired
  | EpochIntroduced
  | EpochMadeNewest
  | EpochRetired;
