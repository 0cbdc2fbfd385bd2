import { header, raw, type RawResponse, type TestClient } from '../http/test-app.js';
import { toCsv } from '../../src/queries/table.js';
import { ANALYST, ReadSideApp } from './read-side.app.js';

interface Listing {
  asOfPosition: number;
  items: Record<string, unknown>[];
  next: string | null;
}

let app: ReadSideApp;
let analyst: TestClient;
let end: number;

beforeAll(async () => {
  app = await ReadSideApp.start();
  analyst = await app.client(ANALYST);
  const { bank } = app;
  for (let person = 0; person < 6; person++) {
    const leadId = bank.open('acme', person < 4 ? 'acme-shops' : 'acme-online', person)!;
    bank.check(leadId, person < 4 ? 'acme-shops' : 'acme-online', person === 0);
  }
  bank.log.write('refusals-acme-shops', {
    type: 'CommandRefused',
    data: {
      owner: 'acme',
      partner: 'acme-shops',
      client: 'c',
      command: 'POST /v1/leads',
      code: 'ALLOWANCE_SPENT',
      process: 'p',
      at: new Date(bank.now).toISOString(),
    },
  });
  bank.log.write('owner-acme', {
    type: 'PartnerRegistered',
    data: { partner: 'evil', owner: 'acme', name: '=HYPERLINK("http://x")', at: new Date(bank.now).toISOString() },
  });
  end = await app.write();
});
afterAll(() => app.stop());

const get = async (path: string): Promise<Listing> => (await analyst.api.get<Listing>(path)).body;
const fetched = async (path: string, accept?: string): Promise<RawResponse> =>
  raw(app.url, { path, headers: { authorization: `Bearer ${await analyst.token()}`, ...(accept !== undefined && { accept }) } });

