import type { Fact } from '../../event-sourcing/message.js';
import type { KeptReason } from '../persons/reason.js';
import type { Role } from './role.js';

/** A public signing key as JWK (RFC 7517): the members that make it, and nothing private. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP' | 'RSA';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** `partnerId` and `ownerId` belong to the role `partner` and to no other. */
export type ClientRegistered = Fact<'ClientRegistered', { clientId: string; role: Role; partnerId?: string; ownerId?: string; at: string }>;
/** `thumbprint` is the key's RFC 7638 SHA-256 thumbprint. */
export type ClientKeyRegistered = Fact<'ClientKeyRegistered', { kid: string; jwk: PublicJwk; thumbprint: string; at: string }>;
export type ClientKeyRevoked = Fact<'ClientKeyRevoked', { kid: string; at: string }>;
export const DISABLEMENT_REASONS = ['not-needed', 'key-exposed', 'suspected-misuse', 'registered-by-mistake', 'other'] as const;
export type DisablementReason = (typeof DISABLEMENT_REASONS)[number];
/** For good: a client that is to work again is a new one. */
export type ClientDisabled = Fact<'ClientDisabled', { disabledBy: string; at: string } & KeptReason<DisablementReason>>;

export type ClientEvent = ClientRegistered | ClientKeyRegistered | ClientKeyRevoked | ClientDisabled;
