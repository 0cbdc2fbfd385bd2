import type { Process } from '../../event-sourcing/process.js';
import type { OwnerRegistered, TermsSet } from './owner.events.js';
import type { ApplyPolicy } from './policy.commands.js';
import type { PolicyAdopted } from './policy.events.js';

interface FanOut {
  readonly version: number;
  /** The policy's version that each owner's terms are at. */
  readonly owners: Readonly<Record<string, number>>;
}

/** A change of policy reaches every owner's stream, whatever happened to the request that made it. */
export const policyFanOut: Process<FanOut, PolicyAdopted | OwnerRegistered | TermsSet, Pick<ApplyPolicy, 'type' | 'data'>> = {
  name: 'policy-fan-out',
  version: 1,
  handles: ['PolicyAdopted', 'OwnerRegistered', 'TermsSet'],
  key: () => 'policy',
  evolve: (state = { version: 0, owners: {} }, event) => {
    switch (event.type) {
      case 'PolicyAdopted':
        return { ...state, version: event.data.version };
      case 'OwnerRegistered':
        return { ...state, owners: { ...state.owners, [event.data.owner]: 0 } };
      case 'TermsSet': {
        if (event.data.policyVersion === undefined) return state;
        return { ...state, owners: { ...state.owners, [event.stream.slice('owner-'.length)]: event.data.policyVersion } };
      }
    }
  },
  owed: ({ version, owners }) => ({
    commands: Object.entries(owners)
      .filter(([, applied]) => applied < version)
      .map(([owner]) => ({ type: 'ApplyPolicy', data: { owner } })),
  }),
};
