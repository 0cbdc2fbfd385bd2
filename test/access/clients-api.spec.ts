import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import { fetchToken } from '../../src/cli/oauth-client.js';
import { ANALYST, newKey, publicJwk, startTestApp, type TestApp, type TestClient } from '../http/test-app.js';
import { ROLES } from '../../src/modules/access/role.js';

describe('An analyst registers clients over REST', () => {
  let test: TestApp;
  let analyst: TestClient;
  beforeAll(async () => {
    test = await startTestApp();
    analyst = await test.client(ANALYST);
  });
  afterAll(() => test.stop());

  const NEW = { clientId: 'acme', role: 'partner', partnerId: 'p1', ownerId: 'o1' };

  it('with keys that work at once, and stop at once', async () => {
    const { api } = analyst;
    const key = await newKey('EdDSA');
    expect(await api.post('/v1/clients', NEW)).toMatchObject({ status: 201, body: NEW });
    const { body } = await api.post<{ registered: object[] }>('/v1/clients/acme/keys', { keys: [publicJwk(key)] });
    expect(body.registered).toEqual([{ kid: key.kid, thumbprint: key.kid }]);
    const request = {
      tokenEndpoint: `${test.url}/oauth/token`,
      issuer: test.config.issuer,
      clientId: 'acme',
      privateJwk: key,
      resource: test.config.audience,
    };
    const { accessToken } = await fetchToken(request);
    const whoAmI = () => fetch(`${test.url}/v1/parcels/whoami`, { headers: { authorization: `Bearer ${accessToken}` } });
    expect(await (await whoAmI()).json()).toEqual(NEW);
    expect(await api.post('/v1/clients/acme/disablement', { reason: 'not-needed' })).toMatchObject({
      status: 200,
      body: { status: 'disabled' },
    });
    expect((await whoAmI()).status).toBe(401);
    await expect(fetchToken(request)).rejects.toThrow('invalid_client');
  });

  it('and the answers are the same when they are asked for again', async () => {
    const { api } = analyst;
    const body = { clientId: 'feed', role: 'partner', partnerId: 'p9', ownerId: 'o9' };
    const keys = { keys: [publicJwk(await newKey())] };
    for (const [path, payload] of [
      ['/v1/clients', body],
      ['/v1/clients/feed/keys', keys],
      ['/v1/clients/feed/disablement', { reason: 'not-needed' }],
    ] as const) {
      const first = await api.post(path, payload, `again ${path}`.replace(' ', '-'));
      expect(await api.post(path, payload, `again ${path}`.replace(' ', '-'))).toMatchObject({ status: first.status, body: first.body });
    }
  });

  it.each([
    ['a private key', async () => newKey()],
    ['a secret', async () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['a curve that is not on the list', async () => publicJwk(await newKey('ES384'))],
    ['a key for encryption', async () => ({ ...publicJwk(await newKey()), use: 'enc' })],
    ['a key for another algorithm', async () => ({ ...publicJwk(await newKey('PS256')), alg: 'RS256' })],
    ['a key that is none', async () => ({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' })],
    ['a key whose id is a sentence', async () => ({ ...publicJwk(await newKey()), kid: 'a key of mine' })],
  ])('%s is refused, and not kept', async (_, make) => {
    await analyst.api.post('/v1/clients', { clientId: 'keyless', role: 'partner', partnerId: 'p8', ownerId: 'o8' });
    await expect(analyst.api.post('/v1/clients/keyless/keys', { keys: [await make()] })).rejects.toMatchObject({
      status: 422,
      code: 'KEY_INVALID',
    });
    expect(await test.app.get<EventStore>(EVENT_STORE).readStream('client-keyless')).toHaveLength(1);
  });

  it.each(ROLES.filter((role) => role !== 'partner'))(
    'an analyst makes nobody a client with the role %s, nor gives one a key',
    async (role) => {
      await expect(analyst.api.post('/v1/clients', { clientId: `new-${role}`, role })).rejects.toMatchObject({
        status: 403,
        code: 'FORBIDDEN',
      });
      await test.client({ clientId: `known-${role}`, role });
      const keys = { keys: [publicJwk(await newKey())] };
      await expect(analyst.api.post(`/v1/clients/known-${role}/keys`, keys)).rejects.toMatchObject({ status: 403, code: 'FORBIDDEN' });
    },
  );

  it.each(['Acme', 'a b', '-a', 'a-', 'a/b', '', 'x'.repeat(65), 'žluť'])('%p is no name for a client', async (clientId) => {
    await expect(analyst.api.post('/v1/clients', { clientId, role: 'auditor' })).rejects.toMatchObject({
      status: 422,
      code: 'MEMBERS_INVALID',
    });
  });

  it('a client that does not exist is not found, whatever it is called', async () => {
    for (const id of ['nobody', 'no%20body', 'NOBODY', '..%2fgate']) {
      await expect(analyst.api.post(`/v1/clients/${id}/disablement`, { reason: 'not-needed' })).rejects.toMatchObject({
        status: 404,
        code: 'NOT_FOUND',
      });
    }
  });
});
