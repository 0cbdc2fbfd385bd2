import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { RegisterCanary, RetireCanary } from '../../src/modules/canaries/canary.commands.js';
import { CANARY_KINDS, type CanaryEvent, isVisible } from '../../src/modules/canaries/canary.events.js';
import { RegisterCanaryHandler, RetireCanaryHandler } from '../../src/modules/canaries/canary.handlers.js';
import { canary, type CanaryCommand, type CanaryState } from '../../src/modules/canaries/canary.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';

const given = (...events: readonly CanaryEvent[]): CanaryState => events.reduce(canary.evolve, canary.initial());
const register = (data: Extract<CanaryCommand, { type: 'RegisterCanary' }>['data']): CanaryCommand => ({ type: 'RegisterCanary', data });
const retire = (...personKeys: readonly string[]): CanaryCommand => ({ type: 'RetireCanary', data: { personKeys } });

const KEYS = ['e2.a', 'e1.a'];
const STAFF = { personKeys: KEYS, kind: 'staff' } as const;
const MINOR = { personKeys: KEYS, kind: 'minor', until: '2031-04' } as const;
const registered = (data: Parameters<typeof register>[0]): CanaryEvent => ({ type: 'CanaryRegistered', data });
const retired = (...personKeys: readonly string[]): CanaryEvent => ({ type: 'CanaryRetired', data: { personKeys } });

describe('A canary', () => {
  it('is registered with its kind, under all keys of the person', () => {
    expect(canary.decide(given(), register(STAFF))).toEqual([registered(STAFF)]);
    expect(canary.decide(given(), register(MINOR))).toEqual([registered(MINOR)]);
  });

  it('is registered once', () => {
    expect(canary.decide(given(registered(MINOR)), register(MINOR))).toEqual([]);
    expect(canary.decide(given(registered(STAFF)), register({ ...STAFF, personKeys: ['e1.a'] }))).toEqual([]);
  });

  it('becomes another kind, or one for longer, when that is said of it', () => {
    expect(canary.decide(given(registered(STAFF)), register({ ...STAFF, kind: 'locked' }))).toEqual([
      registered({ ...STAFF, kind: 'locked' }),
    ]);
    expect(canary.decide(given(registered(MINOR)), register({ ...MINOR, until: '2032-01' }))).toEqual([
      registered({ ...MINOR, until: '2032-01' }),
    ]);
    expect(canary.decide(given(registered(MINOR)), register(STAFF))).toEqual([registered(STAFF)]);
  });

  it('that is sent again when there is another epoch becomes known in that one, too', () => {
    const later = { ...STAFF, personKeys: ['e2.a', 'e3.a'] };
    expect(canary.decide(given(registered(STAFF)), register(later))).toEqual([registered(later)]);
  });

  it('is retired under the keys of now and of then, once', () => {
    expect(canary.decide(given(registered(STAFF)), retire('e3.a', 'e2.a'))).toEqual([retired('e3.a', 'e2.a', 'e1.a')]);
    expect(canary.decide(given(registered(STAFF), retired('e2.a')), retire('e2.a'))).toEqual([]);
  });

  it('that is none is not retired', () => {
    expect(canary.decide(given(), retire('e2.a'))).toEqual([]);
  });

  it('can be registered again after it was retired', () => {
    expect(canary.decide(given(registered(STAFF), retired(...KEYS)), register(STAFF))).toEqual([registered(STAFF)]);
  });

  it('is registered, sent again and retired in a fixed time: not even who registers them learns whether somebody was one (R41)', () => {
    expect(canary.isShared).toBe(true);
  });

  it('is of a kind that is visible to who holds a public register, or of one that is not', () => {
    expect(CANARY_KINDS.map((kind) => [kind, isVisible(kind)])).toEqual([
      ['minor', true],
      ['deceased', true],
      ['invented', true],
      ['staff', false],
      ['locked', false],
    ]);
  });
});

describe('A canary over a rotation of the person keys', () => {
  const old = generateKeyring();
  const both = { ...old, epochs: [{ id: 'e2', key: generateKeyring().keys.ids }, ...old.epochs] };
  const person = { country: 'CZ', scheme: 'rc', value: '710319/2745' };
  const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
  let store: MemoryEventStore;
  let commands: CommandHandling;
  beforeEach(() => {
    store = new MemoryEventStore();
    commands = new CommandHandling(store, { now: () => 1_000 });
  });
  const registers = (keys: typeof old) =>
    new RegisterCanaryHandler(commands, new Keyring(keys)).execute(new RegisterCanary({ person, kind: 'staff' }, cause));
  const retires = (keys: typeof old) => new RetireCanaryHandler(commands, new Keyring(keys)).execute(new RetireCanary({ person }, cause));
  const written = async () => (await store.readAll()).events.map(({ type, data }) => [type, (data as { personKeys: string[] }).personKeys]);

  it('is found and retired in the older epoch, under the keys of both', async () => {
    await registers(old);
    await retires(both);
    expect(await written()).toEqual([
      ['CanaryRegistered', new Keyring(old).personKeys(person)],
      ['CanaryRetired', new Keyring(both).personKeys(person)],
    ]);
  });

  it('is known under the keys of both when it is sent again, and written down once', async () => {
    await registers(old);
    await registers(both);
    await registers(both);
    const keys = new Keyring(both).personKeys(person);
    expect(keys).toHaveLength(2);
    expect(await written()).toEqual([
      ['CanaryRegistered', keys.slice(1)],
      ['CanaryRegistered', keys],
    ]);
  });

  it('holds nothing of the identifier (I11)', async () => {
    await registers(both);
    const text = JSON.stringify(await store.readAll());
    for (const part of ['7103192745', '710319/2745', '710319']) expect(text).not.toContain(part);
  });
});
