import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { KeysDiffer } from '../../src/modules/persons/common-keys.js';
import { agreeOnKeys, retireWrappingKeys } from '../../src/modules/persons/key-agreement.js';
import { generateKeyring, type StoredKeyring } from '../../src/modules/persons/keyring-file.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { WrappingKeys } from '../../src/modules/persons/wrapping-keys.js';

const clock = { now: () => Date.parse('2026-01-02T12:00:00.000Z') };
const [OLD, NEW] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)] as const;
const epoch = (id: string) => ({ id, key: generateKeyring().epochs[0]?.key ?? '' });

describe('the keys of replicas', () => {
  const first = generateKeyring();
  const [e1, e2] = [first.epochs[0] as StoredKeyring['epochs'][number], epoch('e2')];
  let store: MemoryEventStore;
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  const start = (file: StoredKeyring, keys: readonly Buffer[] = [OLD], at = clock) =>
    agreeOnKeys(store, at, new Keyring(file), file, new WrappingKeys(() => keys));
  const withEpochs = (...epochs: StoredKeyring['epochs']) => ({ ...first, epochs });
  const written = async () => (await store.readAll()).events.map(({ type }) => type);

  it('are named in the log by the first start, and by no other', async () => {
    await start(first);
    await start(first);
    expect(await written()).toEqual(['KeysIntroduced', 'EpochIntroduced', 'EpochMadeNewest']);
    const text = JSON.stringify((await store.readAll()).events);
    for (const { key } of first.epochs) expect(text).not.toContain(key);
    expect(text).not.toContain(OLD.toString('base64url'));
  });

  it('need no clock that is trusted when there is nothing new', async () => {
    await start(first);
    const broken = {
      now: () => {
        throw new Error('not trusted');
      },
    };
    await start(first, [OLD], broken);
  });

  it.each([
    ['another keyring', () => start({ ...generateKeyring(), epochs: [e1] }), 'is not the keyring'],
    ['another wrapping key', () => start(first, [NEW]), 'keys/vault-key lacks a key'],
    ['another key for the same epoch', () => start(withEpochs(epoch('e1'))), 'epoch e1 has another key'],
    ['no key for an epoch that the others have', () => start(withEpochs(e2)), /enters persons under epoch e2, which no replica/],
  ])('stop a start with %s, which says so', async (_, differently, words) => {
    await start(first);
    const before = await written();
    await expect(differently()).rejects.toThrow(KeysDiffer);
    await expect(differently()).rejects.toThrow(words);
    expect(await written()).toEqual(before);
  });

  describe('take in a new epoch', () => {
    it('first to look up under, on all of them, then to enter under, on one after the other', async () => {
      for (let replica = 0; replica < 2; replica++) await start(withEpochs(e1));
      for (let replica = 0; replica < 2; replica++) await start(withEpochs(e1, e2));
      for (let replica = 0; replica < 2; replica++) await start(withEpochs(e2, e1));
      expect((await written()).slice(3)).toEqual(['EpochIntroduced', 'EpochMadeNewest']);
    });

    it('and refuse one that enters under it at once', async () => {
      await start(withEpochs(e1));
      await expect(start(withEpochs(e2, e1))).rejects.toThrow('put it second, on all of them, and first when all have been started');
    });

    it('and then refuse one that does not have it', async () => {
      await start(withEpochs(e1));
      await start(withEpochs(e1, e2));
      await expect(start(withEpochs(e1))).rejects.toThrow('lacks epoch e2');
    });

    it('and refuse one that still enters under the old one', async () => {
      await start(withEpochs(e1));
      await start(withEpochs(e1, e2));
      await start(withEpochs(e2, e1));
      await expect(start(withEpochs(e1, e2))).rejects.toThrow('the newest is e2 by now');
    });
  });

  it('let an epoch go that the keyring says it had, and refuse it from then on', async () => {
    await start(withEpochs(e1));
    await start(withEpochs(e1, e2));
    await start(withEpochs(e2, e1));
    await expect(start(withEpochs(e2))).rejects.toThrow('lacks epoch e1');
    await start({ ...withEpochs(e2), retired: ['e1'] });
    await start({ ...withEpochs(e2), retired: ['e1'] });
    expect((await written()).at(-1)).toBe('EpochRetired');
    await expect(start(withEpochs(e2, e1))).rejects.toThrow('epoch e1, which has been retired: take it out');
  });

  it('take in a new wrapping key, and miss the old one until nothing is wrapped under it', async () => {
    await start(first);
    await start(first, [NEW, OLD]);
    await expect(start(first, [NEW])).rejects.toThrow('keys/vault-key lacks a key');
    await expect(start(first, [OLD])).rejects.toThrow('keys/vault-key lacks a key');
    await retireWrappingKeys(store, clock, new WrappingKeys(() => [NEW, OLD]));
    await retireWrappingKeys(store, clock, new WrappingKeys(() => [NEW, OLD]));
    await start(first, [NEW]);
    expect((await written()).slice(3)).toEqual(['WrappingKeyIntroduced', 'WrappingKeysRetired']);
  });
});