describe('an analyst', () => {
  it('sees partners with standing, agreement and allowance, and up to where that is current', async () => {
    const body = await get(`/v1/partners?after=${end}&owner=acme&sort=-name`);
    expect(body.asOfPosition).toBeGreaterThanOrEqual(end);
    expect(body.items.map(({ partnerId }) => partnerId)).toEqual(['acme-shops', 'acme-online', 'evil']);
    expect(body.items[0]).toMatchObject({
      ownerId: 'acme',
      standing: 'good',
      agreementSigned: '1',
      balance: 44,
      openLeadCount: 6,
      onProbation: true,
    });
  });

  it('sees a partner with agents and clients, and an owner with terms and allowance', async () => {
    expect((await analyst.api.get(`/v1/partners/acme-shops?after=${end}`)).body).toMatchObject({
      partnerId: 'acme-shops',
      agreement: { inForce: true },
      agents: [{ agent: 'anna' }, { agent: 'bert' }],
      clients: [],
    });
    expect((await analyst.api.get(`/v1/owners/zenith?after=${end}`)).body).toMatchObject({
      ownerId: 'zenith',
      terms: { perConversion: 4 },
      allowance: { balance: 50, credits: 50, openLeads: { count: 0, limit: 200 } },
      partners: [{ partnerId: 'zenith-credit', standing: 'good' }],
    });
    expect((await fetched('/v1/partners/nobody')).status).toBe(404);
    expect((await fetched('/v1/owners/nobody')).status).toBe(404);
  });

  it('sees funnels by any of their dimensions, sorted and in pages', async () => {
    const all = await get(`/v1/funnels?groupBy=partner,month&sort=-opened&after=${end}`);
    expect(all.items.map(({ partner, month, opened, existing }) => ({ partner, month, opened, existing }))).toEqual([
      { partner: 'acme-shops', month: '2025-01', opened: 4, existing: 1 },
      { partner: 'acme-online', month: '2025-01', opened: 2, existing: 0 },
    ]);
    const first = await get('/v1/funnels?groupBy=partner,month&sort=-opened&limit=1');
    const second = await get(`/v1/funnels?groupBy=partner,month&sort=-opened&limit=1&cursor=${first.next}`);
    expect([...first.items, ...second.items]).toEqual(all.items);
    expect(second.next).toBeNull();
  });

  it('sees refusals with gaps, deadlines and the ledger', async () => {
    expect(await get(`/v1/refusals?after=${end}&groupBy=code,day`)).toMatchObject({
      items: [{ code: 'ALLOWANCE_SPENT', day: '2025-01-06', count: 1, mayMissAFlush: 0 }],
      gaps: [],
    });
    expect((await get(`/v1/deadlines?after=${end}&partner=acme-online`)).items).toMatchObject([
      { kind: 'follow-up' },
      { kind: 'follow-up' },
    ]);
    expect((await get(`/v1/ledger?after=${end}&kind=partner&sort=-persons`)).items).toMatchObject([
      { subject: 'acme-shops', persons: 4, yes: 1, no: 3 },
      { subject: 'acme-online', persons: 2, yes: 0, no: 2 },
    ]);
  });

  it('gets CSV where it asks for it, with position and cursor in headers', async () => {
    const response = await fetched(`/v1/funnels?groupBy=partner&limit=1&after=${end}`, 'text/csv');
    expect(header(response, 'content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(Number(header(response, 'x-as-of-position'))).toBeGreaterThanOrEqual(end);
    expect(header(response, 'x-next-cursor')).toBeDefined();
    const [names, first, rest] = response.body.split('\r\n');
    expect(names).toMatch(/^partner,opened,carried,consented,answered,existing,.*,medianSecondsToCreate$/);
    expect(first).toMatch(/^acme-online,2,0,0,2,0,/);
    expect(rest).toBe('');
  });

  it('never gets a formula in CSV (R39)', async () => {
    const { body } = await fetched(`/v1/partners?owner=acme&after=${end}`, 'text/csv');
    expect(body).toContain(`evil,"'=HYPERLINK(""http://x"")",acme`);
    for (const start of ['=', '+', '-', '@', '\t', '\r', '＝']) expect(toCsv([{ a: `${start}1` }], ['a'])).toMatch(/^a\r\n"?'/);
    expect(toCsv([{ a: -1.5, b: true, c: null, d: 'x,"y' }], ['a', 'b', 'c', 'd'])).toBe('a,b,c,d\r\n-1.5,true,,"x,""y"\r\n');
  });

  it('gets the names of the columns also where there is no row', async () => {
    expect((await fetched('/v1/deadlines?partner=nobody', 'text/csv')).body).toBe('leadId,owner,partner,kind,setAt,agreed,dueAt\r\n');
  });

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv;q=0.2, application/json', 'application/json'],
    ['application/json;q=0.2, text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
  ])('who accepts %s gets %s', async (accept, type) => {
    expect(header(await fetched('/v1/funnels', accept), 'content-type')).toContain(type);
  });

  it('who accepts neither is told so', async () => {
    const response = await fetched('/v1/funnels', 'application/xml');
    expect([response.status, JSON.parse(response.body)]).toMatchObject([406, { code: 'NOT_ACCEPTABLE' }]);
  });

  it('waits for a position, and is told when it does not come', async () => {
    const before = await app.store.end();
    const waiting = get(`/v1/funnels?groupBy=owner&owner=zenith&after=${before + 1}`);
    app.bank.open('zenith', 'zenith-credit', 77);
    await app.write();
    expect((await waiting).items).toMatchObject([{ owner: 'zenith', opened: 1 }]);

    const response = await fetched('/v1/funnels?after=1000000');
    expect([response.status, JSON.parse(response.body)]).toMatchObject([503, { code: 'READ_MODEL_BEHIND' }]);
    expect(header(response, 'retry-after')).toBe('1');
  });

  it.each([
    ['two periods at once', '/v1/funnels?groupBy=day,week', 'groupBy'],
    ['a dimension that there is not', '/v1/funnels?groupBy=person', 'groupBy'],
    ['a dimension twice', '/v1/funnels?groupBy=partner,partner', 'groupBy'],
    ['no dimension', '/v1/funnels?groupBy=', 'groupBy'],
    ['a day that there is not', '/v1/funnels?from=2025-02-30', 'from'],
    ['a figure that there is not', '/v1/funnels?sort=opened;drop', 'sort'],
    ['a moment without its offset', '/v1/refusals?from=2025-02-03T10:00:00', 'from'],
    ['a cursor of another question', `/v1/funnels?cursor=${Buffer.from('["a","b"]').toString('base64url')}`, 'cursor'],
    ['a negative position', '/v1/partners?after=-1', 'after'],
    ['a member that there is not', '/v1/partners?person=1', '(body)'],
  ])('is refused %s', async (_what, path, member) => {
    const response = await fetched(path);
    expect([response.status, JSON.parse(response.body)]).toMatchObject([422, { code: 'MEMBERS_INVALID', errors: [{ member }] }]);
  });
});
