import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { IdempotencyIndex } from '../../src/event-sourcing/idempotency-index.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { runSubscription } from '../../src/event-sourcing/run-subscription.js';
import { byTest, counter, LIMIT } from './counter.js';

describe('the idempotency index', () => {
  const store = new MemoryEventStore();
  const readModels = ReadModels.open(':memory:');
  const handling = new CommandHandling(store, { now: () => LIMIT });
  const index = new IdempotencyIndex(readModels);
  const command = (stream: string, tag: string, idempotencyKeyHash: string, payloadHash?: string) =>
    handling.handle(counter, stream, { ...byTest, idempotencyKeyHash, ...(payloadHash ? { payloadHash } : {}) }, () => ({ tag, times: 2 }));

  afterAll(() => readModels.close());

  async function catchUp(): Promise<void> {
    const subscription = runSubscription(index.projection, store, readModels);
    await subscription.waitFor(await store.end(), 1_000);
    await subscription.stop();
  }

  it('knows nothing before there is a table', () => {
    expect(index.find('aa11')).toBeUndefined();
  });

  it('finds the first event that a command wrote, whatever its type, and the hash of its payload', async () => {
    await command('s', 'a', 'aa11', 'ff01');
    await command('s', 'b', 'bb22');
    await catchUp();
    expect(index.find('aa11')).toEqual({ stream: 's', revision: 0, payloadHash: 'ff01' });
    expect(index.find('bb22')).toEqual({ stream: 's', revision: 2 });
  });

  it('finds the commit point of a command that wrote to several streams', async () => {
    await command('first', 'a', 'cc33');
    await command('second', 'a', 'cc33');
    await catchUp();
    expect(index.find('cc33')).toEqual({ stream: 'first', revision: 0 });
  });

  it('holds no command that came without a key, or that wrote nothing', async () => {
    await handling.handle(counter, 's', byTest, () => ({ tag: 'c' }));
    await command('s', 'c', 'dd44');
    await catchUp();
    expect(index.find('dd44')).toBeUndefined();
    expect(readModels.db.prepare('SELECT count(*) FROM idempotency_index').pluck().get()).toBe(3);
  });

  it('finds what this process remembers before the projection has seen it, and keeps the first', () => {
    index.remember('ee55', { stream: 's', revision: 9, payloadHash: 'ff02' });
    index.remember('ee55', { stream: 's', revision: 12 });
    expect(index.find('ee55')).toEqual({ stream: 's', revision: 9, payloadHash: 'ff02' });
  });

  it('is the same after it was rebuilt', async () => {
    const hash = readModels.hashOf(index.projection);
    readModels.startAnew(index.projection);
    await catchUp();
    expect(readModels.hashOf(index.projection)).toBe(hash);
  });
});
