import { DomainError, type Decider } from '../../event-sourcing/decider.js';
import type { MergerDecided, OwnerListed, PartnerIdMoved, PartnerIdTaken, PolicyAdopted, PolicyChanges } from './policy.events.js';
import { assertTerms, stricterDemands, stricterMode, type Terms, TERMS_WHEN_NOTHING_IS_KNOWN } from './terms.js';

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
 * So it is with what its requests have to bring.
 */
export function underPolicy(terms: Terms, changes: PolicyChanges): Terms {
  const requires = stricterDemands(terms.requires, changes.requires);
  const mode = stricterMode(terms.mode, changes.mode ?? terms.mode);
  return { ...terms, ...changes, mode, ...(Object.keys(requires).length > 0 && { requires }) };
}

export const POLICY_STREAM = 'policy';

export interface DirectoryState {
  readonly owners: Set<string>;
  /** Into which owner each one went that was merged. */
  readonly merged: Map<string, string>;
}

export interface ListOwner {
  readonly type: 'ListOwner';
  readonly data: OwnerListed['data'];
}

export interface DecideMerger {
  readonly type: 'DecideMerger';
  readonly data: MergerDecided['data'];
}

/** The decider of the stream `owners`: every owner, listed before it is registered, so that no policy misses it. */
export const ownerDirectory: Decider<DirectoryState, ListOwner | DecideMerger, OwnerListed | MergerDecided> = {
  name: 'owner-directory',
  version: 2,
  initial: () => ({ owners: new Set(), merged: new Map() }),
  evolve: (state, { type, data }) => {
    if (type === 'OwnerListed') state.owners.add(data.owner);
    else state.merged.set(data.owner, data.into);
    return state;
  },
  decide: (state, { type, data }) => {
    if (type === 'DecideMerger') return decideMerger(state, data);
    return state.owners.has(data.owner) ? [] : [{ type: 'OwnerListed', data }];
  },
};

/** Neither of the two has been merged before, so that the way from an owner to where it went has an end. */
function decideMerger({ owners, merged }: DirectoryState, data: MergerDecided['data']): readonly MergerDecided[] {
  const { owner, into } = data;
  if (!owners.has(owner) || !owners.has(into)) throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
  if (merged.get(owner) === into) return [];
  if (owner === into || merged.has(owner) || merged.has(into)) {
    throw new DomainError('OWNER_MERGED', 'the owner was merged into another one');
  }
  return [{ type: 'MergerDecided', data }];
}

/** Not `owner-…`: an owner may be called anything. */
export const OWNER_DIRECTORY_STREAM = 'owners';

export interface PartnerIdState {
  readonly owner: string | undefined;
  /** How often the partner has changed its owner. */
  readonly moves: number;
}

export interface TakePartnerId {
  readonly type: 'TakePartnerId';
  readonly data: PartnerIdTaken['data'];
}

export interface MovePartnerId {
  readonly type: 'MovePartnerId';
  readonly data: PartnerIdMoved['data'];
}

/** The decider of `partner-<partnerId>`: whose partner it is. */
export const partnerId: Decider<PartnerIdState, TakePartnerId | MovePartnerId, PartnerIdTaken | PartnerIdMoved> = {
  name: 'partner-id',
  version: 2,
  initial: () => ({ owner: undefined, moves: 0 }),
  evolve: (_state, { type, data }) => ({ owner: data.owner, moves: type === 'PartnerIdMoved' ? data.move : 0 }),
  decide: (state, { type, data }) => {
    if (type === 'MovePartnerId') return data.move <= state.moves ? [] : [{ type: 'PartnerIdMoved', data }];
    if (state.owner === data.owner) return [];
    if (state.owner !== undefined) throw new DomainError('ALREADY_EXISTS', 'the partner id is taken');
    return [{ type: 'PartnerIdTaken', data }];
  },
};

export function partnerStream(partner: string): string {
  return `partner-${partner}`;
}
