import { StreamCut, type ReadStreamOptions } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { NoDataKey, SealBroken, VaultUnusable } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { LogKeyVault } from '../../src/modules/persons/log.key-vault.js';

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

describe('the key vault of many replicas', () => {
  const keyring = new Keyring(generateKeyring());
  let store: ForgetfulStore;
  const replica = (key = WRAPPING_KEY, ring = keyring) => LogKeyVault.open(store, clock, ring, key);
  beforeEach(() => {
    store = new ForgetfulStore();
  });

  const log = async () => (await store.readAll()).events;
  const keyEvents = async () => (await log()).filter(({ stream }) => stream.startsWith('key-'));

  it('opens on every replica what one of them sealed', async () => {
    const [a, b] = [await replica(), await replica()];
    await a.ensureKey('customer:petr');
    const sealed = await b.seal('customer:petr', PETR);
    expect(await a.open('customer:petr', sealed)).toEqual(PETR);
    expect(await (await replica()).open('customer:petr', sealed)).toEqual(PETR);
  });

  it('gives one key to a subject for whom two replicas ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => replica()));
    await Promise.all(all.map((vault) => vault.ensureKeys(['customer:petr', 'customer:jana', 'customer:petr'])));
    expect((await keyEvents()).map(({ type }) => type)).toEqual(['DataKeyMade', 'DataKeyMade']);
    const sealed = await Promise.all(all.map((vault) => vault.seal('customer:petr', PETR)));
    for (const each of sealed) expect(await all[0]?.open('customer:petr', each)).toEqual(PETR);
  });

  it('leaves in the log neither a key nor a subject in clear', async () => {
    const vault = await replica();
    await vault.ensureKey('customer:petr');
    const text = JSON.stringify(await log());
    expect(text).not.toContain('petr');
    expect(text).not.toContain(WRAPPING_KEY.toString('base64url'));
    expect((await keyEvents())[0]?.stream).toMatch(/^key-[0-9a-f]{64}$/);
  });

  it('seals nothing for a subject without a key', async () => {
    await expect((await replica()).seal('customer:petr', PETR)).rejects.toThrow(NoDataKey);
  });

  it('refuses what was changed, and opens nothing that was sealed for another subject', async () => {
    const vault = await replica();
    await vault.ensureKeys(['customer:petr', 'customer:jana']);
    const sealed = await vault.seal('customer:petr', PETR);
    const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA');
    await expect(vault.open('customer:petr', changed)).rejects.toThrow(SealBroken);
    expect(await vault.open('customer:jana', sealed)).toBeUndefined();
  });

  it('destroys a key on every replica at once, those included that have just used it', async () => {
    const [a, b] = [await replica(), await replica()];
    await a.ensureKey('customer:petr');
    const sealed = await b.seal('customer:petr', PETR);
    expect(await b.open('customer:petr', sealed)).toEqual(PETR);
    await a.destroy('customer:petr');
    for (const vault of [a, b, await replica()]) {
      expect(await vault.open('customer:petr', sealed)).toBeUndefined();
      await expect(vault.seal('customer:petr', PETR)).rejects.toThrow(NoDataKey);
    }
  });

  it('gives the event that held a destroyed key up to be forgotten, and keeps the one that says so', async () => {
    const vault = await replica();
    await vault.ensureKey('customer:petr');
    await vault.destroy('customer:petr');
    const [{ stream } = { stream: '' }] = await keyEvents();
    expect(store.cut.get(stream)).toBe(1);
    expect((await store.readStream(stream, { from: 1 })).map(({ type }) => type)).toEqual(['DataKeyDestroyed']);
  });

  it('gives it up the next time where a crash came in between', async () => {
    const vault = await replica();
    await vault.ensureKey('customer:petr');
    const forgetBefore = store.forgetBefore.bind(store);
    store.forgetBefore = () => Promise.reject(new Error('killed'));
    await expect(vault.destroy('customer:petr')).rejects.toThrow('killed');
    store.forgetBefore = forgetBefore;
    await vault.destroy('customer:petr');
    expect(store.cut.get((await keyEvents())[0]?.stream ?? '')).toBe(1);
    expect((await keyEvents()).map(({ type }) => type)).toEqual(['DataKeyMade', 'DataKeyDestroyed']);
  });

  it('gives it up, too, with the key that came after it', async () => {
    const vault = await replica();
    const forgetBefore = store.forgetBefore.bind(store);
    store.forgetBefore = () => Promise.reject(new Error('killed'));
    await vault.ensureKey('customer:petr');
    await expect(vault.destroy('customer:petr')).rejects.toThrow('killed');
    store.forgetBefore = forgetBefore;
    await vault.ensureKey('customer:petr');
    await vault.destroy('customer:petr');
    expect(store.cut.size).toBe(2);
  });

  it('gives a subject that comes back a new key, which does not open the old seals', async () => {
    const [a, b] = [await replica(), await replica()];
    await a.ensureKey('customer:petr');
    const old = await b.seal('customer:petr', PETR);
    for (let round = 0; round < 3; round++) {
      await a.destroy('customer:petr');
      await b.ensureKey('customer:petr');
      expect(await a.open('customer:petr', old)).toBeUndefined();
      expect(await b.open('customer:petr', await a.seal('customer:petr', PETR))).toEqual(PETR);
    }
  });

  it('destroys nothing for a subject without a key, and gives up nothing that is yet to come', async () => {
    const vault = await replica();
    await vault.destroy('customer:petr');
    await vault.ensureKey('customer:petr');
    expect(await vault.open('customer:petr', await vault.seal('customer:petr', PETR))).toEqual(PETR);
  });

  it('refuses to start on keys that are not those of the others', async () => {
    await replica();
    await expect(replica(Buffer.alloc(32, 8))).rejects.toThrow(VaultUnusable);
    await expect(replica(Buffer.alloc(32, 8))).rejects.toThrow('keys/vault-key');
    await expect(replica(WRAPPING_KEY, new Keyring(generateKeyring()))).rejects.toThrow('keys/keyring.json');
    await replica();
    expect((await log()).map(({ type }) => type)).toEqual(['KeysIntroduced']);
  });

  it('starts with the common keys also while the clock is not trusted', async () => {
    await replica();
    const broken = {
      now: () => {
        throw new Error('not trusted');
      },
    };
    await LogKeyVault.open(store, broken, keyring, WRAPPING_KEY);
  });
});
