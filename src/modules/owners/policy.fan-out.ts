import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { besides, type Cause, type RecordedEvent } from '../../event-sourcing/message.js';
import type { ReplayGuard } from '../../http/replay.js';
import { ApplyPolicy } from './policy.commands.js';
import { OWNER_DIRECTORY_STREAM, ownerDirectory } from './policy.js';

/**
 * Brings the bank's policy to every owner, those registered meanwhile included. Whoever adopted it is answered when all have
 * it (R6), and so is a repeated request, since the one before may have broken off in between.
 */
@Injectable()
export class PolicyFanOut implements ReplayGuard {
  constructor(
    private readonly commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {}

  async reachEveryOwner(cause: Cause): Promise<void> {
    const done = new Set<string>();
    for (let missing = await this.owners(done); missing.length > 0; missing = await this.owners(done)) {
      for (const owner of missing) {
        await this.bus.execute(new ApplyPolicy({ owner }, besides(cause)));
        done.add(owner);
      }
    }
  }

  async beforeReplay([adopted]: readonly RecordedEvent[]): Promise<void> {
    if (adopted !== undefined) await this.reachEveryOwner(adopted.cause);
  }

  private async owners(done: ReadonlySet<string>): Promise<readonly string[]> {
    const { state } = await this.commands.load(ownerDirectory, OWNER_DIRECTORY_STREAM);
    return [...state.owners].filter((id) => !done.has(id));
  }
}
