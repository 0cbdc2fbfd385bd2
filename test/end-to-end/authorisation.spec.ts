import { routeTable, type Route } from '../../src/http/route-table.js';
import { servedRoutes } from '../../src/http/server.js';
import { ROLES, type Role } from '../../src/modules/access/role.js';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { runningBank, type RunningBank } from './running-bank.js';

/** Routes that are not controllers: the mounted authorisation server and the documentation, which anybody may read. */
const MOUNTED = /^\/(oauth|docs|\.well-known)(\/|$)/;

/** The form of a message is looked at before its sender (R38). */
const mediaType = (path: string): string => (path.endsWith('/imports') ? 'application/x-ndjson' : 'application/json');

describe('who may call what, from the table of routes (R31)', () => {
  let bank: RunningBank;
  let routes: readonly Route[];
  const clients = new Map<Role, ApiClient>();

  beforeAll(async () => {
    bank = await runningBank();
    routes = routeTable(bank.app);
    for (const role of ROLES) {
      clients.set(role, role === 'partner' ? await bank.partner() : await bank.client(`somebody-${role}`, role));
    }
  });
  afterAll(() => bank.stop());

  /** Sent with nothing in it: who may not call is told so before anybody looks at the request. */
  const call = async (client: ApiClient, { method, path }: Route): Promise<string> => {
    const body = method === 'POST' ? { body: '{}', headers: { 'content-type': mediaType(path) } } : {};
    try {
      const response = await client.request(path.replaceAll(/:\w+/g, 'x'), { method, ...body });
      await response.body?.cancel();
      return String(response.status);
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('every route says who may call it, and every served route is in the table', () => {
    expect(routes.length).toBeGreaterThan(35);
    expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
    const known = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    const unknown = servedRoutes(bank.app).filter(
      ({ method, path }) => !known.has(`${method} ${path}`) && method !== 'HEAD' && !MOUNTED.test(path),
    );
    expect(unknown).toEqual([]);
  });

  it('without a token, every route but the public ones answers 401', async () => {
    for (const { method, path, access } of routes) {
      if (access === 'public') continue;
      const body = method === 'POST' ? { body: '{}', headers: { 'content-type': mediaType(path) } } : {};
      const response = await fetch(`${bank.url}${path.replaceAll(/:\w+/g, 'x')}`, { method, ...body });
      expect([method, path, response.status]).toEqual([method, path, 401]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it.each(ROLES)('%s may call what is theirs and nothing else', async (role) => {
    const client = clients.get(role) as ApiClient;
    for (const route of routes) {
      if (route.access === 'public') continue;
      const outcome = await call(client, route);
      const may = route.access?.includes(role) === true;
      expect([route.method, route.path, outcome === 'FORBIDDEN' ? 'forbidden' : 'may call']).toEqual([
        route.method,
        route.path,
        may ? 'may call' : 'forbidden',
      ]);
    }
  });
});
