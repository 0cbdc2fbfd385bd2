import type { Fact } from '../../event-sourcing/message.js';

/** A client assertion was used, for the one time that it is good for. `expiresAt`: seconds since the epoch; it means nothing after. */
export type AssertionUsed = Fact<'AssertionUsed', { expiresAt: number }>;
