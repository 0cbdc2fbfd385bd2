import { createHmac } from 'node:crypto';
import type { Clock } from '../../event-sourcing/clock.js';
import type { EventStore } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { COMMON_KEYS_STREAM, commonKeys, type CommonKeysCommand, type OwnKeys } from './common-keys.js';
import type { Keyring } from './keyring.js';
import type { StoredKeyring } from './keyring-file.js';
import type { WrappingKeys } from './wrapping-keys.js';

const CAUSE = { correlationId: 'key-agreement', causationId: 'key-agreement', actor: 'process:key-agreement' };

/**
 * Replicas with different keys would answer differently, and open nothing of each other's: each start compares them with those that the
 * log names, and adds what is new.
 * @throws KeysDiffer
 */
export async function agreeOnKeys(
  store: EventStore,
  clock: Clock,
  keyring: Keyring,
  { epochs, retired = [] }: StoredKeyring,
  wrappingKeys: WrappingKeys,
): Promise<void> {
  const data: OwnKeys = {
    keyring: keyring.keyedHash('common-keys', 'which keyring is it?').slice(0, 16),
    wrappingKeys: wrappingKeys.names,
    epochs: epochs.map(({ id, key }) => ({ id, key: nameEpoch(key) })),
    retired,
  };
  const command: CommonKeysCommand = { type: 'BringKeys', data };
  const commands = new CommandHandling(store, clock);
  const { state } = await commands.load(commonKeys, COMMON_KEYS_STREAM);
  // With nothing new, a start needs no clock that is trusted.
  if (commonKeys.decide(state, command).length === 0) return;
  await commands.handle(commonKeys, COMMON_KEYS_STREAM, CAUSE, () => command);
}

/** Once nothing is wrapped under any other key. */
export async function retireWrappingKeys(store: EventStore, clock: Clock, { newest }: WrappingKeys): Promise<void> {
  const command: CommonKeysCommand = { type: 'RetireWrappingKeys', data: { allBut: newest.name } };
  await new CommandHandling(store, clock).handle(commonKeys, COMMON_KEYS_STREAM, CAUSE, () => command);
}

function nameEpoch(key: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64url')).update('which epoch is it?').digest('hex').slice(0, 16);
}
