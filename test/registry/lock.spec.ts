import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { lock, type LockState } from '../../src/modules/registry/lock.js';
import { SetLock } from '../../src/modules/registry/registry.commands.js';
import { SetLockHandler } from '../../src/modules/registry/set-lock.handler.js';

const LOCKED: LockState = { status: 'locked', personKeys: ['e1.a'] };

describe('A lock', () => {
  it('is set on a person, customer or not', () => {
    expect(lock.decide({ status: 'unlocked' }, { type: 'LockMembership', data: { personKeys: ['e2.a', 'e1.a'] } })).toEqual([
      { type: 'MembershipLocked', data: { personKeys: ['e2.a', 'e1.a'] } },
    ]);
  });

  it('is set once', () => {
    expect(lock.decide(LOCKED, { type: 'LockMembership', data: { personKeys: ['e1.a'] } })).toEqual([]);
  });

  it('is taken off under the keys of now and of then', () => {
    expect(lock.decide(LOCKED, { type: 'UnlockMembership', data: { personKeys: ['e2.a'] } })).toEqual([
      { type: 'MembershipUnlocked', data: { personKeys: ['e2.a', 'e1.a'] } },
    ]);
  });

  it('that is not there is not taken off', () => {
    expect(lock.decide({ status: 'unlocked' }, { type: 'UnlockMembership', data: { personKeys: ['e1.a'] } })).toEqual([]);
  });

  it('set in an older epoch is found and taken off', async () => {
    const file = generateKeyring();
    const newer = { ...file, epochs: [{ id: 'e2', key: generateKeyring().keys.ids }, ...file.epochs] };
    const store = new MemoryEventStore();
    const commands = new CommandHandling(store, { now: () => 1_000 });
    const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
    const person = { country: 'CZ', scheme: 'rc', value: '710319/2745' };
    await new SetLockHandler(commands, new Keyring(file)).execute(new SetLock({ person, locked: true }, cause));
    await new SetLockHandler(commands, new Keyring(newer)).execute(new SetLock({ person, locked: false }, cause));
    const { events } = await store.readAll();
    expect(events.map(({ type }) => type)).toEqual(['MembershipLocked', 'MembershipUnlocked']);
    expect((events[1]?.data as { personKeys: string[] }).personKeys).toEqual(new Keyring(newer).personKeys(person));
  });
});
