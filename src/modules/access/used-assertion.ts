import type { Decider } from '../../event-sourcing/decider.js';
import type { AssertionUsed } from './used-assertion.events.js';

export interface UseAssertion {
  readonly type: 'UseAssertion';
  readonly data: AssertionUsed['data'];
}

/** The decider of the streams `assertions-<hour>-<digit>`: of two who use the same assertion, the first one's counts. */
export const usedAssertions: Decider<Set<string>, UseAssertion, AssertionUsed> = {
  name: 'used-assertions',
  version: 1,
  initial: () => new Set(),
  evolve: (used, event) => used.add(event.data.id),
  decide: (used, { data }) => (used.has(data.id) ? [] : [{ type: 'AssertionUsed', data }]),
};
