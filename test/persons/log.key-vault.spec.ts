import { StreamCut, type ReadStreamOptions } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { NoDataKey, SealBroken, VaultUnusable } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { LogKeyVault } from '../../src/modules/persons/log.key-vault.js';
import { WrappingKeys } from '../../src/modules/persons/wrapping-keys.js';

const PETR = { email: 'petr@example.org' };
const WRAPPING_KEY = Buffer.alloc(32, 7);
const clock = { now: () => Date.parse('2026-01-02T12:00:00.000Z') };

/** A log that forgets as EventStoreDB does: the events are gone from the stream at once, and from the log later. */
class ForgetfulStore extends MemoryEventStore {
  readonly cut = new Map<string, number>();

  async forgetBefore(stream: string, revision: number): Promise<void> {
    this.cut.set(stream, revision);
  }

  override async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const first = (options.from ?? 0) - (options.follows === undefined ? 0 : 1);
    const isThere = (await super.readStream(stream)).length > 0;
    if (isThere && first < (this.cut.get(stream) ?? 0)) throw new StreamCut('events of the stream are missing');
    return super.readStream(stream, options);
  }
}

/** Few, so that many subjects share one. */
const TREES = 16;

describe('the key vault of many replicas', () => {
  // The same each time: which subjects share a tree follows from it, and Petr and Jana do not.
  const secret = (n: number) => Buffer.alloc(32, n).toString('base64url');
  const keyring = new Keyring({
    epochs: [{ id: 'e1', key: secret(1) }],
    keys: { pseudonyms: secret(2), ids: secret(3), hashes: secret(4) },
  });
  let store: ForgetfulStore;
  const replica = (...keys: readonly Buffer[]) =>
    new LogKeyVault(store, clock, keyring, new WrappingKeys(() => (keys.length === 0 ? [WRAPPING_KEY] : keys)), TREES);
  beforeEach(() => {
    store = new ForgetfulStore();
  });

  const log = async () => (await store.readAll({ limit: 100_000 })).events;
  const last = async () => (await log()).at(-1);
  const customers = (count: number) => Array.from({ length: count }, (_, i) => `customer:${i}`);

  it('opens on every replica what one of them sealed', async () => {
    const [a, b] = [replica(), replica()];
    await a.ensureKey('customer:petr');
    const sealed = await b.seal('customer:petr', PETR);
    expect(await a.open('customer:petr', sealed)).toEqual(PETR);
    expect(await replica().open('customer:petr', sealed)).toEqual(PETR);
  });

  it('gives one key to a subject for whom several replicas ask at the same time', async () => {
    const all = Array.from({ length: 5 }, () => replica());
    await Promise.all(all.map((vault) => vault.ensureKeys(['customer:petr', 'customer:jana', 'customer:petr'])));
    expect((await log()).map(({ type }) => type)).toEqual(['KeyTreeWritten', 'KeyTreeWritten']);
    const sealed = await Promise.all(all.map((vault) => vault.seal('customer:petr', PETR)));
    for (const each of sealed) expect(await all[0]?.open('customer:petr', each)).toEqual(PETR);
  });

  it('writes for a register no more than its trees, once, however many customers it has and however often it comes', async () => {
    await replica().ensureKeys(customers(2_000));
    await Promise.all([replica(), replica()].map((each) => each.ensureKeys(customers(4_000))));
    expect(await log()).toHaveLength(TREES);
  });

  it('leaves in the log neither a key nor a subject in clear', async () => {
    await replica().ensureKey('customer:petr');
    const text = JSON.stringify(await log());
    expect(text).not.toContain('petr');
    expect(text).not.toContain(WRAPPING_KEY.toString('base64url'));
    expect((await last())?.stream).toMatch(/^data-keys-\d+-0$/);
  });

  it('seals for many at once, each under its own key, which is made where there is none', async () => {
    const subjects = ['customer:jana', 'customer:petr', 'customer:jana'];
    const sealed = await replica().sealAll(subjects.map((subject, i) => [subject, { i }]));
    for (const [i, subject] of subjects.entries()) expect(await replica().open(subject, sealed[i] as string)).toEqual({ i });
    expect(await replica().open('customer:petr', sealed[0] as string)).toBeUndefined();
  });

  it('looks at the log once for each tree when it seals for many', async () => {
    const vault = replica();
    await vault.ensureKeys(customers(500));
    const reads = jest.spyOn(store, 'readStream');
    await vault.sealAll(customers(500).map((each) => [each, PETR]));
    expect(reads.mock.calls.length).toBeLessThanOrEqual(TREES);
  });

  it('does not search the log for a tree that it has just written', async () => {
    const reads = jest.spyOn(store, 'readStream');
    await replica().sealAll([['customer:petr', PETR]]);
    // Is there a tree? And none after the one that was written then?
    expect(reads.mock.calls).toHaveLength(2);
  });

  it('seals nothing before ensureKey', async () => {
    await expect(replica().seal('customer:petr', PETR)).rejects.toThrow(NoDataKey);
  });

  it('refuses what was changed, and opens nothing that was sealed for another subject', async () => {
    const vault = replica();
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    const sealed = await vault.seal('customer:petr', PETR);
    const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    await expect(vault.open('customer:petr', changed)).rejects.toThrow(SealBroken);
    expect(await vault.open('customer:jana', sealed)).toBeUndefined();
  });

  it('destroys a key on every replica at once, those included that have just used it (R43)', async () => {
    const [a, b] = [replica(), replica()];
    await a.ensureKey('customer:petr');
    const sealed = await b.seal('customer:petr', PETR);
    expect(await b.open('customer:petr', sealed)).toEqual(PETR);
    await a.destroy('customer:petr');
    for (const vault of [a, b, replica()]) expect(await vault.open('customer:petr', sealed)).toBeUndefined();
  });

  it('destroys the key of one, and of nobody else', async () => {
    const [vault, everybody] = [replica(), customers(300)];
    await vault.ensureKeys(everybody);
    const sealed = new Map(await Promise.all(everybody.map(async (each) => [each, await vault.seal(each, { each })] as const)));
    for (const each of ['customer:7', 'customer:234']) await vault.destroy(each);
    const opened = await Promise.all([...sealed].map(([each, text]) => replica().open(each, text)));
    const lost = everybody.filter((_, i) => opened[i] === undefined);
    expect(lost).toEqual(['customer:7', 'customer:234']);
  });

  it('gives the tree that held a destroyed key up to be forgotten', async () => {
    const vault = replica();
    await vault.ensureKey('customer:petr');
    const first = (await last())?.stream ?? '';
    await vault.destroy('customer:petr');
    expect(store.cut.get(first)).toBe(1);
    expect((await store.readStream(first, { from: 1 })).map(({ type }) => type)).toEqual(['KeyTreeSuperseded']);
    expect((await log()).map(({ type }) => type)).toEqual(['KeyTreeWritten', 'KeyTreeWritten', 'KeyTreeSuperseded']);
  });

  it('has destroyed the key, also for a replica that starts then, when a crash comes before that; the next time makes up for it', async () => {
    const vault = replica();
    await vault.ensureKey('customer:petr');
    const sealed = await vault.seal('customer:petr', PETR);
    const first = (await last())?.stream ?? '';
    const forgetBefore = store.forgetBefore.bind(store);
    store.forgetBefore = () => Promise.reject(new Error('killed'));
    await expect(vault.destroy('customer:petr')).rejects.toThrow('killed');
    for (const each of [vault, replica()]) expect(await each.open('customer:petr', sealed)).toBeUndefined();
    store.forgetBefore = forgetBefore;
    await replica().destroy('customer:petr');
    expect([...store.cut.keys()]).toContain(first);
    expect(store.cut.size).toBe(2);
  });

  it('forgets every tree that was replaced, also when crashes come between the forgetting of two of them', async () => {
    const vault = replica();
    await vault.ensureKey('customer:petr');
    const first = (await last())?.stream ?? '';
    const forgetBefore = store.forgetBefore.bind(store);
    const killedAfter = (most: number) => {
      let forgotten = 0;
      store.forgetBefore = async (...cut) => {
        if (forgotten++ === most) throw new Error('killed');
        return forgetBefore(...cut);
      };
    };
    for (const most of [0, 1]) {
      killedAfter(most);
      await expect(replica().destroy('customer:petr')).rejects.toThrow('killed');
    }
    store.forgetBefore = forgetBefore;
    await replica().destroy('customer:petr');
    const trees = (await log()).filter(({ type }) => type === 'KeyTreeWritten').map(({ stream }) => stream);
    expect(trees[0]).toBe(first);
    expect(trees.filter((stream) => !store.cut.has(stream))).toEqual(trees.slice(-1));
  });

  it('destroys both of two keys that two replicas destroy at the same time', async () => {
    const [two, vaults] = [
      customers(2),
      [1, 2].map(() => new LogKeyVault(store, clock, keyring, new WrappingKeys(() => [WRAPPING_KEY]), 1)),
    ];
    const [a, b] = vaults as [LogKeyVault, LogKeyVault];
    await a.ensureKeys(two);
    const sealed = await Promise.all(two.map((each) => b.seal(each, PETR)));
    await Promise.all([a.destroy('customer:0'), b.destroy('customer:1')]);
    for (const vault of vaults)
      expect(await Promise.all(two.map((each, i) => vault.open(each, sealed[i] ?? '')))).toEqual([undefined, undefined]);
  });

  it('gives a subject that comes back a new key, which does not open the old seals', async () => {
    const [a, b] = [replica(), replica()];
    await a.ensureKey('customer:petr');
    const old = await b.seal('customer:petr', PETR);
    for (let round = 0; round < 9; round++) {
      await a.destroy('customer:petr');
      await b.ensureKey('customer:petr');
      expect(await a.open('customer:petr', old)).toBeUndefined();
      expect(await b.open('customer:petr', await a.seal('customer:petr', PETR))).toEqual(PETR);
      expect(await replica().open('customer:petr', old)).toBeUndefined();
    }
  });

  it('destroys nothing for a subject without a key', async () => {
    const vault = replica();
    await vault.destroy('customer:petr');
    expect(await log()).toEqual([]);
    await vault.ensureKey('customer:petr');
    expect(await vault.open('customer:petr', await vault.seal('customer:petr', PETR))).toEqual(PETR);
  });

  describe('when the wrapping key is replaced', () => {
    const NEW = Buffer.alloc(32, 8);

    it('unwraps under the old one and wraps under the new one', async () => {
      await replica().ensureKeys(['customer:petr']);
      const sealed = await replica().seal('customer:petr', PETR);
      const rotated = replica(NEW, WRAPPING_KEY);
      expect(await rotated.open('customer:petr', sealed)).toEqual(PETR);
      await rotated.ensureKey('customer:jana');
      expect(new Set((await log()).map(({ data }) => (data as { under: string }).under)).size).toBe(2);
      await expect(replica(WRAPPING_KEY).open('customer:jana', 'v1.')).rejects.toThrow(VaultUnusable);
    });

    it('is looked for in the file by a replica that runs, once it is met', async () => {
      const kept = [WRAPPING_KEY];
      const running = new LogKeyVault(store, clock, keyring, new WrappingKeys(() => kept), TREES);
      kept.unshift(NEW);
      await replica(NEW, WRAPPING_KEY).ensureKey('customer:jana');
      expect(await running.open('customer:jana', await running.seal('customer:jana', PETR))).toEqual(PETR);
    });

    it('rewraps everything, while others use the vault, so that the new key alone opens all that was not destroyed', async () => {
      const [before, everybody] = [replica(), customers(300)];
      await before.ensureKeys(everybody);
      const sealed = await Promise.all(everybody.map(async (each) => [each, await before.seal(each, { each })] as const));
      await before.destroy('customer:7');
      const rotated = replica(NEW, WRAPPING_KEY);
      await Promise.all([rotated.rewrap(), rotated.destroy('customer:8')]);
      const opened = await Promise.all(sealed.map(([each, text]) => replica(NEW).open(each, text)));
      expect(everybody.filter((_, i) => opened[i] === undefined)).toEqual(['customer:7', 'customer:8']);
      const end = (await log()).length;
      await rotated.rewrap();
      expect((await log()).length).toBe(end);
    });

    it('goes on where it was broken off', async () => {
      await replica().ensureKeys(customers(100));
      const rotated = replica(NEW, WRAPPING_KEY);
      let looks = 0;
      await expect(
        rotated.rewrap(() => {
          if (++looks === TREES / 2) throw new Error('killed');
        }),
      ).rejects.toThrow('killed');
      await replica(NEW, WRAPPING_KEY).rewrap();
      for (const each of customers(100)) await replica(NEW).seal(each, PETR);
    });
  });
});
