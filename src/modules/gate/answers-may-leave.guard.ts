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
    if (events.some(({ data }) => 'answer' in data || 'carried' in data)) await this.canActivate();
  }
}
