import type { Logger } from 'pino';
import { VirtualClock } from '../../src/event-sourcing/clock.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { HaltGate } from '../../src/modules/gate/gate.commands.js';
import { HaltGateHandler } from '../../src/modules/gate/gate.handlers.js';
import { type KeyVault, VaultUnavailable } from '../../src/modules/persons/key-vault.js';
import { NoteSeal } from '../../src/modules/persons/note-seal.js';

const cause = { correlationId: '', causationId: '', actor: 'op' };

describe('a halt', () => {
  let store: MemoryEventStore;
  let warnings: unknown[][];
  beforeEach(() => {
    store = new MemoryEventStore();
    warnings = [];
  });
  const halt = (vault: Partial<KeyVault>): Promise<unknown> => {
    const logger = { warn: (...line: unknown[]) => void warnings.push(line) } as unknown as Logger;
    const commands = new CommandHandling(store, new VirtualClock(0));
    const handler = new HaltGateHandler(commands, new NoteSeal(vault as KeyVault), logger);
    return handler.execute(new HaltGate({ by: 'op', reason: 'leaked-list', note: 'Mr Novak has called' }, cause));
  };

  it.each([
    ['is closed', () => Promise.reject(new VaultUnavailable('the vault is closed'))],
    ['hangs', () => new Promise<void>(() => {})],
  ])('does not wait for a key: where the vault %s it comes without the note, and that is logged', async (_, ensureKey) => {
    await halt({ ensureKey });
    const [halted] = await store.readStream('gate');
    expect(halted).toMatchObject({ type: 'GateHalted', data: { by: 'op', reason: 'leaked-list', at: '1970-01-01T00:00:00.000Z' } });
    expect(halted?.data).not.toHaveProperty('sealed');
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain('Novak');
  });
});
