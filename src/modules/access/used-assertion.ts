import type { Decider } from '../../event-sourcing/decider.js';
import type { AssertionUsed } from './used-assertion.events.js';

export interface UseAssertion {
  readonly type: 'UseAssertion';
  readonly data: AssertionUsed['data'];
}

/** The decider of the streams `assertion-<keyed hash>`: whoever writes the first event is the one whose assertion counts. */
export const usedAssertion: Decider<boolean, UseAssertion, AssertionUsed> = {
  name: 'used-assertion',
  version: 1,
  initial: () => false,
  evolve: () => true,
  decide: (isUsed, { data }) => (isUsed ? [] : [{ type: 'AssertionUsed', data }]),
};
