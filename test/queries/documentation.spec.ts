import type { TestClient } from '../http/test-app.js';
import { raw } from '../http/test-app.js';
import { ANALYST, ReadSideApp, SHOPS } from './read-side.app.js';

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  additionalProperties?: unknown;
}

let app: ReadSideApp;
let partner: TestClient;
let analyst: TestClient;
let document: {
  paths: Record<
    string,
    { get: { parameters: { name: string; in: string }[]; responses: Record<string, { content?: Record<string, { schema: Schema }> }> } }
  >;
  components: { schemas: Record<string, Schema> };
};

beforeAll(async () => {
  app = await ReadSideApp.start();
  [partner, analyst] = await Promise.all([app.client(SHOPS), app.client(ANALYST)]);
  const { bank } = app;
  for (let person = 0; person < 4; person++) {
    const leadId = bank.open('acme', 'acme-shops', person)!;
    if (person > 0) bank.check(leadId, 'acme-shops', person === 1);
    if (person > 1) bank.create(leadId, 'acme-shops');
  }
  const at = new Date(bank.now).toISOString();
  bank.log.write('refusals-x', {
    type: 'CommandRefused',
    data: { owner: 'acme', partner: 'acme-shops', client: 'c', command: 'POST /v1/leads', code: 'ALLOWANCE_SPENT', process: 'p', at },
  });
  bank.log.write('gate', { type: 'ServiceStarted', data: { process: 'b', previous: 'a', previousEndedCleanly: false, at } });
  await app.write();
  document = JSON.parse((await raw(app.url, { path: '/docs/json' })).body) as typeof document;
});
afterAll(() => app.stop());

function resolved(schema: Schema): Schema {
  if (schema.allOf?.length === 1) return resolved(schema.allOf[0]!);
  return schema.$ref === undefined ? schema : resolved(document.components.schemas[schema.$ref.split('/').at(-1)!]!);
}

/** Where a value is not as the schema says: members that it does not name, or names and does not find. */
function differences(value: unknown, described: Schema, at = ''): string[] {
  const schema = resolved(described);
  if (Array.isArray(value)) return value.flatMap((each) => differences(each, schema.items ?? {}, `${at}[]`));
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return [];
  const members = value as Record<string, unknown>;
  const unknown = Object.keys(members).filter((name) => !Object.hasOwn(schema.properties!, name));
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(members, name));
  const below = Object.entries(members).flatMap(([name, member]) => differences(member, schema.properties![name] ?? {}, `${at}.${name}`));
  return [...unknown.map((name) => `${at}.${name} is not described`), ...missing.map((name) => `${at}.${name} is missing`), ...below];
}

const OF_PARTNERS = [
  '/v1/leads',
  '/v1/leads/lead-acme-2.1',
  '/v1/customers',
  '/v1/customers/customer-of-lead-acme-2.1',
  '/v1/allowance',
  '/v1/usage',
];
const OF_ANALYSTS = [
  '/v1/partners',
  '/v1/partners/acme-shops',
  '/v1/owners/acme',
  '/v1/funnels?groupBy=owner,partner,agent,purpose,week',
  '/v1/refusals?groupBy=owner,partner,command,code,hour',
  '/v1/deadlines',
  '/v1/ledger',
];

describe('the documentation of the read side', () => {
  it.each([...OF_PARTNERS, ...OF_ANALYSTS])('says what %s answers, member for member', async (path) => {
    const { body } = await (OF_PARTNERS.includes(path) ? partner : analyst).api.get(path);
    const route = path.split('?')[0]!;
    const template = Object.keys(document.paths).find((each) => new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(route))!;
    const { content } = document.paths[template]!.get.responses['200']!;
    expect(differences(body, content!['application/json']!.schema)).toEqual([]);
    expect(JSON.stringify(body)).not.toContain('[]');
  });

  it('names the members that a list takes, and every problem that it can be answered with', () => {
    const { parameters, responses } = document.paths['/v1/funnels']!.get;
    expect(
      parameters
        .filter((each) => each.in === 'query')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['after', 'agent', 'cursor', 'from', 'groupBy', 'limit', 'owner', 'partner', 'purpose', 'sort', 'to']);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '403', '406', '422', '429', '503']));
    expect(JSON.stringify(responses['503'])).toContain('READ_MODEL_BEHIND');
    expect(Object.keys(responses['200']!.content!)).toEqual(['application/json', 'text/csv']);
  });

  it('has lines for the auditor', () => {
    for (const path of ['/v1/audit/events', '/v1/audit/streams/{stream}']) {
      expect(Object.keys(document.paths[path]!.get.responses['200']!.content!)).toEqual(['application/x-ndjson']);
    }
  });
});
