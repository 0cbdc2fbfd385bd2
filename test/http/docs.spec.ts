import { PROBLEMS } from '../../src/http/problem.js';
import { routeTable } from '../../src/http/route-table.js';
import { header, raw, startTestApp, type TestApp } from './test-app.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly $ref?: string }[];
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, unknown> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown>; readonly securitySchemes: object; readonly parameters: object };
}

describe('The documentation at /docs', () => {
  let test: TestApp;
  let document: Document;
  beforeAll(async () => {
    test = await startTestApp();
    document = JSON.parse((await raw(test.url, { path: '/docs/json' })).body) as Document;
  });
  afterAll(() => test.stop());

  const operation = (method: string, path: string): Operation => document.paths[path]?.[method] as Operation;

  it('is a page for people and OpenAPI for programs', async () => {
    const page = await raw(test.url, { path: '/docs' });
    expect([page.status, page.body.includes('swagger-ui')]).toEqual([200, true]);
    expect(document.openapi).toMatch(/^3\./);
  });

  it('is where a browser that is pointed at the service ends', async () => {
    const response = await raw(test.url, { path: '/' });
    expect([response.status, header(response, 'location'), response.body]).toEqual([302, 'docs', '']);
    expect(await (await fetch(test.url)).text()).toContain('swagger-ui');
    expect(document.paths).not.toHaveProperty('/');
  });

  it('has each route, under a name of its own', () => {
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const table = routeTable(test.app).filter(({ path }) => path.startsWith('/v1'));
    for (const { method, path } of table) expect(documented).toContain(`${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const names = Object.values(document.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    expect(new Set(names).size).toBe(names.length);
  });

  it('asks for a token where one is needed, and for an idempotency key on commands', () => {
    const send = operation('post', '/v1/parcels');
    expect(send.security).toEqual([{ token: [] }, { dpop: [] }, { token: [], certificate: [] }]);
    expect(send.parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(operation('get', '/v1/open').security).toEqual([]);
    expect(operation('post', '/v1/parcels/lines').parameters).not.toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
  });

  it('says what can go wrong, with the codes of each status', () => {
    const { responses } = operation('post', '/v1/parcels');
    expect(responses['409']?.description).toContain('ALREADY_EXISTS');
    expect(responses['409']?.description).toContain('COMMAND_IN_FLIGHT');
    expect(responses['401']?.content).toHaveProperty(['application/problem+json']);
    expect(operation('get', '/v1/open').responses).not.toHaveProperty('401');
  });

  it('lists every problem with its meaning', () => {
    for (const [code, { meaning }] of Object.entries(PROBLEMS)) {
      expect(document.info.description).toContain(`\`${code}\``);
      expect(document.info.description).toContain(meaning);
    }
  });

  it('refers to nothing that is not there', () => {
    const text = JSON.stringify(document);
    for (const [, section, name] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(Object.keys((document.components as unknown as Record<string, object>)[section as string] ?? {})).toContain(name);
    }
  });
});
