import type { Fact } from '../../event-sourcing/message.js';

/**
 * One of the trees that data keys follow from, as it is from now on: `wrapped` under the wrapping key that `under` tells apart from
 * others, without being a secret. It is worth nothing without that.
 */
export type KeyTreeWritten = Fact<'KeyTreeWritten', { under: string; wrapped: string }>;
/** A later one is there, which lacks what was destroyed, or is wrapped under a newer key. */
export type KeyTreeSuperseded = Fact<'KeyTreeSuperseded', { at: string }>;

export type KeyTreeEvent = KeyTreeWritten | KeyTreeSuperseded;
