import { type Decider, DomainError } from '../../event-sourcing/decider.js';
import type { KeptReason } from '../persons/reason.js';
import type { ClientEvent, DisablementReason, PublicJwk } from './client.events.js';
import type { Role } from './role.js';

export interface ClientKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly thumbprint: string;
}

export interface ClientIdentity {
  readonly clientId: string;
  readonly role: Role;
  readonly partnerId?: string;
  readonly ownerId?: string;
}

/** A program that may ask for tokens: one role for ever (R31), and the keys that it signs with. */
export type ClientState =
  | { readonly status: 'unregistered' }
  | { readonly status: 'active' | 'disabled'; readonly identity: ClientIdentity; readonly keys: readonly ClientKey[] };

export type ClientCommand =
  | { readonly type: 'RegisterClient'; readonly data: ClientIdentity & { readonly at: string } }
  | { readonly type: 'RegisterClientKeys'; readonly data: { readonly keys: readonly ClientKey[]; readonly at: string } }
  | { readonly type: 'RevokeClientKey'; readonly data: { readonly kid: string; readonly at: string } }
  | { readonly type: 'DisableClient'; readonly data: { readonly by: string; readonly at: string } & KeptReason<DisablementReason> };

/** Room for a rotation; a client with more keys than this has lost count of them. */
const MAX_KEYS = 10;

function evolve(state: ClientState, event: ClientEvent): ClientState {
  if (event.type === 'ClientRegistered') {
    const { at: _, ...identity } = event.data;
    return { status: 'active', identity, keys: [] };
  }
  if (state.status === 'unregistered') return state;
  switch (event.type) {
    case 'ClientKeyRegistered': {
      const { at: _, ...key } = event.data;
      return { ...state, keys: [...state.keys, key] };
    }
    case 'ClientKeyRevoked':
      return { ...state, keys: state.keys.filter(({ kid }) => kid !== event.data.kid) };
    case 'ClientDisabled':
      return { ...state, status: 'disabled' };
  }
}

function decide(state: ClientState, command: ClientCommand): readonly ClientEvent[] {
  if (command.type === 'RegisterClient') return register(state, command.data);
  if (state.status === 'unregistered') throw new DomainError('NOT_FOUND', 'no such client');
  switch (command.type) {
    case 'RegisterClientKeys':
      return addKeys(state, command.data);
    case 'RevokeClientKey': {
      const known = state.keys.some(({ kid }) => kid === command.data.kid);
      return known ? [{ type: 'ClientKeyRevoked', data: command.data }] : [];
    }
    case 'DisableClient': {
      const { by, ...data } = command.data;
      return state.status === 'disabled' ? [] : [{ type: 'ClientDisabled', data: { ...data, disabledBy: by } }];
    }
  }
}

function register(state: ClientState, { at, ...identity }: ClientIdentity & { at: string }): readonly ClientEvent[] {
  const isPartner = identity.role === 'partner';
  if ((identity.partnerId !== undefined) !== isPartner || (identity.ownerId !== undefined) !== isPartner) {
    throw new DomainError('CLIENT_ROLE_INVALID', 'a client of a partner names partner and owner, no other client does');
  }
  if (state.status === 'unregistered') return [{ type: 'ClientRegistered', data: { ...identity, at } }];
  if (state.status === 'disabled') throw new DomainError('CLIENT_DISABLED', 'the client was disabled');
  const { role, partnerId, ownerId } = state.identity;
  const same = role === identity.role && partnerId === identity.partnerId && ownerId === identity.ownerId;
  if (!same) throw new DomainError('ALREADY_EXISTS', 'the client exists with another role or partner');
  return [];
}

function addKeys(
  state: Exclude<ClientState, { status: 'unregistered' }>,
  { keys, at }: { readonly keys: readonly ClientKey[]; readonly at: string },
): readonly ClientEvent[] {
  if (state.status === 'disabled') throw new DomainError('CLIENT_DISABLED', 'the client was disabled');
  const known = new Map(state.keys.map((key) => [key.kid, key.thumbprint]));
  const added: ClientKey[] = [];
  for (const key of keys) {
    const thumbprint = known.get(key.kid);
    if (thumbprint === key.thumbprint) continue;
    // A key id that changes its key would let an old signature pass for a new one.
    if (thumbprint !== undefined) throw new DomainError('ALREADY_EXISTS', 'another key has this id');
    known.set(key.kid, key.thumbprint);
    added.push(key);
  }
  if (known.size > MAX_KEYS) throw new DomainError('KEY_INVALID', 'a client has at most ten keys');
  return added.map((key) => ({ type: 'ClientKeyRegistered', data: { ...key, at } }));
}

/** The decider of the streams `client-<clientId>`. */
export const client: Decider<ClientState, ClientCommand, ClientEvent> = {
  name: 'client',
  version: 1,
  initial: () => ({ status: 'unregistered' }),
  evolve,
  decide,
};

/** What a client may be called; it is part of a stream's name and of log lines. */
export const CLIENT_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export const clientStream = (clientId: string): string => `client-${clientId}`;
