import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { Keyring } from '../persons/keyring.js';
import { RegisterCanary, RetireCanary } from './canary.commands.js';
import { canary, type CanaryCommand, canaryStream } from './canary.js';

@CommandHandler(RegisterCanary)
export class RegisterCanaryHandler implements ICommandHandler<RegisterCanary, void> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
  ) {}

  async execute({ data: { person, ...said }, cause }: RegisterCanary): Promise<void> {
    const personKeys = this.keyring.personKeys(person);
    const command: CanaryCommand = { type: 'RegisterCanary', data: { personKeys, ...said } };
    await this.commands.handle(canary, canaryStream(personKeys[0] as string), cause, () => command);
  }
}

/** A canary lies in the stream of the epoch that was newest when it was registered, so all live epochs are gone through. */
@CommandHandler(RetireCanary)
export class RetireCanaryHandler implements ICommandHandler<RetireCanary, void> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
  ) {}

  async execute({ data: { person }, cause }: RetireCanary): Promise<void> {
    const personKeys = this.keyring.personKeys(person);
    const command: CanaryCommand = { type: 'RetireCanary', data: { personKeys } };
    for (const stream of personKeys.map(canaryStream)) await this.commands.handle(canary, stream, cause, () => command);
  }
}
