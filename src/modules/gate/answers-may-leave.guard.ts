import { type CanActivate, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '../../event-sourcing/message.js';
import type { ReplayGuard } from '../../http/replay.js';
import { GateReader } from './gate.reader.js';

/**
 * One command halts all answers at once, those on record included: a repeated request is not answered with one, and a
 * partner's own leads, whose status tells it, cannot be read. New answers are the deciders' affair.
 */
@Injectable()
export class AnswersMayLeave implements CanActivate, ReplayGuard {
  constructor(private readonly gate: GateReader) {}

  async canActivate(): Promise<boolean> {
    await this.gate.assertAnswersMayLeave();
    return true;
  }

  async beforeReplay(events: readonly RecordedEvent[]): Promise<void> {
    const answer = events.find(tells);
    if (answer === undefined) return;
    const { leadId = '', agent = '' } = answer.data as { leadId?: string; agent?: string };
    await this.gate.assertAnswersMayLeave({ leadId, agent });
  }
}

/** An answer, new or upheld, or one that a lead carried. */
function tells({ type, data }: RecordedEvent): boolean {
  const { answer, carried } = data as { answer?: string; carried?: string };
  return answer !== undefined || carried !== undefined || type === 'AnswerUpheld';
}
