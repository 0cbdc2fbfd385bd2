import type { Fact } from '../../event-sourcing/message.js';

/** One identifier of a customer. A customer with several has several. */
export interface RegisteredPerson {
  readonly personKey: string;
  /** One for each family name under which the customer is known, and for each of these with each secret and each contact. */
  readonly corroborations: readonly string[];
}

/** A customer as the bank's feed describes them, all of it under keys: no identifier, name, or address in clear (I11). */
export interface RegisterEntry {
  readonly customerKey: string;
  readonly persons: readonly RegisteredPerson[];
  /** How to reach them, sealed under the vault subject `customer:<customerKey>`. */
  readonly sealed?: string;
}

/** Why a line was left out. Never what stood in it. */
export interface RejectedLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/**
 * A batch of an import's lines. An entry replaces whatever was known of that customer; batches lie one behind the other
 * without gap, so `toLine` of the last one says where an interrupted import goes on.
 */
export type CustomersRegistered = Fact<
  'CustomersRegistered',
  {
    importId: string;
    fromLine: number;
    toLine: number;
    customers: readonly RegisterEntry[];
    /** Customer keys. */
    removed: readonly string[];
    rejected: readonly RejectedLine[];
    /** Rows taken in, those that a later line of the batch replaced included. */
    accepted: number;
    /** Keyed hash of all lines up to `toLine`: the same import cannot go on with other content. */
    contentHash: string;
  }
>;

/** The import has been read to its end. */
export type ImportFinished = Fact<
  'ImportFinished',
  { importId: string; lines: number; accepted: number; rejected: number; contentHash: string }
>;

export type RegisterEvent = CustomersRegistered | ImportFinished;
