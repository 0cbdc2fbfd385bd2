import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import type { OwnerListed, PartnerIdTaken, PolicyAdopted, PolicyChanges } from './policy.events.js';
import { assertTerms, stricterMode, type Terms, TERMS_WHEN_NOTHING_IS_KNOWN } from './terms.js';

/** All changes of policy so far, the later over the earlier. */
export interface PolicyState {
  readonly version: number;
  readonly changes: PolicyChanges;
}

export interface AdoptPolicy {
  readonly type: 'AdoptPolicy';
  readonly data: Omit<PolicyAdopted['data'], 'version'>;
}

/** The decider of the stream `policy`. */
export const policy: Decider<PolicyState, AdoptPolicy, PolicyAdopted> = {
  name: 'policy',
  version: 1,
  initial: () => ({ version: 0, changes: {} }),
  evolve: (state, { data }) => ({ version: data.version, changes: { ...state.changes, ...data.changes } }),
  decide: (state, { data }) => {
    // Before it is written: what no owner could take would be owed to all of them for ever.
    assertTerms({ ...TERMS_WHEN_NOTHING_IS_KNOWN, ...data.changes });
    return [{ type: 'PolicyAdopted', data: { version: state.version + 1, ...data } }];
  },
};

/**
 * An owner's terms under the bank's policy. Its mode is the least strict one that anybody has: an owner that has a stricter
 * one keeps it, for that was a decision about this owner, and only a human who looks at it takes it back (design section 5).
 */
export function underPolicy(terms: Terms, changes: PolicyChanges): Terms {
  return { ...terms, ...changes, mode: stricterMode(terms.mode, changes.mode ?? terms.mode) };
}

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
