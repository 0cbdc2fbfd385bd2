import { calculateJwkThumbprint } from 'jose';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { routeTable } from '../../src/http/route-table.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { type Document, PublishedApi, type Seen } from '../support/published-api.js';
import { person } from './persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from './running-bank.js';

let bank: RunningBank;
let api: PublishedApi;
const seen: Seen[] = [];

/** What was sent to `/v1` and what came back, whoever sent it. */
function watchFetch(): void {
  const send = globalThis.fetch;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const response = await send(input, init);
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    if (!pathname.startsWith('/v1')) return response;
    const { status, headers } = response;
    const body = await response.clone().text();
    seen.push({ method: init?.method ?? 'GET', path: pathname + search, status, contentType: headers.get('content-type') ?? '', body });
    return response;
  });
}

beforeAll(async () => {
  bank = await runningBank({ CLIENT_SECRETS: 'true' });
  api = new PublishedApi((await (await fetch(`${bank.url}/docs/json`)).json()) as Document);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await bank.stop();
});

describe('each operation at /docs/json', () => {
  it('is one of the routes under /v1, and each of these is one', () => {
    const routes = routeTable(bank.app).filter(({ path }) => path.startsWith('/v1'));
    const names = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(
      api
        .operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual(names.sort());
  });

  it('says what comes back when it succeeds', () => {
    for (const [name, { responses }] of api.operations()) {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect([name, successes.length]).not.toEqual([name, 0]);
      for (const [status, { content = {} }] of successes) {
        const schemas = Object.values(content).map(({ schema }) => schema);
        expect([name, status, schemas.length > 0 || status === '204']).toEqual([name, status, true]);
        for (const schema of schemas) expect([name, schema]).toEqual([name, schema.$ref === undefined ? { type: 'string' } : schema]);
      }
    }
  });

  it('says which problems it can be answered with, as problem documents', () => {
    for (const [name, { responses }] of api.operations()) {
      const errors = Object.entries(responses).filter(([status]) => status >= '400');
      expect([name, errors.map(([status]) => status)]).toEqual([name, expect.arrayContaining(['400', '401', '403', '422', '429', '500'])]);
      for (const [, { content }] of errors) {
        expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
        const [shape, codes] = content?.['application/problem+json']?.schema.allOf ?? [];
        expect(shape).toEqual({ $ref: '#/components/schemas/Problem' });
        expect(codes?.properties?.['code']?.enum?.length).toBeGreaterThan(0);
      }
    }
  });

  it('asks for a token', () => {
    for (const [name, { security }] of api.operations()) {
      expect([name, security]).toEqual([name, [{ token: [] }, { dpop: [] }, { token: [], certificate: [] }]]);
    }
  });

  it('asks for a JSON object and an idempotency key on a POST, unless it takes lines', () => {
    const key = { $ref: '#/components/parameters/IdempotencyKey' };
    for (const [name, { parameters, requestBody }] of api.operations()) {
      const isPost = name.startsWith('POST ');
      const types = Object.keys(requestBody?.content ?? {});
      const isKeyed = parameters.some(({ $ref }) => $ref === key.$ref);
      if (name.endsWith('/imports')) expect([name, types, isKeyed]).toEqual([name, ['application/x-ndjson'], false]);
      else expect([name, types, isKeyed]).toEqual([name, isPost ? ['application/json'] : [], isPost]);
    }
  });

  it('gives examples that its own schema takes', () => {
    expect(api.brokenExamples()).toEqual([]);
  });
});

describe('every response of a walk through all that can be done', () => {
  beforeAll(async () => {
    watchFetch();
    await walk();
  }, 60_000);

  it('is as published: status, media type, and each member', () => {
    expect(seen.flatMap((each) => api.complaints(each))).toEqual([]);
  });

  it('leaves no operation out', () => {
    const succeeded = new Set(seen.filter(({ status }) => status < 300).map((each) => api.operationOf(each)));
    expect(
      api
        .operations()
        .map(([name]) => name)
        .filter((name) => !succeeded.has(name)),
    ).toEqual([]);
  });

  it('has errors of many kinds among it', () => {
    const statuses = new Set(seen.map(({ status }) => status));
    expect([...statuses].filter((status) => status >= 400).sort()).toEqual([400, 401, 403, 404, 406, 409, 415, 422, 503]);
  });
});

async function walk(): Promise<void> {
  await feedRegister(bank, [registerLine(person(0), 'C0'), 'no line\n'], 'walked');
  await bank.feed.get('/v1/registry/imports/walked');
  const partner = await bank.partner({ partnerId: 'walker', ownerId: 'walkers', terms: { settleAfter: 'PT0.1S' } });
  await aPartnersDay(partner);
  await rotateOwnKeys(partner);
  await theBanksPart(partner);
  await whatAnalystsDecide();
  await whatIsRefused(partner);
  await whatTheBankReads();
}

async function open(partner: ApiClient, n: number): Promise<string> {
  const { country, scheme, value } = person(n);
  const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  return (await partner.post<{ leadId: string }>('/v1/leads', lead)).body.leadId;
}

const check = (partner: ApiClient, leadId: string, n: number): Promise<unknown> =>
  partner.post('/v1/membership-checks', { leadId, person: person(n) });

async function create(partner: ApiClient, n: number): Promise<string> {
  const leadId = await open(partner, n);
  await check(partner, leadId, n);
  const body = { leadId, person: person(n), contact: { email: 'me@example.org' } };
  return (await partner.post<{ customerId: string }>('/v1/customers', body)).body.customerId;
}

async function aPartnersDay(partner: ApiClient): Promise<void> {
  const known = await open(partner, 0);
  await open(partner, 0);
  await check(partner, known, 0);
  const withdrawn = await open(partner, 1);
  await partner.get(`/v1/leads/${withdrawn}`);
  await partner.post(`/v1/leads/${withdrawn}/withdrawal`, { reason: 'lost-interest', note: 'thought better of it' });
  await bank.analyst.get(`/v1/withdrawals/${withdrawn}`);
  const customerId = await create(partner, 2);
  await bank.messages.post(`/v1/disclosures/${known}/acknowledgement`, {});
  await bank.messages.post(`/v1/disclosures/${withdrawn}/denial`, {});
  for (const path of ['leads', 'leads?limit=1', `leads/${known}`, 'customers', `customers/${customerId}`, 'allowance', 'usage']) {
    await partner.get(`/v1/${path}`);
  }
}

async function theBanksPart(partner: ApiClient): Promise<void> {
  const [proved, turnedDown] = [await create(partner, 3), await create(partner, 4)];
  await bank.identity.get('/v1/identifications');
  const actedAt = new Date().toISOString();
  await bank.identity.post(`/v1/customers/${proved}/confirmation`, { outcome: 'proved', customerNumber: 'C3', actedAt });
  await bank.identity.post(`/v1/customers/${turnedDown}/confirmation`, { outcome: 'turned-down', actedAt });
  await bank.settled();
  await bank.identity.post(`/v1/customers/${proved}/revocation`, { reason: 'stolen-identity' });
  const { country, scheme, value } = person(5);
  for (const locked of [true, false]) await bank.identity.post('/v1/locks', { person: { country, scheme, value }, locked });
  await theCanaries(partner);
  await bank.messages.get('/v1/messages');
  await bank.operator.post('/v1/gate/halt', { reason: 'exercise' });
  await refused(check(partner, await open(partner, 6), 6));
  await bank.operator.post('/v1/gate/reopening', { reason: 'exercise-over' });
  await bank.operator.post('/v1/clock/trust', { reason: 'clock-is-right' });
}

async function theCanaries(partner: ApiClient): Promise<void> {
  const canaries = await bank.client('canaries', 'bank-canaries');
  const { country, scheme, value } = person(8);
  const who = { person: { country, scheme, value } };
  await canaries.post('/v1/canaries', { ...who, kind: 'minor', until: '2099-01' });
  const body = `${JSON.stringify({ ...who, kind: 'staff' })}\nno line\n`;
  await (
    await canaries.request('/v1/canaries/imports', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body })
  ).text();
  await open(partner, 8);
  await canaries.post('/v1/canaries/retirement', who);
}

