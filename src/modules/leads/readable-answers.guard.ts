import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { concerning } from '../../event-sourcing/decider.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { RecordedEvent } from '../../event-sourcing/message.js';
import type { ReplayGuard } from '../../http/replay.js';
import { GateReader } from '../gate/gate.reader.js';
import { owner } from '../owners/owner.js';
import { ownerStream } from '../owners/owner.state.js';
import { readable } from './lead-answer.js';
import { LeadLookup } from './lead-lookup.js';
import { lead } from './lead.js';
import { notFound } from './lead-rules.js';
import { leadNumber } from './lead.state.js';

/** A check that is repeated with its key is answered no longer than one that reads the recorded answer, whatever repeats it. */
@Injectable()
export class ReadableAnswers implements ReplayGuard {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly gate: GateReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async beforeReplay(events: readonly RecordedEvent[]): Promise<void> {
    // All that a check writes is about one lead.
    const leads = new Set(events.map(({ data }) => (data as { readonly leadId: string }).leadId));
    for (const leadId of leads) await this.assertReadable(leadId);
  }

  /** @throws DomainError `ANSWER_EXPIRED` */
  async assertReadable(leadId: string): Promise<void> {
    const { stream, number } = this.leads.byId(leadId);
    const { outages } = await this.gate.read();
    const loaded = await this.commands.load(lead, stream);
    const own = leadNumber(loaded.state, number);
    if (own === undefined) throw notFound();
    // As the owner counts it that admitted it, which need not be its partner's any more.
    const { state: ownerState, lastRecordedAt } = await this.commands.load(owner, ownerStream(own.opening.owner));
    const unresolved = ownerState.status === 'registered' && ownerState.unresolved.has(leadId);
    const now = Math.max(this.clock.now(), loaded.lastRecordedAt, lastRecordedAt);
    concerning({ leadId, agent: own.opening.agent }, () => readable(own, { unresolved, outages, now }));
  }
}
