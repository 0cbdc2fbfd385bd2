import { randomUUID } from 'node:crypto';
import { raw, type RawResponse, type TestClient } from '../http/test-app.js';
import { ReadSideApp, SHOPS, ZENITH } from './read-side.app.js';

interface Listing {
  items: Record<string, unknown>[];
  next: string | null;
}

let app: ReadSideApp;
let shops: TestClient;
let zenith: TestClient;

beforeAll(async () => {
  app = await ReadSideApp.start();
  [shops, zenith] = await Promise.all([app.client(SHOPS), app.client(ZENITH)]);
});
afterAll(() => app.stop());

/** The response but for what belongs to the request alone. */
async function bytes(client: TestClient, path: string): Promise<RawResponse> {
  const response = await raw(app.url, { path, headers: { authorization: `Bearer ${await client.token()}` } });
  return { ...response, headers: response.headers.filter(([name]) => name !== 'date' && name !== 'x-correlation-id') };
}

describe('a partner', () => {
  it('reads its own writes, at once', async () => {
    for (let person = 100; person < 110; person++) {
      const leadId = app.bank.open('acme', 'acme-shops', person)!;
      await app.write();
      expect((await shops.api.get(`/v1/leads/${leadId}`)).body).toMatchObject({ leadId, status: 'open' });
    }
  });

  it("gets the same bytes for another's lead or customer and for one that does not exist (R30, R37, I7)", async () => {
    const leadId = app.bank.open('acme', 'acme-shops', 1)!;
    app.bank.create(leadId, 'acme-shops');
    await app.write();
    expect((await shops.api.get(`/v1/customers/customer-of-${leadId}`)).body).toMatchObject({ leadId, status: 'pending' });
    expect((await shops.api.get(`/v1/leads/${leadId}`)).body).toMatchObject({ leadId, status: 'created' });
    for (const [path, unknown] of [
      [`/v1/leads/${leadId}`, `/v1/leads/${randomUUID()}`],
      [`/v1/customers/customer-of-${leadId}`, `/v1/customers/${randomUUID()}`],
    ] as const) {
      const another = await bytes(zenith, path);
      expect(another.status).toBe(404);
      expect(another).toEqual(await bytes(zenith, unknown));
    }
  });

  it('pages through its leads without a position or a total', async () => {
    for (let person = 200; person < 205; person++) app.bank.open('zenith', 'zenith-credit', person);
    await app.write();
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const response: { body: Listing; headers: Headers } = await zenith.api.get<Listing>(`/v1/leads?limit=2${next && `&cursor=${next}`}`);
      const { body, headers } = response;
      expect(Object.keys(body)).toEqual(['items', 'next']);
      expect([...headers.keys()].filter((name) => name.includes('position'))).toEqual([]);
      seen.push(...body.items.map(({ leadId }) => leadId));
      next = body.next;
    }
    expect(seen).toEqual([204, 203, 202, 201, 200].map((person) => `lead-zenith-${person}.1`));
  });

  it('narrows its leads to a status', async () => {
    const leadId = app.bank.open('acme', 'acme-shops', 300)!;
    app.bank.withdraw(leadId, 'acme-shops');
    await app.write();
    const { body } = await shops.api.get<Listing>('/v1/leads?status=withdrawn');
    expect(body).toEqual({ items: [expect.objectContaining({ leadId, status: 'withdrawn' })], next: null });
  });

  it("sees its owner's allowance with the terms that concern it, and nothing of how they were agreed", async () => {
    const { body } = await zenith.api.get<{ balance: number; terms: object }>('/v1/allowance');
    expect(body).toMatchObject({
      balance: 45,
      openLeads: { count: 5, limit: 200 },
      terms: { version: 1, mode: 'instant', perConversion: 4, followUpWithin: 'P14D' },
    });
    for (const name of ['figures', 'openLeads']) expect(body.terms).not.toHaveProperty(name);
    expect(Object.keys(body)).toEqual(['balance', 'paceLeft', 'openLeads', 'terms']);
  });

  it('sees its usage by month', async () => {
    const { body } = await zenith.api.get('/v1/usage?from=2025-01&to=2025-12');
    expect(body).toEqual({ months: [{ month: '2025-01', leadsOpened: 5, checksAnswered: 0, customersCreated: 0 }] });
  });

  it('sees nothing of what the bank found out before its settlement, byte for byte (I6)', async () => {
    const leadId = app.bank.open('zenith', 'zenith-credit', 400)!;
    app.bank.create(leadId, 'zenith-credit');
    await app.write();
    const paths = [
      '/v1/leads',
      `/v1/leads/${leadId}`,
      '/v1/customers',
      `/v1/customers/customer-of-${leadId}`,
      '/v1/allowance',
      '/v1/usage',
    ];
    const look = (): Promise<RawResponse[]> => Promise.all(paths.map((path) => bytes(zenith, path)));
    const before = await look();
    app.bank.confirm(leadId);
    await app.write();
    expect(await look()).toEqual(before);
    app.bank.now += 5 * 86_400_000;
    app.bank.catchUp('zenith');
    await app.write();
    expect((await zenith.api.get(`/v1/customers/customer-of-${leadId}`)).body).toMatchObject({ status: 'confirmed' });
  });

  it.each([
    ['a member that the list does not have', '/v1/leads?partner=acme-shops', '(body)', 'noOtherMembers'],
    ['a position to wait for, which is not for partners', '/v1/leads?after=1', '(body)', 'noOtherMembers'],
    ['a status that there is not', '/v1/leads?status=linked', 'status', 'isIn'],
    ['a limit that is no number', '/v1/leads?limit=1e2', 'limit', undefined],
    ['a limit given twice', '/v1/leads?limit=1&limit=2', 'limit', undefined],
    ['a cursor of its own making', '/v1/leads?cursor=abc', 'cursor', 'cursor'],
    ['a cursor of another list', `/v1/leads?cursor=${Buffer.from('["a"]').toString('base64url')}`, 'cursor', 'cursor'],
    ['a month that there is not', '/v1/usage?from=2025-13', 'from', 'matches'],
    ['members where there are none', '/v1/allowance?x=1', '(body)', 'noOtherMembers'],
  ])('is refused %s', async (_what, path, member, rule) => {
    const response = await bytes(shops, path);
    expect(response.status).toBe(422);
    expect(JSON.parse(response.body)).toMatchObject({ code: 'MEMBERS_INVALID', errors: [{ member, ...(rule !== undefined && { rule }) }] });
  });
});
