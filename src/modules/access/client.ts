import { type Decider, DomainError } from '../../event-sourcing/decider.js';
import type { KeptReason } from '../persons/reason.js';
import type { ClientEvent, CompromiseReason, DisablementReason, PublicJwk } from './client.events.js';
import { lastDay, ownKeysAreLeft } from './own-keys.js';
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

interface RegisteredClient {
  readonly status: 'active' | 'disabled';
  readonly identity: ClientIdentity;
  readonly keys: readonly ClientKey[];
  /** Thumbprints of certificates that it may show. */
  readonly certificates: ReadonlySet<string>;
  /** Keyed hash of its secret; '' for none. */
  readonly secretHash: string;
  /** The last time that it was said to be compromised, milliseconds since the epoch; 0 for never. */
  readonly compromisedAt: number;
  /** Since when it was, as was said then. */
  readonly compromisedSince: string;
  /** Thumbprints of keys that others may have. */
  readonly exposedKeys: ReadonlySet<string>;
  /** When it registered keys itself, milliseconds since the epoch, one each, of the day up to the last. */
  readonly ownKeysAt: readonly number[];
}

/** A program that may ask for tokens: one role for ever (R31), and the keys that it signs with. */
export type ClientState = { readonly status: 'unregistered' } | RegisteredClient;

type At<Data> = Data & { readonly at: string };

export type ClientCommand =
  | { readonly type: 'RegisterClient'; readonly data: At<ClientIdentity> }
  | { readonly type: 'RegisterClientKeys'; readonly data: At<NewKeys> }
  | { readonly type: 'RevokeClientKey'; readonly data: At<{ readonly kid: string; /** By the client itself. */ readonly own?: true }> }
  | { readonly type: 'RegisterClientCertificate' | 'RevokeClientCertificate'; readonly data: At<{ readonly thumbprint: string }> }
  | { readonly type: 'RegisterClientSecret'; readonly data: At<{ readonly hash: string }> }
  | { readonly type: 'RevokeClientSecret'; readonly data: At<object> }
  | { readonly type: 'DeclareCompromise'; readonly data: Compromise }
  | { readonly type: 'DisableClient'; readonly data: At<{ readonly by: string } & KeptReason<DisablementReason>> };

interface NewKeys {
  readonly keys: readonly ClientKey[];
  /** By the client itself. */
  readonly own?: true;
}

/** `keys`: those that are to take the place of all that the client had. */
type Compromise = At<{
  readonly since: string;
  readonly keys: readonly ClientKey[];
  readonly reason: CompromiseReason;
  readonly by: string;
}>;

/** Room for a rotation; a client with more keys than this has lost count of them. */
const MAX_KEYS = 10;

function evolve(state: ClientState, event: ClientEvent): ClientState {
  if (event.type === 'ClientRegistered') {
    const { at: _, ...identity } = event.data;
    const none: ReadonlySet<string> = new Set();
    const unharmed = { compromisedAt: 0, compromisedSince: '', exposedKeys: none, ownKeysAt: [] };
    return { status: 'active', identity, keys: [], certificates: none, secretHash: '', ...unharmed };
  }
  if (state.status === 'unregistered') return state;
  switch (event.type) {
    case 'ClientKeyRegistered': {
      const { at, own, ...key } = event.data;
      const ownKeysAt = own === true ? [...lastDay(state.ownKeysAt, Date.parse(at)), Date.parse(at)] : state.ownKeysAt;
      return { ...state, keys: [...state.keys, key], ownKeysAt };
    }
    case 'ClientKeyRevoked':
      return { ...state, keys: state.keys.filter(({ kid }) => kid !== event.data.kid) };
    case 'ClientCertificateRegistered':
      return { ...state, certificates: new Set([...state.certificates, event.data.thumbprint]) };
    case 'ClientCertificateRevoked':
      return { ...state, certificates: new Set([...state.certificates].filter((each) => each !== event.data.thumbprint)) };
    case 'ClientSecretRegistered':
      return { ...state, secretHash: event.data.hash };
    case 'ClientSecretRevoked':
      return { ...state, secretHash: '' };
    case 'ClientCompromised': {
      const { since, thumbprints, at } = event.data;
      const exposedKeys = new Set([...state.exposedKeys, ...thumbprints]);
      return { ...state, compromisedAt: Date.parse(at), compromisedSince: since, exposedKeys };
    }
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
    case 'RevokeClientKey':
      return revokeKey(state, command.data);
    case 'RegisterClientCertificate':
      return addCertificate(state, command.data);
    case 'RevokeClientCertificate':
      return state.certificates.has(command.data.thumbprint) ? [{ type: 'ClientCertificateRevoked', data: command.data }] : [];
    case 'RegisterClientSecret':
      return registerSecret(state, command.data);
    case 'RevokeClientSecret':
      return state.secretHash === '' ? [] : [{ type: 'ClientSecretRevoked', data: command.data }];
    case 'DeclareCompromise':
      return declareCompromise(state, command.data);
    case 'DisableClient': {
      const { by, ...data } = command.data;
      return state.status === 'disabled' ? [] : [{ type: 'ClientDisabled', data: { ...data, disabledBy: by } }];
    }
  }
}