async function whatAnalystsDecide(): Promise<void> {
  const { analyst } = bank;
  const other = await bank.client('analyst-of-two', 'analyst');
  await analyst.post('/v1/owners/walkers/terms', { terms: { perConversion: 9, mode: 'blind' }, reason: 'agreed', note: 'two sign' });
  await analyst.get('/v1/owners/walkers');
  await other.post('/v1/owners/walkers/terms/2/approval', {});
  await analyst.post('/v1/owners/walkers/grants', { units: 5, reason: 'campaign' });
  await analyst.post('/v1/owners/walkers/grant-revocations', { units: 1, reason: 'granted-by-mistake' });
  await analyst.post('/v1/policy', { changes: { coolDown: 'PT2M' }, reason: 'new-rules' });
  await analyst.post('/v1/partners/walker/agents', { agent: 'agent-2' });
  await analyst.post('/v1/partners/walker/agents/agent-2/retirement', {});
  await letAClientInAndOut(analyst);
  for (const what of ['suspension', 'reinstatement', 'suspension'])
    await analyst.post(`/v1/partners/walker/${what}`, { reason: 'other', note: 'seen' });
  const walker = await analyst.get<{ standingChange: { noteId: string } }>('/v1/partners/walker');
  await analyst.get(`/v1/notes/${walker.body.standingChange.noteId}`);
  await analyst.get('/v1/owners/walkers');
  const asking = await bank.partner({ partnerId: 'asking', ownerId: 'askers', terms: { mode: 'consent' } });
  await asking.post(`/v1/leads/${await open(asking, 7)}/consent`, { contact: { email: 'me@example.org' } });
  await analyst.post('/v1/owners/askers/stricter-mode', { mode: 'blind', reason: 'suspected-misuse' });
  await bank.partner({ partnerId: 'ended' });
  await analyst.post('/v1/partners/ended/termination', { reason: 'agreement-ended' });
  await bank.partner({ partnerId: 'bought', ownerId: 'sellers' });
  await analyst.post('/v1/partners/bought/owner', { ownerId: 'walkers', reason: 'acquisition', note: 'seen' });
  await analyst.post('/v1/owners/sellers/merger', { into: 'walkers', reason: 'merger' });
}

