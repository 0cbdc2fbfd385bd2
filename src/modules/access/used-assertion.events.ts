import type { Fact } from '../../event-sourcing/message.js';

/**
 * A client assertion was used, for the one time that it is good for. `id`: a keyed hash; `expiresAt`: seconds since the epoch; it means
 * nothing after.
 */
export type AssertionUsed = Fact<'AssertionUsed', { id: string; expiresAt: number }>;
