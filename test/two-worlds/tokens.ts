import { SignJWT, generateKeyPair } from 'jose';
import { AccessTokens } from '../../src/modules/access/access-tokens.js';

const ISSUER = 'http://issuer.test';
const AUDIENCE = 'urn:vestibule:api';
const YEAR_S = 365 * 24 * 3_600;
/** The scripts' times are of this year; a token that ends is another test's. */
const NOW_S = Date.parse('2026-03-02T00:00:00.000Z') / 1_000;

const pair = generateKeyPair('ES256');

/** Verified as always, and before a script begins: a signature is checked in real time, of which a world has none. */
export const tokens = new AccessTokens({
  issuer: ISSUER,
  audience: AUDIENCE,
  keys: async () => (await pair).publicKey,
  now: () => NOW_S * 1_000,
  maxLife: YEAR_S,
});

const issued = new Map<string, Promise<string>>();

/** To be called before a world begins: the token of a client, which the service knows from then on. */
export function tokenOf(clientId: string): Promise<string> {
  let token = issued.get(clientId);
  if (token === undefined) {
    token = issue(clientId);
    issued.set(clientId, token);
  }
  return token;
}

async function issue(clientId: string): Promise<string> {
  const claims = { client_id: clientId, iss: ISSUER, aud: AUDIENCE, sub: clientId, iat: NOW_S, exp: NOW_S + YEAR_S, jti: clientId };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }).sign((await pair).privateKey);
  await tokens.verified(token);
  return token;
}
