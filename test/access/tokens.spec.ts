import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { AccessTokens } from '../../src/modules/access/access-tokens.js';
import { localKeys } from '../../src/modules/access/token-keys.js';
import { newKey, publicJwk } from '../http/test-app.js';

const ISSUER = 'https://issuer.example/oauth';
const AUDIENCE = 'urn:vestibule:api';
const NOW = Date.parse('2026-01-01T12:00:00Z') / 1000;

const GOOD: JWTPayload = { iss: ISSUER, aud: AUDIENCE, sub: 'acme', client_id: 'acme', jti: 'j', iat: NOW, exp: NOW + 300 };
const without = (claim: string): JWTPayload => Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== claim));

/** Rows of equal length: for a missing one jest would pass its callback. */
const rows = <T>(table: readonly [string, T, object?][]): [string, T, object][] =>
  table.map(([what, claims, header = {}]) => [what, claims, header]);

describe('An access token is taken only as R27 says', () => {
  let now = NOW;
  let key: JWK;
  let tokens: AccessTokens;
  const sign = async (claims: JWTPayload = GOOD, header: object = {}, signer: JWK = key): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: signer.alg as string, kid: signer.kid as string, typ: 'at+jwt', ...header })
      .sign(await importJWK(signer, signer.alg as string), { crit: { exp2: true } });
  const verdict = (token: string): Promise<string> =>
    tokens
      .verified(token)
      .then(({ clientId }) => clientId)
      .catch(({ code }: { code: string }) => code);

  beforeAll(async () => {
    key = await newKey();
  });
  beforeEach(() => {
    now = NOW;
    tokens = new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, keys: localKeys([publicJwk(key)]), now: () => now * 1000 });
  });

  it.each(
    rows<JWTPayload>([
      ['as it should be', GOOD],
      ['with the whole media type', GOOD, { typ: 'application/at+jwt' }],
      ['for several audiences, this one among them', { ...GOOD, aud: ['urn:other', AUDIENCE] }],
      ['issued by a clock that is a minute ahead', { ...GOOD, iat: NOW + 60, nbf: NOW + 60, exp: NOW + 300 }],
      ['bound to a key', { ...GOOD, cnf: { jkt: 'a'.repeat(43) } }],
      ['bound to a certificate', { ...GOOD, cnf: { 'x5t#S256': 'a'.repeat(43) } }],
      ['living for an hour', { ...GOOD, exp: NOW + 3600 }],
      ['living for an hour, by an issuer that read its clock twice', { ...GOOD, exp: NOW + 3601 }],
    ]),
  )('%s: accepted', async (_, claims, header) => {
    expect(await verdict(await sign(claims, header))).toBe('acme');
  });

  it.each(
    rows<JWTPayload>([
      ['of another type', GOOD, { typ: 'JWT' }],
      ['an identity token', GOOD, { typ: 'id_token+jwt' }],
      ['without a type', GOOD, { typ: undefined }],
      ['without a key id', GOOD, { kid: undefined }],
      ['with an unknown key id', GOOD, { kid: 'other' }],
      ['with an extension that must be understood', GOOD, { crit: ['exp2'], exp2: 1 }],
      ['of another issuer', { ...GOOD, iss: 'https://issuer.example/other' }],
      ['of an issuer that is the same but for a slash', { ...GOOD, iss: `${ISSUER}/` }],
      ['for another audience', { ...GOOD, aud: 'urn:other' }],
      ['for an audience that begins like this one', { ...GOOD, aud: `${AUDIENCE}:v2` }],
      ['issued more than a minute ahead', { ...GOOD, iat: NOW + 61, exp: NOW + 300 }],
      ['issued an hour ahead', { ...GOOD, iat: NOW + 3600, exp: NOW + 3900 }],
      ['valid for more than an hour', { ...GOOD, exp: NOW + 3602 }],
      ['valid for a hundred years', { ...GOOD, exp: NOW + 3_155_760_000 }],
      ['issued long ago for a long time', { ...GOOD, iat: NOW - 86_400, exp: NOW + 300 }],
      ['not valid yet', { ...GOOD, nbf: NOW + 61 }],
      ['expired this second', { ...GOOD, iat: NOW - 300, exp: NOW }],
      ['expired before it was issued', { ...GOOD, iat: NOW + 30, exp: NOW + 20 }],
      ['with a time that is a text', { ...GOOD, exp: String(NOW + 300) as unknown as number }],
      ['bound to something that nobody can check', { ...GOOD, cnf: { kid: 'key' } }],
      ['bound to a key, and to something else', { ...GOOD, cnf: { jkt: 'a'.repeat(43), jwk: {} } }],
      ['bound to nothing', { ...GOOD, cnf: {} }],
      ['bound to a thumbprint that is none', { ...GOOD, cnf: { jkt: 'short' } }],
      ['bound to a list', { ...GOOD, cnf: ['jkt'] }],
      ['with a client that is a list', { ...GOOD, client_id: ['acme'] }],
      ...['iss', 'aud', 'exp', 'iat', 'jti', 'sub', 'client_id'].map((claim): [string, JWTPayload] => [`without ${claim}`, without(claim)]),
    ]),
  )('%s: refused', async (_, claims, header) => {
    // `undefined` in a header is left out when it is written.
    expect(await verdict(await sign(claims, header))).toBe('TOKEN_INVALID');
  });

  it.each(['ES256', 'EdDSA', 'PS256'])('signed with %s: accepted', async (alg) => {
    const other = await newKey(alg);
    tokens = new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, keys: localKeys([publicJwk(other)]), now: () => now * 1000 });
    expect(await verdict(await sign(GOOD, {}, other))).toBe('acme');
  });

  it.each(['RS256', 'RS512', 'PS512', 'ES384'])('signed with %s, which no list has: refused', async (alg) => {
    const other = await newKey(alg);
    tokens = new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, keys: localKeys([publicJwk(other)]), now: () => now * 1000 });
    expect(await verdict(await sign(GOOD, {}, other))).toBe('TOKEN_INVALID');
  });

  it('unsigned, or signed with the public key as a secret: refused', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await verdict(`${part({ alg: 'none', typ: 'at+jwt', kid: key.kid })}.${part(GOOD)}.`)).toBe('TOKEN_INVALID');
    const secret = Buffer.from(JSON.stringify(publicJwk(key)));
    const forged = await new SignJWT(GOOD).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: key.kid as string }).sign(secret);
    expect(await verdict(forged)).toBe('TOKEN_INVALID');
  });

  it('signed by somebody else under the known key id: refused', async () => {
    const other = { ...(await newKey()), kid: key.kid as string };
    expect(await verdict(await sign(GOOD, {}, other))).toBe('TOKEN_INVALID');
  });

  it('carrying its own key: refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'own' };
    expect(await verdict(await sign(GOOD, { jwk: await exportJWK(publicKey) }, own))).toBe('TOKEN_INVALID');
  });

  it.each(['', 'x', 'a.b.c', '{}', `${'a'.repeat(5000)}.b.c`])('nonsense (%#): refused', async (token) => {
    expect(await verdict(token)).toBe('TOKEN_INVALID');
  });

  it('one changed character: refused, also when the right one is known', async () => {
    const token = await sign();
    expect(await verdict(token)).toBe('acme');
    const [head, claims, signature = ''] = token.split('.');
    const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await verdict(`${head}.${claims}.${changed}`)).toBe('TOKEN_INVALID');
  });

  it('a token is verified once, and known by its text no longer than it lives', async () => {
    let asked = 0;
    const keys = localKeys([publicJwk(key)]);
    const counted: typeof keys = (header, token) => {
      asked += 1;
      return keys(header, token);
    };
    tokens = new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, keys: counted, now: () => now * 1000 });
    const token = await sign();
    expect([await verdict(token), await verdict(token), asked]).toEqual(['acme', 'acme', 1]);
    now = NOW + 299;
    expect([await verdict(token), asked]).toEqual(['acme', 1]);
    now = NOW + 300;
    expect(await verdict(token)).toBe('TOKEN_INVALID');
  });
});
