import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { DenyLead } from '../consent/consent.commands.js';
import { AcknowledgeDisclosure } from '../leads/lead.commands.js';
import { AnswerMessage, HeedMessageAnswer } from './message.commands.js';
import type { MessageEvent } from './message.events.js';
import { message, type MessageCommand, messageStream } from './message.js';

@CommandHandler(AnswerMessage)
export class AnswerMessageHandler implements ICommandHandler<AnswerMessage> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { messageId, word }, cause }: AnswerMessage): Promise<Handled<MessageEvent>> {
    return this.commands.handle(message, messageStream(messageId), cause, (_state, { now }): MessageCommand => ({
      type: 'AnswerMessage',
      data: { word, at: iso(now) },
    }));
  }
}

/** Lead first, then the note that it was heeded: a crash in between repeats what does nothing the second time. */
@CommandHandler(HeedMessageAnswer)
export class HeedMessageAnswerHandler implements ICommandHandler<HeedMessageAnswer> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data, cause }: HeedMessageAnswer): Promise<Handled<MessageEvent>> {
    await this.tell(data, cause);
    return this.commands.handle(message, messageStream(data.messageId), cause, (_state, { now }): MessageCommand => ({
      type: 'NoteHeeded',
      data: { at: iso(now) },
    }));
  }

  private async tell({ leadId, word }: HeedMessageAnswer['data'], cause: HeedMessageAnswer['cause']): Promise<void> {
    try {
      await this.bus.execute(
        word === 'in-touch' ? new AcknowledgeDisclosure({ leadId }, cause) : new DenyLead({ leadId, through: 'message-link' }, cause),
      );
    } catch (error) {
      // The lead has its reasons, and will have them the next time: the word is on record all the same.
      if (!(error instanceof DomainError)) throw error;
    }
  }
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
