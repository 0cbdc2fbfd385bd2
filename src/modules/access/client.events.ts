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
/** `thumbprint` is the key's RFC 7638 SHA-256 thumbprint; `own`: by the client itself. */
export type ClientKeyRegistered = Fact<'ClientKeyRegistered', { kid: string; jwk: PublicJwk; thumbprint: string; own?: true; at: string }>;
export type ClientKeyRevoked = Fact<'ClientKeyRevoked', { kid: string; at: string }>;
/** `thumbprint` is the certificate's `x5t#S256` (RFC 8705, section 3.1). */
export type ClientCertificateRegistered = Fact<'ClientCertificateRegistered', { thumbprint: string; at: string }>;
export type ClientCertificateRevoked = Fact<'ClientCertificateRevoked', { thumbprint: string; at: string }>;
/** `hash`: keyed, of what the client made up; it takes the place of the one before. */
export type ClientSecretRegistered = Fact<'ClientSecretRegistered', { hash: string; at: string }>;
export type ClientSecretRevoked = Fact<'ClientSecretRevoked', { at: string }>;
export const COMPROMISE_REASONS = ['key-exposed', 'machine-lost', 'staff-left', 'suspected-misuse', 'other'] as const;
export type CompromiseReason = (typeof COMPROMISE_REASONS)[number];
/**
 * Somebody else may have acted as this client from `since` on. What it signed with is revoked by the events beside this one, and no key
 * of `thumbprints` is taken again; what was asked since is for an analyst to look at.
 */
export type ClientCompromised = Fact<
  'ClientCompromised',
  {
    clientId: string;
    since: string;
    kids: readonly string[];
    thumbprints: readonly string[];
    reason: CompromiseReason;
    declaredBy: string;
    at: string;
  }
>;
export const DISABLEMENT_REASONS = ['not-needed', 'key-exposed', 'suspected-misuse', 'registered-by-mistake', 'other'] as const;
export type DisablementReason = (typeof DISABLEMENT_REASONS)[number];
/** For good: a client that is to work again is a new one. */
export type ClientDisabled = Fact<'ClientDisabled', { disabledBy: string; at: string } & KeptReason<DisablementReason>>;

export type ClientEvent =
  | ClientRegistered
  | ClientKeyRegistered
  | ClientKeyRevoked
  | ClientCertificateRegistered
  | ClientCertificateRevoked
  | ClientSecretRegistered
  | ClientSecretRevoked
  | ClientCompromised
  | ClientDisabled;
