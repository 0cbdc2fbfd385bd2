import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { CommandBus } from '@nestjs/cqrs';
import { DisableClient, RevokeClientKey } from '../../src/modules/access/client.commands.js';
import { TokenLimits } from '../../src/modules/access/token-limits.js';
import { UsedAssertions } from '../../src/modules/access/used-assertions.js';
import { ANALYST, header, newDirectory, newKey, PARTNER, raw, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';

const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };

/** Rows of equal length: for a missing one jest would pass its callback. */
const rows = <T>(table: readonly [string, T, object?][]): [string, T, object][] =>
  table.map(([what, claims, header = {}]) => [what, claims, header]);

describe('A client proves who it is by a signed assertion that serves once (R29)', () => {
  let test: TestApp;
  let partner: TestClient;
  const directory = newDirectory();
  beforeAll(async () => {
    test = await startTestApp({}, directory);
    partner = await test.client(PARTNER);
  });
  afterAll(() => test.stop());

  const now = (): number => Math.floor(Date.now() / 1000);
  const claims = (changes: JWTPayload = {}): JWTPayload => {
    const { issuer } = test.config;
    return { iss: 'acme', sub: 'acme', aud: issuer, jti: randomUUID(), iat: now(), exp: now() + 60, ...changes };
  };
  const signed = async (payload: JWTPayload, header: object = {}, key: JWK = partner.privateJwk): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: key.alg as string, kid: key.kid as string, ...header })
      .sign(await importJWK(key, key.alg as string));
  const request = async (fields: Record<string, string>) => {
    const body = new URLSearchParams(fields).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await raw(test.url, { method: 'POST', path: '/oauth/token', headers, body });
    return { status: response.status, ...(JSON.parse(response.body) as { error?: string; access_token?: string; expires_in?: number }) };
  };
  const exchange = (assertion: string, more: Record<string, string> = {}) =>
    request({ grant_type: 'client_credentials', client_assertion_type: BEARER, client_assertion: assertion, ...more });

  it('and gets a short token for this service alone', async () => {
    const answer = await exchange(await signed(claims()));
    expect(answer).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 300 });
    const { issuer, audience } = test.config;
    expect(decodeProtectedHeader(answer.access_token as string)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const token = decodeJwt(answer.access_token as string);
    expect(token).toMatchObject({ iss: issuer, aud: audience, sub: 'acme', client_id: 'acme' });
    expect((token.exp as number) - (token.iat as number)).toBe(300);
  });

  it('twice: the second time it is worth nothing', async () => {
    const assertion = await signed(claims());
    expect((await exchange(assertion)).status).toBe(200);
    expect(await exchange(assertion)).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  it('twenty times at once: one token', async () => {
    const assertion = await signed(claims());
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('twice, at the very end of its life and a moment later: the second time it is worth nothing', async () => {
    const assertion = await signed(claims({ iat: now() - 60, exp: now() - 1 }));
    expect((await exchange(assertion)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await exchange(assertion)).status).toBe(401);
  });

  it('signed by a library that reads its clock once for each end: taken', async () => {
    expect((await exchange(await signed(claims({ iat: now(), exp: now() + 121 })))).status).toBe(200);
  });

  it('is put off, and may try again, while it cannot be written down that the assertion is used', async () => {
    jest.spyOn(UsedAssertions.prototype, 'use').mockImplementationOnce(() => {
      throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    });
    const assertion = await signed(claims());
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: BEARER, client_assertion: assertion });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await raw(test.url, { method: 'POST', path: '/oauth/token', headers, body: body.toString() });
    expect([response.status, header(response, 'retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(response.body)).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) as unknown });
    expect(test.lines.some(({ msg }) => msg === 'token request failed')).toBe(true);
    expect((await exchange(assertion)).status).toBe(200);
  });

  it('is not locked out by a neighbour of the same address whose requests fail, who is put off', async () => {
    const flood = await Promise.all(Array.from({ length: 120 }, () => exchange('nonsense')));
    const answer = await exchange(await signed(claims()));
    expect(flood.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(flood.filter(({ status }) => status === 429)[0]).toMatchObject({ error: 'temporarily_unavailable' });
    expect(answer.status).toBe(200);
  });

  it('is put off when it asks for tokens all the time, and nobody else is', async () => {
    const assertions = await Promise.all(Array.from({ length: 150 }, () => signed(claims())));
    const other = await test.client({ ...PARTNER, clientId: 'other' });
    const [answers, token] = await Promise.all([Promise.all(assertions.map((each) => exchange(each))), other.token()]);
    expect(token).toEqual(expect.any(String));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status, error }) => `${status} ${error}`))).toEqual(new Set(['429 temporarily_unavailable']));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  });

  it('is not put off by somebody who sends an assertion of its own again and again', async () => {
    const [captured, fresh] = [await signed(claims()), await signed(claims())];
    expect((await exchange(captured)).status).toBe(200);
    const limits = jest.spyOn(TokenLimits.prototype, 'authenticated');
    for (let batch = 0; batch < 6; batch++) await Promise.all(Array.from({ length: 20 }, () => exchange(captured)));
    expect((await exchange(fresh)).status).toBe(200);
    // Each of them was looked at, and none of them counts.
    expect(limits.mock.calls.length).toBeGreaterThan(100);
    limits.mockRestore();
  });

  it('twice with a restart in between: worth nothing either', async () => {
    const assertion = await signed(claims());
    expect((await exchange(assertion)).status).toBe(200);
    await test.stop({ forget: false });
    test = await startTestApp({}, directory);
    expect((await exchange(assertion)).status).toBe(401);
    expect((await exchange(await signed(claims()))).status).toBe(200);
  });

  it.each(
    rows<() => JWTPayload>([
      ['for the token endpoint', () => claims({ aud: `${test.config.issuer}/token` })],
      ['for a list with the issuer in it', () => claims({ aud: [test.config.issuer] })],
      ['for the issuer and another', () => claims({ aud: [test.config.issuer, 'https://evil.example'] })],
      ['for another server', () => claims({ aud: 'https://evil.example' })],
      ['for nobody', () => claims({ aud: undefined as never })],
      ['that lives for three minutes', () => claims({ exp: now() + 180 })],
      ['that lives for a year', () => claims({ exp: now() + 31_536_000 })],
      ['made an hour ago, to live until now', () => claims({ iat: now() - 3600, exp: now() + 60 })],
      ['from the future, to be used then', () => claims({ iat: now() + 3600, exp: now() + 3660 })],
      ['that has expired', () => claims({ iat: now() - 120, exp: now() - 60 })],
      ['without an end', () => claims({ exp: undefined as never })],
      ['without a beginning', () => claims({ iat: undefined as never })],
      ['without an id', () => claims({ jti: undefined as never })],
      ['with an id that is a book', () => claims({ jti: 'x'.repeat(300) })],
      ['by another', () => claims({ iss: 'ana' })],
      ['about another', () => claims({ sub: 'ana' })],
      ['without a key id', () => claims(), { kid: undefined }],
      ['with another key id', () => claims(), { kid: 'other' }],
    ]),
  )('%s: refused', async (_, payload, header) => {
    const answer = await exchange(await signed(payload(), header));
    expect([400, 401]).toContain(answer.status);
    expect(answer.access_token).toBeUndefined();
  });

  it("signed with a key that is not the client's: refused", async () => {
    await test.client(ANALYST);
    const other = { ...(await newKey()), kid: partner.privateJwk.kid as string };
    expect((await exchange(await signed(claims(), {}, other))).status).toBe(401);
  });

  it('for another resource: refused', async () => {
    expect(await exchange(await signed(claims()), { resource: 'https://other.example' })).toMatchObject({
      status: 400,
      error: 'invalid_target',
    });
  });

  it('for any other grant: refused', async () => {
    for (const grant_type of [
      'authorization_code',
      'refresh_token',
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]) {
      expect((await exchange(await signed(claims()), { grant_type })).status).toBe(400);
    }
  });

  it('with a secret instead: refused', async () => {
    const answer = await request({ grant_type: 'client_credentials', client_id: 'acme', client_secret: 'secret' });
    expect([400, 401]).toContain(answer.status);
  });

  it('a key that was revoked signs nothing any more, and what it was asked for with it stops at once', async () => {
    const bus = test.app.get(CommandBus);
    const short = await test.client({ ...PARTNER, clientId: 'short' });
    const headers = { authorization: `Bearer ${await short.token()}` };
    const asked = async (): Promise<number> => (await raw(test.url, { path: '/v1/parcels/whoami', headers })).status;
    expect(await asked()).toBe(200);
    await bus.execute(new RevokeClientKey({ clientId: 'short', kid: short.privateJwk.kid as string }, CAUSE));
    await expect(short.token()).rejects.toThrow('invalid_client');
    expect(await asked()).toBe(401);
  });

  it('a client that was disabled gets nothing, and its tokens stop at once', async () => {
    const stopped = await test.client({ ...PARTNER, clientId: 'stopped' });
    const headers = { authorization: `Bearer ${await stopped.token()}` };
    const asked = async (): Promise<number> => (await raw(test.url, { path: '/v1/parcels/whoami', headers })).status;
    expect(await asked()).toBe(200);
    await test.app.get(CommandBus).execute(new DisableClient({ clientId: 'stopped', reason: 'not-needed' }, CAUSE));
    await expect(stopped.token()).rejects.toThrow('invalid_client');
    expect(await asked()).toBe(401);
  });

  it('what the server says of itself follows from its configuration, not from what it is called', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server/oauth',
      '/oauth/.well-known/openid-configuration',
    ]) {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
      const response = await raw(test.url, { path, headers });
      const { issuer } = test.config;
      expect(JSON.parse(response.body)).toMatchObject({
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        grant_types_supported: ['client_credentials'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
      });
      expect(response.body).not.toContain('evil');
    }
  });

  it('the key set holds the public key only', async () => {
    const { keys } = JSON.parse((await raw(test.url, { path: '/oauth/jwks' })).body) as { keys: JWK[] };
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toHaveProperty('d');
  });
});
