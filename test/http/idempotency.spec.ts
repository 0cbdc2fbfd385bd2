import { type EventStore, EVENT_STORE } from '../../src/event-sourcing/event-store.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { Brake } from './parcel.module.js';
import { header, newDirectory, PARTNER, raw, type RawResponse, startTestApp, type TestApp, type TestClient } from './test-app.js';

const withoutDate = ({ status, headers, body }: RawResponse) => ({ status, body, headers: headers.filter(([name]) => name !== 'date') });

describe('A command that is repeated takes effect once (R12)', () => {
  let test: TestApp;
  let partner: TestClient;
  let other: TestClient;
  const directory = newDirectory();
  const token = new Map<string, string>();

  const send = (key: string | undefined, body: object, { client = partner, path = '/v1/parcels' } = {}): Promise<RawResponse> => {
    const keyed = key === undefined ? {} : { 'idempotency-key': key };
    const headers = { authorization: `Bearer ${token.get(client.clientId)}`, 'content-type': 'application/json', ...keyed };
    return raw(test.url, { method: 'POST', path, headers, body: JSON.stringify(body) });
  };
  const code = ({ body }: RawResponse): string => (JSON.parse(body) as { code: string }).code;
  const logged = async (): Promise<number> => test.app.get<EventStore>(EVENT_STORE).end();

  const start = async (): Promise<void> => {
    test = await startTestApp({}, directory);
    partner = await test.client(PARTNER);
    other = await test.client({ clientId: 'bolt', role: 'partner', partnerId: 'p2', ownerId: 'o2' });
    for (const client of [partner, other]) token.set(client.clientId, await client.token());
  };
  beforeAll(start);
  afterAll(() => test.stop());

  it('a repeated request is answered with the same bytes, and writes nothing', async () => {
    const first = await send('k-1', { id: 'one', to: 'b', grams: 5 });
    expect(first.status).toBe(201);
    await test.app.get(Subscriptions).settled();
    const end = await logged();
    const second = await send('k-1', { id: 'one', to: 'b', grams: 5 });
    expect(withoutDate(second)).toEqual(withoutDate(first));
    expect(await logged()).toBe(end);
  });

  it('the order of members is no difference', async () => {
    const first = await send('k-order', { id: 'order', to: 'b', grams: 5 });
    const second = await send('k-order', { grams: 5, to: 'b', id: 'order' });
    expect(withoutDate(second)).toEqual(withoutDate(first));
  });

  it('the same key for another payload, or another route, is refused', async () => {
    await send('k-2', { id: 'two', to: 'b', grams: 5 });
    const payload = await send('k-2', { id: 'two', to: 'b', grams: 6 });
    expect([payload.status, code(payload)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const route = await send('k-2', { id: 'two', to: 'b', grams: 5 }, { path: '/v1/parcels/export' });
    expect([route.status, code(route)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('keys belong to their client', async () => {
    await send('k-3', { id: 'three', to: 'b', grams: 5 });
    const response = await send('k-3', { id: 'three-b', to: 'b', grams: 5 }, { client: other });
    expect(response.status).toBe(201);
  });

  it.each([undefined, '', 'with space', 'é', 'x'.repeat(256)])('%p is no key', async (key) => {
    const response = await send(key, { id: 'none', to: 'b', grams: 5 });
    expect([response.status, code(response)]).toEqual([400, 'IDEMPOTENCY_KEY_MISSING']);
  });

  it('while the first is under way the second waits its turn outside', async () => {
    const brake = test.app.get(Brake, { strict: false });
    const release = brake.hold();
    const before = brake.entered;
    const first = send('k-4', { id: 'four', to: 'b', grams: 5 });
    while (brake.entered === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await send('k-4', { id: 'four', to: 'b', grams: 5 });
    expect([second.status, code(second)]).toEqual([409, 'COMMAND_IN_FLIGHT']);
    release();
    expect((await first).status).toBe(201);
    expect(withoutDate(await send('k-4', { id: 'four', to: 'b', grams: 5 }))).toEqual(withoutDate(await first));
  });

  it('of twenty at once exactly one runs', async () => {
    const brake = test.app.get(Brake, { strict: false });
    const before = brake.entered;
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('k-5', { id: 'five', to: 'b', grams: 5 })));
    expect(brake.entered).toBe(before + 1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  it('a refusal is decided anew', async () => {
    await send('k-6', { id: 'six', to: 'b', grams: 5 });
    const refused = await send('k-7', { id: 'six', to: 'c', grams: 5 });
    expect([refused.status, code(refused)]).toEqual([409, 'ALREADY_EXISTS']);
    expect((await send('k-7', { id: 'seven', to: 'c', grams: 5 })).status).toBe(201);
  });

  it('an invalid request uses no key up', async () => {
    expect((await send('k-8', { id: 'eight', to: 'b', grams: 0 })).status).toBe(422);
    expect((await send('k-8', { id: 'eight', to: 'b', grams: 5 })).status).toBe(201);
  });

  it('keys and payloads are in the log as keyed hashes only', async () => {
    await send('k-visible-key', { id: 'nine', to: 'b', grams: 5 });
    const { events } = await test.app.get<EventStore>(EVENT_STORE).readAll({ limit: 500 });
    const causes = events.map(({ cause }) => cause).filter(({ idempotencyKeyHash }) => idempotencyKeyHash !== undefined);
    expect(causes.length).toBeGreaterThan(5);
    for (const { idempotencyKeyHash, payloadHash } of causes)
      expect(`${idempotencyKeyHash} ${payloadHash}`).toMatch(/^[0-9a-f]{64} [0-9a-f]{64}$/);
    expect(JSON.stringify(events)).not.toContain('k-visible-key');
  });

  it('a restart changes nothing', async () => {
    const first = await send('k-10', { id: 'ten', to: 'b', grams: 5 });
    await test.stop({ forget: false });
    await start();
    await test.app.get(Subscriptions).settled();
    const second = await send('k-10', { id: 'ten', to: 'b', grams: 5 });
    expect(withoutDate(second)).toEqual(withoutDate(first));
    expect(header(second, 'x-correlation-id')).toBe(header(first, 'x-correlation-id'));
  });
});
