import { createHash, randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { publicJwk } from '../http/test-app.js';

export const ath = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A proof as RFC 9449 says, and what a test changes about it; `undefined` leaves a member out. */
export async function proofOf(key: JWK, claims: object, header: object = {}): Promise<string> {
  const { kty, crv, x, y, n, e } = publicJwk(key);
  const jwk = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined));
  return new SignJWT({ jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
    .setProtectedHeader({ alg: key.alg as string, typ: 'dpop+jwt', jwk, ...header } as never)
    .sign(await importJWK(key, key.alg as string));
}
