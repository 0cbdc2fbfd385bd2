import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import type { OwnerListed, PartnerIdTaken, PolicyAdopted, PolicyChanges } from './policy.events.js';

/** All changes of policy so far, the later over the earlier. */
export interface PolicyState {
  readonly version: number;
  readonly changes: PolicyChanges;
}

export interface AdoptPolicy {
  readonly type: 'AdoptPolicy';
  readonly data: { readonly changes: PolicyChanges; readonly reason: string; readonly by: string; readonly at: string };
}

/** The decider of the stream `policy`. */
export const policy: Decider<PolicyState, AdoptPolicy, PolicyAdopted> = {
  name: 'policy',
  version: 1,
  initial: () => ({ version: 0, changes: {} }),
  evolve: (state, { data }) => ({ version: data.version, changes: { ...state.changes, ...data.changes } }),
  decide: (state, { data }) => [{ type: 'PolicyAdopted', data: { version: state.version + 1, ...data } }],
};

export const POLICY_STREAM = 'policy';

export interface DirectoryState {
  readonly owners: Set<string>;
}

export interface ListOwner {
  readonly type: 'ListOwner';
  readonly data: OwnerListed['data'];
}

/** The decider of the stream `owners`: every owner, listed before it is registered, so that no policy misses it. */
export const ownerDirectory: Decider<DirectoryState, ListOwner, OwnerListed> = {
  name: 'owner-directory',
  version: 1,
  initial: () => ({ owners: new Set() }),
  evolve: (state, { data }) => {
    state.owners.add(data.owner);
    return state;
  },
  decide: (state, { data }) => (state.owners.has(data.owner) ? [] : [{ type: 'OwnerListed', data }]),
};

/** Not `owner-…`: an owner may be called anything. */
export const OWNER_DIRECTORY_STREAM = 'owners';

export interface PartnerIdState {
  readonly owner: string | undefined;
}

export interface TakePartnerId {
  readonly type: 'TakePartnerId';
  readonly data: PartnerIdTaken['data'];
}

/** The decider of `partner-<partnerId>`: whose partner it is. */
export const partnerId: Decider<PartnerIdState, TakePartnerId, PartnerIdTaken> = {
  name: 'partner-id',
  version: 1,
  initial: () => ({ owner: undefined }),
  evolve: (_state, { data }) => ({ owner: data.owner }),
  decide: (state, { data }) => {
    if (state.owner === data.owner) return [];
    if (state.owner !== undefined) throw new DomainError('ALREADY_EXISTS', 'the partner id is taken');
    return [{ type: 'PartnerIdTaken', data }];
  },
};

export function partnerStream(partner: string): string {
  return `partner-${partner}`;
}
