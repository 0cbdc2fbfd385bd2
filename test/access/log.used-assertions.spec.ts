import { ClockUntrusted } from '../../src/event-sourcing/clock.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { LogUsedAssertions } from '../../src/modules/access/log.used-assertions.js';

const NOON = Date.parse('2026-01-02T12:00:00.000Z');
const hash = (text: string) => `hash-of-${text}`;

describe('a client assertion, on a log that replicas share (R29),', () => {
  let store: MemoryEventStore;
  const replica = (now = () => NOON) => LogUsedAssertions.open(store, { now }, hash);
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  it('serves once, on whichever replica, also after a restart', async () => {
    const [a, b] = [await replica(), await replica()];
    expect(await a.use('one', 5)).toBe(true);
    expect(await a.use('one', 5)).toBe(false);
    expect(await b.use('one', 5)).toBe(false);
    expect(await (await replica()).use('one', 5)).toBe(false);
    expect(await b.use('another', 5)).toBe(true);
  });

  it('serves one of twenty at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => replica()));
    const uses = await Promise.all(Array.from({ length: 20 }, (_, i) => (replicas[i % 4] as LogUsedAssertions).use('one', 5)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('is not in the log, only a keyed hash of its id', async () => {
    await (await replica()).use('one', 5);
    expect((await store.readAll()).events.map(({ stream, data }) => [stream, data])).toEqual([['assertion-hash-of-one', { expiresAt: 5 }]]);
  });

  it('serves while the clock is not trusted, or no operator could say that it is right; the log does not get its time', async () => {
    await (await replica()).use('one', 5);
    const distrusted = await replica(() => {
      throw new ClockUntrusted({ kind: 'ahead', by: 1_000_000 });
    });
    expect(await distrusted.use('another', 5)).toBe(true);
    const times = (await store.readAll()).events.map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([new Date(NOON).toISOString(), new Date(NOON).toISOString()]);
  });
});
