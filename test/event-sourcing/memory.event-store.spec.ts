import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { NO_STREAM } from '../../src/event-sourcing/event-store.js';
import { describeEventStore, happened, several } from './event-store.contract.js';

describeEventStore('the store in memory', async () => {
  const store = new MemoryEventStore();
  return { store, close: () => store.close() };
});

describe('the store in memory', () => {
  it('gives out the very events when they are shared', async () => {
    const store = new MemoryEventStore({ copies: 'shared' });
    const event = happened('LampLit', { figure: 1 });
    await store.append('lamp', NO_STREAM, [event]);
    expect((await store.readStream('lamp'))[0]!.data).toBe(event.data);
  });

  it('looks through a long log a stretch at a time', async () => {
    const store = new MemoryEventStore({ copies: 'shared' });
    await store.append('lamp', NO_STREAM, [...several(25_000), happened('LampSold')]);
    const first = await store.readAll({ types: ['LampSold'] });
    expect([first.events.length, first.atEnd]).toEqual([0, false]);
    const last = await store.readAll({ types: ['LampSold'], after: 24_000 });
    expect([last.events.length, last.through, last.atEnd]).toEqual([1, 25_000, true]);
  });
});
