import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { Keyring } from '../persons/keyring.js';
import { lock, type LockCommand, lockStream } from './lock.js';
import { SetLock } from './registry.commands.js';

/** A lock lies in the stream of the epoch that was newest when it was set, so all live epochs are gone through. */
@CommandHandler(SetLock)
export class SetLockHandler implements ICommandHandler<SetLock, void> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
  ) {}

  async execute({ data, cause }: SetLock): Promise<void> {
    const personKeys = this.keyring.personKeys(data.person);
    const command: LockCommand = { type: data.locked ? 'LockMembership' : 'UnlockMembership', data: { personKeys } };
    const streams = (data.locked ? personKeys.slice(0, 1) : personKeys).map(lockStream);
    for (const stream of streams) await this.commands.handle(lock, stream, cause, () => command);
  }
}
