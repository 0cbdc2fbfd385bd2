import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import { LIMITS } from '../../src/http/limits.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { Readiness } from '../../src/observability/readiness.js';
import { giveUp, giveUpOnTheUnforeseen } from '../../src/observability/last-resort.js';
import { makeLogger } from '../../src/observability/logger.js';
import { Brake } from './parcel.module.js';
import { PARTNER, newDirectory, raw, startTestApp, type TestApp } from './test-app.js';

const until = async (met: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };

describe('From start to stop', () => {
  let test: TestApp;
  afterEach(() => test.stop());

  const ready = async (): Promise<number> => (await raw(test.url, { path: '/health/ready' })).status;

  it('it is alive at once, and ready when the read models are current', async () => {
    test = await startTestApp();
    expect((await raw(test.url, { path: '/health/live' })).body).toBe('{"status":"ok"}');
    await until(async () => (await ready()) === 200);
  });

  it('who is not ready says which part, and is 503', async () => {
    test = await startTestApp();
    await until(async () => (await ready()) === 200);
    test.app.get(Readiness).register('register', () => ({ ready: false, detail: 'behind' }));
    const response = await raw(test.url, { path: '/health/ready' });
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      503,
      { code: 'NOT_READY', errors: [{ member: 'register', rule: 'ready' }] },
    ]);
    expect(test.lines.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('a first start is quiet; a later one says which read models it has to build anew', async () => {
    const directory = newDirectory();
    test = await startTestApp({}, directory);
    await (await test.client(PARTNER)).api.post('/v1/parcels', { id: 'a', to: 'b', grams: 5 });
    await test.app.get(Subscriptions).settled();
    const rebuilt = (): unknown[] => test.lines.filter(({ msg }) => msg === 'building anew').map(({ projection }) => projection);
    expect(rebuilt()).toEqual([]);
    await test.stop({ forget: false });
    for (const file of ['read-models.db', 'read-models.db-wal', 'read-models.db-shm']) rmSync(join(directory, file), { force: true });
    test = await startTestApp({}, directory);
    await until(() => rebuilt().length === 2);
    expect(rebuilt()).toEqual(['idempotency_index', 'process stamp-parcels']);
  });

  it('a process sends its commands over the bus, and they take effect once', async () => {
    test = await startTestApp();
    const { api } = await test.client(PARTNER);
    await api.post('/v1/parcels', { id: 'a', to: 'b', grams: 5 });
    await test.app.get(Subscriptions).settled();
    const events = await test.app.get<EventStore>(EVENT_STORE).readStream('parcel-a');
    expect(events.map(({ type, cause }) => [type, cause.actor])).toEqual([
      ['ParcelSent', 'acme'],
      ['ParcelStamped', 'process:stamp-parcels'],
    ]);
    expect(events[1]?.cause).toMatchObject({ correlationId: events[0]?.cause.correlationId, causationId: events[0]?.id });
  });

  it('a command that nobody handles is no command', async () => {
    test = await startTestApp();
    expect(() => test.app.get(Subscriptions).commandFor({ type: 'BurnParcel', data: {} }, CAUSE)).toThrow(
      'no handler for the command BurnParcel',
    );
  });

  it('a stop lets requests under way finish, takes no new ones, and loses nothing', async () => {
    const directory = newDirectory();
    test = await startTestApp({}, directory);
    const partner = await test.client(PARTNER);
    const brake = test.app.get(Brake, { strict: false });
    const release = brake.hold();
    await partner.api.get('/v1/parcels/whoami');
    const underWay = Array.from({ length: 10 }, (_, i) =>
      partner.api.post<{ receipt: string }>('/v1/parcels', { id: `p${i}`, to: 'b', grams: 5 }),
    );
    await until(() => brake.entered === 10);
    const stopped = test.stop({ forget: false });
    await until(async () =>
      raw(test.url, { path: '/health/live' }).then(
        () => false,
        () => true,
      ),
    );
    release();
    const answers = await Promise.all(underWay);
    await stopped;
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));

    test = await startTestApp({}, directory);
    const store = test.app.get<EventStore>(EVENT_STORE);
    for (const [i, { body }] of answers.entries()) expect((await store.readStream(`parcel-p${i}`))[0]?.id).toBe(body.receipt);
  });

  it('a stop waits for no connection without a request: not one that is silent, nor one whose headers never end', async () => {
    test = await startTestApp();
    const { hostname, port } = new URL(test.url);
    const [silent, slow] = [connect(Number(port), hostname), connect(Number(port), hostname)];
    const closed = Promise.all([silent, slow].map((socket) => new Promise((done) => socket.on('error', done).on('close', done))));
    slow.write('GET /health/live HTTP/1.1\r\nHost: ');
    await until(async () => (await ready()) === 200);
    const began = performance.now();
    await Promise.all([test.stop(), closed]);
    expect(performance.now() - began).toBeLessThan(LIMITS.headersAtStop + 5_000);
  });

  it('what is to be done before the start and before the stop is done then, and can write', async () => {
    const directory = newDirectory();
    test = await startTestApp({}, directory);
    const subscriptions = test.app.get(Subscriptions);
    const store = test.app.get<EventStore>(EVENT_STORE);
    let lastWords = 'none';
    subscriptions.beforeStop(async () => {
      const event = {
        id: crypto.randomUUID(),
        type: 'Farewell',
        schemaVersion: 1,
        recordedAt: new Date().toISOString(),
        cause: CAUSE,
        data: {},
      };
      lastWords = await store.append('farewell', -1, [event]).then(
        () => 'written',
        () => 'too late',
      );
    });
    await test.stop({ forget: false });
    expect(lastWords).toBe('written');
    test = await startTestApp({}, directory);
    expect(await test.app.get<EventStore>(EVENT_STORE).readStream('farewell')).toHaveLength(1);
  });

  it('a second process on the same directory is told why it cannot start', async () => {
    const directory = newDirectory();
    test = await startTestApp({}, directory);
    await expect(startTestApp({}, directory)).rejects.toThrow(/in use by process \d+/);
  });
});

describe('What nobody foresaw (R25)', () => {
  it('ends the process with a line in the log and without the message of a foreign error', () => {
    const lines: string[] = [];
    const codes: number[] = [];
    const end = giveUp(makeLogger('info', { write: (line) => void lines.push(line) }), (code) => void codes.push(code));
    end('unhandled rejection', new SyntaxError('Unexpected token J in Jana'));
    expect(codes).toEqual([1]);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ level: 'fatal', reason: 'unhandled rejection', err: { name: 'SyntaxError' } });
    expect(lines[0]).not.toContain('Jana');
  });

  it('is an unhandled rejection as much as an uncaught exception', () => {
    const on = jest.spyOn(process, 'on').mockReturnThis();
    giveUpOnTheUnforeseen(() => undefined);
    expect(on.mock.calls.map(([event]) => event)).toEqual(['unhandledRejection', 'uncaughtException']);
    on.mockRestore();
  });
});
