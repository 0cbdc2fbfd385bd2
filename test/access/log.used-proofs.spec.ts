import { createHash } from 'node:crypto';
import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { LogUsedProofs } from '../../src/modules/access/log.used-proofs.js';

const NOON = Date.parse('2026-01-02T12:00:00.000Z');
const MINUTE = NOON / 60_000;
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a proof of possession, on a log that replicas share (R28),', () => {
  let store: MemoryEventStore;
  const replica = (capacity?: number) => new LogUsedProofs(store, { now: () => NOON }, hash, capacity);
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  it('serves once, on whichever replica, also after a restart', async () => {
    const [a, b] = [replica(), replica()];
    expect(await a.use('one', MINUTE)).toBe(true);
    expect(await a.use('one', MINUTE)).toBe(false);
    expect(await b.use('one', MINUTE)).toBe(false);
    expect(await replica().use('one', MINUTE)).toBe(false);
    expect(await b.use('another', MINUTE)).toBe(true);
  });

  it('serves one of two hundred at once, over four replicas', async () => {
    const replicas = Array.from({ length: 4 }, () => replica());
    const uses = await Promise.all(Array.from({ length: 200 }, (_, i) => (replicas[i % 4] as LogUsedProofs).use('one', MINUTE)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('is not in the log, only a keyed hash of its id', async () => {
    await replica().use('one', MINUTE);
    const id = hash('one').slice(0, 32);
    const stream = `proofs-${Math.floor(MINUTE / 5)}-${id[0]}`;
    expect((await store.readAll()).events.map((event) => [event.stream, event.data])).toEqual([[stream, { id, minute: MINUTE }]]);
  });

  it('is in a stream that the log need not keep when its nonce is long gone', async () => {
    const kept = new Map<string, number>();
    Object.assign(store, { keepFor: async (stream: string, seconds: number) => void kept.set(stream, seconds) });
    const shared = replica();
    for (let minute = 0; minute < 60; minute++) await shared.use(`at ${minute}`, MINUTE + minute);
    expect(new Set((await store.readAll({ limit: 10_000 })).events.map(({ stream }) => stream))).toEqual(new Set(kept.keys()));
    // Five minutes share a stream, and a nonce is good for a minute before and after its own.
    for (const seconds of kept.values()) expect(seconds).toBeGreaterThan(7 * 60);
  });

  it('is turned down where there are more than can be remembered, or where the log is gone', async () => {
    const [first, second] = ['a', 'b'].map(
      (each) => [...Array(200).keys()].map((i) => `${each}${i}`).find((id) => hash(id)[0] === '0') as string,
    );
    const small = replica(1);
    expect(await small.use(first as string, MINUTE)).toBe(true);
    await expect(small.use(second as string, MINUTE)).rejects.toThrow(StoreUnavailable);
    store.append = () => Promise.reject(new StoreUnavailable('gone'));
    await expect(replica().use('one', MINUTE)).rejects.toThrow(StoreUnavailable);
  });
});
