import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { GateReader } from '../gate/gate.reader.js';
import type { OwnerEvent } from '../owners/owner.events.js';
import { admissiblePartner, owner, type OwnerCommand } from '../owners/owner.js';
import { ownerStream } from '../owners/owner.state.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { AcknowledgeDisclosure, CreditAcknowledgement, FinishAdmission, LapseLead, ResolveLead, WithdrawLead } from './lead.commands.js';
import type { LeadEvent } from './lead.events.js';
import { LeadLookup } from './lead-lookup.js';
import { lead, type LeadCommand } from './lead.js';
import { leadNumber } from './lead.state.js';
import { OpenedLeads } from './opened-leads.js';

@CommandHandler(FinishAdmission)
export class FinishAdmissionHandler implements ICommandHandler<FinishAdmission> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { admitted }, cause }: FinishAdmission): Promise<Handled<LeadEvent>> {
    return this.commands.handle(lead, admitted.leadStream, cause, (): LeadCommand => ({ type: 'RecordOpening', data: { admitted } }));
  }
}

@CommandHandler(WithdrawLead)
export class WithdrawLeadHandler implements ICommandHandler<WithdrawLead> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly opened: OpenedLeads,
    private readonly gate: GateReader,
    private readonly notes: NoteSeal,
  ) {}

  async execute({ data, cause }: WithdrawLead): Promise<Handled<LeadEvent>> {
    const place = this.leads.byId(data.leadId);
    await this.opened.ensure(place, data, cause);
    return this.commands.handle(lead, place.stream, cause, async (state, { now }): Promise<LeadCommand> => {
      const own = leadNumber(state, place.number)?.opening;
      const { outages } = await this.gate.read();
      const { state: ownerState } = await this.commands.load(owner, ownerStream(data.owner));
      admissiblePartner(ownerState, data);
      const { partner, reason, note } = data;
      // Nobody's key is made for a lead that is another's, or none.
      const sealed = own?.partner === partner ? await this.notes.seal(streamSubject(place.stream), note) : {};
      return { type: 'WithdrawLead', data: { number: place.number, partner, reason, ...sealed, outages: [...outages], at: iso(now) } };
    });
  }
}

@CommandHandler(LapseLead)
export class LapseLeadHandler implements ICommandHandler<LapseLead> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly gate: GateReader,
  ) {}

  execute({ data, cause }: LapseLead): Promise<Handled<LeadEvent>> {
    const { stream, number } = this.leads.byId(data.leadId);
    return this.commands.handle(lead, stream, cause, async (_state, { now }): Promise<LeadCommand> => {
      const { outages } = await this.gate.read();
      return { type: 'LapseLead', data: { number, outages: [...outages], at: iso(now) } };
    });
  }
}

@CommandHandler(ResolveLead)
export class ResolveLeadHandler implements ICommandHandler<ResolveLead> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { owner: ownerId, leadId, as }, cause }: ResolveLead): Promise<Handled<OwnerEvent>> {
    return this.commands.handle(owner, ownerStream(ownerId), cause, (_state, { now }): OwnerCommand => ({
      type: 'ResolveLead',
      data: { leadId, as, at: iso(now) },
    }));
  }
}

@CommandHandler(AcknowledgeDisclosure)
export class AcknowledgeDisclosureHandler implements ICommandHandler<AcknowledgeDisclosure> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
  ) {}

  execute({ data, cause }: AcknowledgeDisclosure): Promise<Handled<LeadEvent>> {
    const { stream, number } = this.leads.byId(data.leadId);
    return this.commands.handle(lead, stream, cause, (_state, { now }): LeadCommand => ({
      type: 'AcknowledgeExisting',
      data: { number, outages: [], at: iso(now) },
    }));
  }
}

@CommandHandler(CreditAcknowledgement)
export class CreditAcknowledgementHandler implements ICommandHandler<CreditAcknowledgement> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { owner: ownerId, ...credit }, cause }: CreditAcknowledgement): Promise<Handled<OwnerEvent>> {
    return this.commands.handle(owner, ownerStream(ownerId), cause, (_state, { now }): OwnerCommand => ({
      type: 'CreditAcknowledgement',
      data: { ...credit, at: iso(now) },
    }));
  }
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
