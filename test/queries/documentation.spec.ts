import type { TestClient } from '../http/test-app.js';
import { raw } from '../http/test-app.js';
import { type Document, PublishedApi } from '../support/published-api.js';
import { ANALYST, ReadSideApp, SHOPS } from './read-side.app.js';

let app: ReadSideApp;
let partner: TestClient;
let analyst: TestClient;
let published: PublishedApi;

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
  published = new PublishedApi(JSON.parse((await raw(app.url, { path: '/docs/json' })).body) as Document);
});
afterAll(() => app.stop());

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
    const seen = { method: 'GET', path, status: 200, contentType: 'application/json', body: JSON.stringify(body) };
    // The made-up bank's leads and customers have names for ids.
    const complaints = published.complaints(seen).filter((each) => !each.includes('"format":"uuid"'));
    expect(complaints).toEqual([]);
    expect(JSON.stringify(body)).not.toContain('[]');
  });

  it('names the members that a list takes, and every problem that it can be answered with', () => {
    const { parameters, responses } = published.document.paths['/v1/funnels']!['get']!;
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
      expect(Object.keys(published.document.paths[path]!['get']!.responses['200']!.content!)).toEqual(['application/x-ndjson']);
    }
  });
});
