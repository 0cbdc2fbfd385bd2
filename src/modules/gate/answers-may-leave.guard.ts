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
    const telling = events.map(({ data }) => data as { answer?: string; carried?: string; leadId?: string; agent?: string });
    const answer = telling.find(({ answer: given, carried }) => given !== undefined || carried !== undefined);
    if (answer === undefined) return;
    const { leadId = '', agent = '' } = answer;
    await this.gate.assertAnswersMayLeave({ leadId, agent });
  }
}
