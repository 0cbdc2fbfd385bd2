import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { RecordEvidenceRead } from './evidence.commands.js';
import type { EvidenceEvent } from './evidence.events.js';
import { evidence, evidenceStream } from './evidence.js';

@CommandHandler(RecordEvidenceRead)
export class RecordEvidenceReadHandler implements ICommandHandler<RecordEvidenceRead> {
  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute({ data, cause }: RecordEvidenceRead): Promise<Handled<EvidenceEvent>> {
    const stream = evidenceStream(new Date(this.clock.now()).toISOString());
    return this.commands.handle(evidence, stream, cause, (_state, { now }) => ({
      type: 'RecordReading',
      data: { ...data, at: new Date(now).toISOString() },
    }));
  }
}
