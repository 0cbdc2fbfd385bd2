import { createHash } from 'node:crypto';
import { ClockUntrusted } from '../../src/event-sourcing/clock.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { LogUsedAssertions } from '../../src/modules/access/log.used-assertions.js';

const NOON = Date.parse('2026-01-02T12:00:00.000Z');
const END = NOON / 1000 + 60;
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a client assertion, on a log that replicas share (R29),', () => {
  let store: MemoryEventStore;
  const replica = (now = () => NOON) => new LogUsedAssertions(store, { now }, hash);
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  it('serves once, on whichever replica, also after a restart', async () => {
    const [a, b] = [replica(), replica()];
    expect(await a.use('one', END)).toBe(true);
    expect(await a.use('one', END)).toBe(false);
    expect(await b.use('one', END)).toBe(false);
    expect(await replica().use('one', END)).toBe(false);
    expect(await b.use('another', END)).toBe(true);
  });

  it('serves one of twenty at once', async () => {
    const replicas = Array.from({ length: 4 }, () => replica());
    const uses = await Promise.all(Array.from({ length: 20 }, (_, i) => (replicas[i % 4] as LogUsedAssertions).use('one', END)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('is not in the log, only a keyed hash of its id', async () => {
    await replica().use('one', END);
    const id = hash('one').slice(0, 32);
    const stream = `assertions-${Math.floor(END / 3_600)}-${id[0]}`;
    expect((await store.readAll()).events.map((event) => [event.stream, event.data])).toEqual([[stream, { id, expiresAt: END }]]);
  });

  it('is in a stream that the log need not keep when it has expired; a day of them leaves no more than 384 streams', async () => {
    const kept = new Map<string, number>();
    const order: string[] = [];
    Object.assign(store, {
      keepFor: async (stream: string, seconds: number) => {
        order.push(`${stream} is to go`);
        kept.set(stream, seconds);
      },
    });
    const append = store.append.bind(store);
    store.append = (stream, ...rest) => {
      order.push(stream);
      return append(stream, ...rest);
    };
    const shared = replica();
    for (let at = 0; at < 86_400; at += 50) await shared.use(`at ${at}`, END + at);
    expect(new Set((await store.readAll({ limit: 10_000 })).events.map(({ stream }) => stream))).toEqual(new Set(kept.keys()));
    expect(kept.size).toBeLessThanOrEqual(25 * 16);
    // From two minutes before its hour to its end a stream is in use.
    for (const seconds of kept.values()) expect(seconds).toBeGreaterThan(3_600 + 125);
    for (const stream of kept.keys()) expect(order.indexOf(`${stream} is to go`)).toBeLessThan(order.indexOf(stream));
  });

  it('is not forgotten while it may still be used, whatever comes in between', async () => {
    const shared = replica();
    const end = Math.ceil(END / 3_600) * 3_600;
    for (const at of [end - 1, end]) expect(await shared.use(`edge ${at}`, at)).toBe(true);
    for (let i = 0; i < 2_000; i++) await shared.use(`other ${i}`, end + (i % 120) - 60);
    for (const at of [end - 1, end]) expect(await shared.use(`edge ${at}`, at)).toBe(false);
  });

  it('serves while the clock is not trusted, or no operator could say that it is right; the log does not get its time', async () => {
    await replica().use('one', END);
    const distrusted = replica(() => {
      throw new ClockUntrusted({ kind: 'ahead', by: 1_000_000 });
    });
    expect(await distrusted.use('another', END)).toBe(true);
    const times = (await store.readAll()).events.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([new Date(NOON).toISOString(), new Date(NOON).toISOString()]);
  });
});