async function letAClientInAndOut(analyst: ApiClient): Promise<void> {
  const jwk = publicJwk(await newKey());
  await analyst.post('/v1/clients', { clientId: 'second', role: 'partner', partnerId: 'walker', ownerId: 'walkers' });
  await analyst.post('/v1/clients/second/keys', { keys: [jwk] });
  await analyst.post(`/v1/clients/second/keys/${await calculateJwkThumbprint(jwk)}/revocation`, {});
  const thumbprint = 'a'.repeat(43);
  await analyst.post('/v1/clients/second/certificates', { thumbprint });
  await analyst.post(`/v1/clients/second/certificates/${thumbprint}/revocation`, {});
  await analyst.post('/v1/clients/second/secret', { sha256: '0f'.repeat(32) });
  await analyst.post('/v1/clients/second/secret/revocation', {});
  const since = new Date(Date.now() - 3_600_000).toISOString();
  await analyst.post('/v1/clients/second/compromises', { since, reason: 'key-exposed', keys: [publicJwk(await newKey())] });
  await analyst.get('/v1/clients/second/compromises');
  await analyst.post('/v1/clients/second/disablement', { reason: 'not-needed' });
}

async function rotateOwnKeys(partner: ApiClient): Promise<void> {
  const jwk = publicJwk(await newKey());
  const signing = partner.with({ signRequests: true });
  await signing.post('/v1/client/keys', { keys: [jwk] });
  await signing.post(`/v1/client/keys/${jwk.kid}/revocation`, {});
}

async function whatIsRefused(partner: ApiClient): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const { analyst } = bank;
  await fetch(`${bank.url}/v1/leads`);
  await refused(partner.get('/v1/allowance'));
  await refused(partner.get('/v1/partners'));
  await refused(analyst.get('/v1/partners/nobody'));
  await refused(analyst.get('/v1/funnels?groupBy=day,week'));
  await refused(analyst.request('/v1/funnels', { headers: { accept: 'image/png' } }));
  await refused(analyst.request('/v1/owners', { method: 'POST', headers: json, body: '{}' }));
  await refused(analyst.request('/v1/owners', { method: 'POST', headers: json, body: '{' }));
  await refused(analyst.request('/v1/owners', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }));
  await refused(analyst.post('/v1/owners', { ownerId: 'walkers', name: 'Another' }));
  await refused(analyst.post('/v1/owners', { ownerId: 'new', name: 'New', terms: { pace: -1 } }));
}

async function whatTheBankReads(): Promise<void> {
  await bank.settled();
  const reports = ['partners', 'funnels', 'funnels?groupBy=owner,agent,purpose,month', 'refusals', 'deadlines', 'ledger', 'canaries'];
  for (const report of reports) {
    await bank.analyst.get(`/v1/${report}`);
    await (await bank.analyst.request(`/v1/${report}`, { headers: { accept: 'text/csv' } })).text();
  }
  for (const path of ['events', 'events?types=LeadOpened', 'streams/owner-walkers']) {
    await (await bank.auditor.request(`/v1/audit/${path}`)).text();
  }
}

async function refused(call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: 'ApiProblem' });
}
