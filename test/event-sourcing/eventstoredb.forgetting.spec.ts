import { EventStoreDBClient } from '@eventstore/db-client';
import { NO_STREAM, StoreUnavailable, StreamCut } from '../../src/event-sourcing/event-store.js';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import type { NewEvent } from '../../src/event-sourcing/message.js';
import { LogUsedAssertions } from '../../src/modules/access/log.used-assertions.js';
import { LogUsedProofs } from '../../src/modules/access/log.used-proofs.js';
import { LogKeyVault } from '../../src/modules/persons/log.key-vault.js';
import { WrappingKeys } from '../../src/modules/persons/wrapping-keys.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { byTest } from './counter.js';
import { FakeEventStoreDb } from './fake-eventstoredb.js';

const real = process.env['EVENTSTOREDB_URL'];

const event = (tag: string): NewEvent => {
  const recordedAt = new Date(0).toISOString();
  return { id: crypto.randomUUID(), type: 'Counted', schemaVersion: 1, recordedAt, cause: byTest, data: { tag } };
};

describe.each(['a stand-in for EventStoreDB', ...(real === undefined ? [] : ['a real EventStoreDB'])])('what %s is to forget', (which) => {
  let fake: FakeEventStoreDb | undefined;
  let store: EventStoreDbEventStore;
  const stream = `cut-${crypto.randomUUID()}`;
  beforeAll(async () => {
    if (which.startsWith('a stand-in')) fake = await FakeEventStoreDb.start();
    store = await EventStoreDbEventStore.open(readConnectionString(fake?.url ?? (real as string)), { deadline: 2_000 });
  });
  afterAll(async () => {
    await store.close();
    fake?.stop();
  });

  /** Seconds after which the events of a stream may go. */
  const keptFor = async (of: string): Promise<unknown> => {
    if (fake) return fake.log.settingsOf(of)?.$maxAge;
    const client = EventStoreDBClient.connectionString(real as string);
    const { metadata } = await client.getStreamMetadata(of);
    await client.dispose();
    return metadata?.maxAge;
  };

  it('is read by nobody who reads the stream; what came after it is, and can be added to', async () => {
    const before = await store.end();
    await store.append(stream, NO_STREAM, ['a', 'b', 'c'].map(event));
    await store.forgetBefore(stream, 2);
    await expect(store.readStream(stream)).rejects.toThrow(StreamCut);
    await expect(store.readStream(stream, { from: 1 })).rejects.toThrow(StreamCut);
    expect((await store.readStream(stream, { from: 2 })).map(({ data }) => data)).toEqual([{ tag: 'c' }]);
    expect(await store.append(stream, 2, [event('d')])).toMatchObject({ revision: 3 });
    // The log as a whole has all of it until the server is scavenged, and nothing of how it was given up.
    const seen: unknown[] = [];
    for (let [after, atEnd] = [before, false]; !atEnd;) {
      const page = await store.readAll({ after });
      seen.push(...page.events.filter((each) => each.stream.includes(stream)).map(({ data }) => data));
      [after, atEnd] = [page.through, page.atEnd];
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd'].map((tag) => ({ tag })));
  });

  it('is given up once: a second time changes nothing', async () => {
    await store.forgetBefore(stream, 2);
    expect(await store.readStream(stream, { from: 2 })).toHaveLength(2);
  });

  it('is given up, or it is said that it may not be', async () => {
    if (fake === undefined) return;
    fake.onAppend = () => 'silence-unwritten';
    await expect(store.forgetBefore('another', 1)).rejects.toThrow(StoreUnavailable);
    fake.onAppend = () => 'answer';
    await store.forgetBefore('another', 1);
  });

  it('is what was used once and has expired: its stream says from the beginning for how long it need be kept', async () => {
    const used = new LogUsedAssertions(store, { now: () => Date.now() }, (text) => text);
    const [id, expiresAt] = [crypto.randomUUID().replaceAll('-', ''), Math.floor(Date.now() / 1_000) + 60];
    expect(await used.use(id, expiresAt)).toBe(true);
    expect(await used.use(id, expiresAt)).toBe(false);
    expect(await keptFor(`assertions-${Math.floor(expiresAt / 3_600)}-${id[0]}`)).toBe(7_800);
  });

  it('is a proof of possession whose minutes are over, likewise; until then every replica knows it', async () => {
    const replica = (): LogUsedProofs => new LogUsedProofs(store, { now: () => Date.now() }, (text) => text);
    const [id, minute] = [crypto.randomUUID().replaceAll('-', ''), Math.floor(Date.now() / 60_000)];
    expect(await replica().use(id, minute)).toBe(true);
    expect(await replica().use(id, minute)).toBe(false);
    expect(await keptFor(`proofs-${Math.floor(minute / 5)}-${id[0]}`)).toBe(1_200);
  });

  it('is a data key that was destroyed, also for a replica that starts later', async () => {
    const [keyring, wrappingKey] = [new Keyring(generateKeyring()), Buffer.alloc(32, 7)];
    // So many that no other run on this server has had the same one.
    const trees = 2 ** 32;
    const vault = () => new LogKeyVault(store, { now: () => Date.now() }, keyring, new WrappingKeys(() => [wrappingKey]), trees);
    const [first, second] = [vault(), vault()];
    await first.ensureKey('customer:petr');
    const sealed = await second.seal('customer:petr', { a: 1 });
    await first.destroy('customer:petr');
    for (const each of [first, second, vault()]) expect(await each.open('customer:petr', sealed)).toBeUndefined();
    await second.ensureKey('customer:petr');
    expect(await first.open('customer:petr', await second.seal('customer:petr', { a: 2 }))).toEqual({ a: 2 });
    expect(await vault().open('customer:petr', sealed)).toBeUndefined();
  });
});
