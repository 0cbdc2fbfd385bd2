import type { Fact } from '../../event-sourcing/message.js';

/** A proof of possession was used, for the one time that it is good for. `id`: a keyed hash; it means nothing after `minute`, or three. */
export type ProofUsed = Fact<'ProofUsed', { id: string; /** Since the epoch. */ minute: number }>;