function register(state: ClientState, { at, ...identity }: At<ClientIdentity>): readonly ClientEvent[] {
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

function addKeys(state: RegisteredClient, { keys, own, at }: At<NewKeys>): readonly ClientEvent[] {
  if (state.status === 'disabled') throw new DomainError('CLIENT_DISABLED', 'the client was disabled');
  const known = new Map(state.keys.map((key) => [key.kid, key.thumbprint]));
  const added: ClientKey[] = [];
  for (const key of keys) {
    if (state.exposedKeys.has(key.thumbprint)) throw new DomainError('KEY_INVALID', 'others may have this key');
    const thumbprint = known.get(key.kid);
    if (thumbprint === key.thumbprint) continue;
    // A key id that changes its key would let an old signature pass for a new one.
    if (thumbprint !== undefined) throw new DomainError('ALREADY_EXISTS', 'another key has this id');
    known.set(key.kid, key.thumbprint);
    added.push(key);
  }
  if (known.size > MAX_KEYS) throw new DomainError('KEY_INVALID', 'a client has at most ten keys');
  if (own === true) ownKeysAreLeft(state.ownKeysAt, added.length, Date.parse(at));
  return added.map((key) => ({ type: 'ClientKeyRegistered', data: { ...key, ...(own === true && { own }), at } }));
}

/** A client that revoked its last key itself could not come back by itself. The bank may: that is how it stops one. */
function revokeKey({ keys }: RegisteredClient, { kid, own, at }: At<{ kid: string; own?: true }>): readonly ClientEvent[] {
  if (!keys.some((key) => key.kid === kid)) return [];
  if (own === true && keys.length === 1) throw new DomainError('KEY_LAST', 'the last key of a client');
  return [{ type: 'ClientKeyRevoked', data: { kid, at } }];
}

function addCertificate(state: RegisteredClient, { thumbprint, at }: At<{ thumbprint: string }>): readonly ClientEvent[] {
  if (state.status === 'disabled') throw new DomainError('CLIENT_DISABLED', 'the client was disabled');
  if (state.certificates.has(thumbprint)) return [];
  if (state.certificates.size >= MAX_KEYS) throw new DomainError('KEY_INVALID', 'a client has at most ten certificates');
  return [{ type: 'ClientCertificateRegistered', data: { thumbprint, at } }];
}

function registerSecret(state: RegisteredClient, { hash, at }: At<{ hash: string }>): readonly ClientEvent[] {
  if (state.status === 'disabled') throw new DomainError('CLIENT_DISABLED', 'the client was disabled');
  return state.secretHash === hash ? [] : [{ type: 'ClientSecretRegistered', data: { hash, at } }];
}

/** All that the client had is worth nothing from here on, and what takes its place is there: one append, so there is no in-between. */
function declareCompromise(state: RegisteredClient, { since, keys, reason, by, at }: Compromise): readonly ClientEvent[] {
  if (Date.parse(since) > Date.parse(at)) throw new DomainError('COMPROMISE_INVALID', 'since a moment that is yet to come');
  const isDeclared = state.compromisedSince === since && state.keys.length === keys.length;
  if (isDeclared && keys.every((key) => state.keys.some(({ kid, thumbprint }) => kid === key.kid && thumbprint === key.thumbprint)))
    return [];
  const { clientId } = state.identity;
  const kids = state.keys.map(({ kid }) => kid);
  const thumbprints = state.keys.map(({ thumbprint }) => thumbprint);
  const revoked: readonly ClientEvent[] = [
    { type: 'ClientCompromised', data: { clientId, since, kids, thumbprints, reason, declaredBy: by, at } },
    ...kids.map((kid): ClientEvent => ({ type: 'ClientKeyRevoked', data: { kid, at } })),
    ...[...state.certificates].map((thumbprint): ClientEvent => ({ type: 'ClientCertificateRevoked', data: { thumbprint, at } })),
    ...(state.secretHash === '' ? [] : [{ type: 'ClientSecretRevoked', data: { at } } as const]),
  ];
  const after = revoked.reduce(evolve, state as ClientState) as RegisteredClient;
  return [...revoked, ...(keys.length > 0 ? addKeys(after, { keys, at }) : [])];
}

/** The decider of the streams `client-<clientId>`. */
export const client: Decider<ClientState, ClientCommand, ClientEvent> = {
  name: 'client',
  version: 4,
  initial: () => ({ status: 'unregistered' }),
  evolve,
  decide,
};

/** What a client may be called; it is part of a stream's name and of log lines. */
export const CLIENT_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export const clientStream = (clientId: string): string => `client-${clientId}`;
