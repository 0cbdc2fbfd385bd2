import type { Decider } from '../../event-sourcing/decider.js';
import type { ProofUsed } from './used-proof.events.js';

export interface UseProof {
  readonly type: 'UseProof';
  readonly data: ProofUsed['data'];
}

/** The decider of the streams `proofs-<minutes>-<digit>`: of two who use the same proof, the first one's counts. */
export const usedProofs: Decider<Set<string>, UseProof, ProofUsed> = {
  name: 'used-proofs',
  version: 1,
  initial: () => new Set(),
  evolve: (used, event) => used.add(event.data.id),
  decide: (used, { data }) => (used.has(data.id) ? [] : [{ type: 'ProofUsed', data }]),
};
