import { createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { DomainError } from '../../event-sourcing/decider.js';
import type { PublicJwk } from './client.events.js';
import type { ClientKey } from './client.js';

/** Signature algorithms of access tokens and client assertions (R27); no shared secrets, no RSA of the old kind. */
export const SIGNATURES = ['PS256', 'ES256', 'EdDSA'] as const;
/** Of proofs of possession; `Ed25519` is what newer libraries call EdDSA on that curve (RFC 9864). */
export const PROOF_SIGNATURES = [...SIGNATURES, 'Ed25519'] as const;
export type Signature = (typeof SIGNATURES)[number];

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
/** Of private and of shared keys (RFC 7518, section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;
const KID = /^[A-Za-z0-9._~-]{1,128}$/;

/** Which of the algorithms a key serves; `undefined` for none. */
export function signatureOf(jwk: JWK | PublicJwk): Signature | undefined {
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return 'ES256';
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return 'EdDSA';
  if (jwk.kty === 'RSA') return 'PS256';
  return undefined;
}

/**
 * A client's key as it is stored: the public members only, under the given id or else its thumbprint.
 * @throws DomainError `KEY_INVALID`, also for a private key: it has been sent around and is no secret any more
 */
export async function clientKey(jwk: JWK): Promise<ClientKey> {
  const algorithm = signatureOf(jwk);
  if (algorithm === undefined || PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined)) throw invalid();
  if ((jwk.alg !== undefined && jwk.alg !== algorithm) || (jwk.use !== undefined && jwk.use !== 'sig')) throw invalid();
  if (jwk.kid !== undefined && !(typeof jwk.kid === 'string' && KID.test(jwk.kid))) throw invalid();
  const { kty, crv, x, y, n, e } = jwk;
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  const publicJwk = Object.fromEntries(members) as unknown as PublicJwk;
  try {
    const bits = createPublicKey({ key: publicJwk as never, format: 'jwk' }).asymmetricKeyDetails?.modulusLength;
    if (bits !== undefined && (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)) throw invalid();
    const thumbprint = await calculateJwkThumbprint(publicJwk as JWK);
    return { kid: jwk.kid ?? thumbprint, jwk: publicJwk, thumbprint };
  } catch {
    throw invalid();
  }
}

const invalid = (): DomainError => new DomainError('KEY_INVALID', 'not a public signing key of an allowed kind');
