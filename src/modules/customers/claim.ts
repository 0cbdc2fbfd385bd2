import type { Decider } from '../../event-sourcing/decider.js';
import type { ClaimEvent, CustomerNumberClaimed } from './claim.events.js';

/** Who brought a customer number first. */
export interface ClaimState {
  claim: CustomerNumberClaimed['data'] | undefined;
}

export interface ClaimNumber {
  readonly type: 'ClaimNumber';
  readonly data: CustomerNumberClaimed['data'];
}

/** The decider of `claim-<customerKey>`: a number is claimed once; whoever comes later links to it (I8). */
export const claim: Decider<ClaimState, ClaimNumber, ClaimEvent> = {
  name: 'claim',
  version: 1,
  initial: () => ({ claim: undefined }),
  evolve: (_state, event) => ({ claim: event.data }),
  decide: (state, command) => (state.claim === undefined ? [{ type: 'CustomerNumberClaimed', data: command.data }] : []),
};

export function claimStream(customerKey: string): string {
  return `claim-${customerKey}`;
}
