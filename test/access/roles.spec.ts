import { routeTable } from '../../src/http/route-table.js';
import { servedRoutes } from '../../src/http/server.js';
import { type Role, ROLES } from '../../src/modules/access/role.js';
import { header, PARTNER, raw, startTestApp, type TestApp } from '../http/test-app.js';

/** Served without a controller: the authorisation server, its metadata, and the documentation. */
const BESIDE_CONTROLLERS = /^\/(oauth\/|\.well-known\/|docs)/;

describe('A route answers those whom it names, and by default nobody (R31)', () => {
  let test: TestApp;
  const tokens = new Map<Role, string>();
  beforeAll(async () => {
    test = await startTestApp();
    for (const role of ROLES) {
      const identity = role === 'partner' ? PARTNER : { clientId: `the-${role}`, role };
      tokens.set(role, await (await test.client(identity)).token());
    }
  });
  afterAll(() => test.stop());

  const ask = (path: string, role?: Role, method = 'GET') =>
    raw(test.url, { method, path, headers: role === undefined ? {} : { authorization: `Bearer ${tokens.get(role)}` } });
  const code = (body: string): string => (JSON.parse(body) as { code: string }).code;

  it('the table has every route that is served, and who may call it', () => {
    const table = routeTable(test.app);
    const served = servedRoutes(test.app).filter(({ path }) => !BESIDE_CONTROLLERS.test(path));
    const names = (routes: readonly { method: string; path: string }[]): string[] =>
      routes.map(({ method, path }) => `${method} ${path}`).sort();
    expect(names(table)).toEqual(names(served));
    const access = new Map(table.map((route) => [`${route.method} ${route.path}`, route.access]));
    expect(access.get('POST /v1/parcels')).toEqual(['partner']);
    expect(access.get('POST /v1/clients')).toEqual(['analyst']);
    expect(access.get('GET /v1/open')).toBe('public');
    expect(access.get('GET /v1/forgotten')).toBeUndefined();
  });

  it('a new route that says nothing answers nobody, whatever their role', async () => {
    expect((await ask('/v1/forgotten')).status).toBe(401);
    for (const role of ROLES) expect([role, (await ask('/v1/forgotten', role)).status]).toEqual([role, 403]);
  });

  it.each(ROLES)('%s sees what is for the partner only as a partner', async (role) => {
    const response = await ask('/v1/parcels/whoami', role);
    if (role === 'partner') expect(response.status).toBe(200);
    else expect([response.status, code(response.body)]).toEqual([403, 'FORBIDDEN']);
  });

  it("a route's own word goes before its controller's", async () => {
    expect((await ask('/v1/open')).status).toBe(200);
    expect((await ask('/v1/open/audited')).status).toBe(401);
    expect((await ask('/v1/open/audited', 'partner')).status).toBe(403);
    expect((await ask('/v1/open/audited', 'auditor')).status).toBe(200);
  });

  it('who is not known is told how to come in, and no more', async () => {
    const response = await ask('/v1/parcels/whoami');
    expect([response.status, code(response.body)]).toEqual([401, 'TOKEN_MISSING']);
    expect(header(response, 'www-authenticate')).toBe('Bearer realm="vestibule", DPoP realm="vestibule", algs="PS256 ES256 EdDSA Ed25519"');
    for (const authorization of ['Basic YWNtZTpzZWNyZXQ=', 'Bearer', 'Bearer ', 'Bearer a b']) {
      const other = await raw(test.url, { path: '/v1/parcels/whoami', headers: { authorization } });
      expect([authorization, other.status]).toEqual([authorization, 401]);
      expect(header(other, 'www-authenticate')).toBeDefined();
    }
  });

  it('who may not is told so before anything is said about the request (R38)', async () => {
    const headers = { authorization: `Bearer ${tokens.get('auditor')}`, 'content-type': 'application/json' };
    const response = await raw(test.url, { method: 'POST', path: '/v1/parcels', headers, body: '{"nonsense":1}' });
    expect([response.status, code(response.body)]).toEqual([403, 'FORBIDDEN']);
  });
});
