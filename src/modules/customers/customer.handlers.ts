import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CONFIG, type Config } from '../../config.js';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { GateReader } from '../gate/gate.reader.js';
import type { LeadEvent } from '../leads/lead.events.js';
import { LeadLookup, type LeadPlace } from '../leads/lead-lookup.js';
import { lead, type LeadCommand } from '../leads/lead.js';
import { settlementOf, type Settling } from '../leads/settlement.events.js';
import { leadNumber, type Lead } from '../leads/lead.state.js';
import { owner, type OwnerCommand } from '../owners/owner.js';
import type { OwnerEvent } from '../owners/owner.events.js';
import { type OwnerState, ownerStream } from '../owners/owner.state.js';
import { Keyring } from '../persons/keyring.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { claim, claimStream, type ClaimNumber } from './claim.js';
import {
  ClaimCustomerNumber,
  ConfirmIdentity,
  DeclineLead,
  RevokeConversion,
  SettleLead,
  TakeBackCredit,
  TurnDownCustomer,
} from './customer.commands.js';

/** Commands of the bank and of the processes on a lead that was created: each is one append to the lead. */
abstract class OnCreatedLead {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    protected readonly keyring: Keyring,
    private readonly gate: GateReader,
    @Inject(CONFIG) private readonly config: Config,
    protected readonly notes: NoteSeal,
  ) {}

  /** @throws DomainError `CUSTOMER_NOT_FOUND` for an id that is none, or whose lead was never created */
  protected async onCustomer(customerId: string, cause: Cause, command: CommandMaker<[Lead['opening']]>): Promise<Handled<LeadEvent>> {
    const leadId = this.keyring.readCustomerId(customerId);
    if (leadId === undefined) throw unknownCustomer();
    const place = this.leads.byId(leadId);
    const { state } = await this.commands.load(lead, place.stream);
    const found = leadNumber(state, place.number);
    if (found?.submission === undefined) throw unknownCustomer();
    const { opening } = found;
    return this.onLead(place, cause, (on) => command(on, opening));
  }

  protected onLead(place: LeadPlace, cause: Cause, command: CommandMaker): Promise<Handled<LeadEvent>> {
    const { number } = place;
    return this.commands.handle(lead, place.stream, cause, async (_state, { now }) => {
      const { outages } = await this.gate.read();
      const at = new Date(now).toISOString();
      return command({ number, at, outages: [...outages], settlementEvery: this.config.settlementEvery });
    });
  }

  protected place(leadId: string): LeadPlace {
    return this.leads.byId(leadId);
  }
}

type CommandMaker<More extends unknown[] = []> = (
  on: { number: number; at: string; outages: { from: string; until: string }[]; settlementEvery: number },
  ...more: More
) => LeadCommand | Promise<LeadCommand>;

function unknownCustomer(): DomainError {
  return new DomainError('CUSTOMER_NOT_FOUND', 'no such customer');
}

@CommandHandler(ConfirmIdentity)
export class ConfirmIdentityHandler extends OnCreatedLead implements ICommandHandler<ConfirmIdentity> {
  execute({ data: { customerId, customerNumber, actedAt }, cause }: ConfirmIdentity): Promise<Handled<LeadEvent>> {
    const customerKey = this.keyring.customerKey(customerNumber);
    return this.onCustomer(customerId, cause, (on) => ({ type: 'ConfirmIdentity', data: { ...on, customerKey, actedAt } }));
  }
}

@CommandHandler(TurnDownCustomer)
export class TurnDownCustomerHandler extends OnCreatedLead implements ICommandHandler<TurnDownCustomer> {
  execute({ data: { customerId, actedAt }, cause }: TurnDownCustomer): Promise<Handled<LeadEvent>> {
    return this.onCustomer(customerId, cause, (on) => ({ type: 'TurnDown', data: { ...on, actedAt } }));
  }
}

@CommandHandler(RevokeConversion)
export class RevokeConversionHandler extends OnCreatedLead implements ICommandHandler<RevokeConversion> {
  execute({ data: { customerId, reason, note }, cause }: RevokeConversion): Promise<Handled<LeadEvent>> {
    return this.onCustomer(customerId, cause, async (on, { leadStream }) => {
      const sealed = await this.notes.seal(streamSubject(leadStream), note);
      return { type: 'RevokeConversion', data: { ...on, reason, ...sealed } };
    });
  }
}

@CommandHandler(DeclineLead)
export class DeclineLeadHandler extends OnCreatedLead implements ICommandHandler<DeclineLead> {
  execute({ data: { leadId }, cause }: DeclineLead): Promise<Handled<LeadEvent>> {
    return this.onLead(this.place(leadId), cause, (on) => ({ type: 'DeclineLead', data: on }));
  }
}

/**
 * Reads the owner, then the lead, both to their ends, and books at the owner's revision that it read first: a revocation
 * that the settlement does not see comes later, and is then taken back.
 */
@CommandHandler(SettleLead)
export class SettleLeadHandler implements ICommandHandler<SettleLead> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
    private readonly gate: GateReader,
  ) {}

  execute({ data, cause }: SettleLead): Promise<Handled<OwnerEvent>> {
    const { stream, number } = this.leads.byId(data.leadId);
    return this.commands.handle(owner, ownerStream(data.owner), cause, async (ownerState, { now }): Promise<OwnerCommand> => {
      const { outages } = await this.gate.read();
      const known = [...outages];
      const { state } = await this.commands.load(lead, stream);
      const { settles, ...outcome } = outcomeOf(leadNumber(state, number));
      const settlesAt = new Date(settlementOf(settles, known)).toISOString();
      const earnedBefore = await this.earnedBefore(ownerState, outcome.customerKey);
      return { type: 'SettleLead', data: { leadId: data.leadId, ...outcome, earnedBefore, settlesAt, at: new Date(now).toISOString() } };
    });
  }

  /** The customer number has earned for an owner whose past is this one's, by a lead that belongs to that past. */
  private async earnedBefore(state: OwnerState, customerKey: string | undefined): Promise<boolean> {
    if (state.status === 'unknown' || customerKey === undefined) return false;
    for (const [ownerId, { until }] of state.predecessors) {
      const { state: earlier } = await this.commands.load(owner, ownerStream(ownerId));
      const admittedAt = earlier.status === 'registered' ? earlier.earnedBy.get(customerKey) : undefined;
      if (admittedAt !== undefined && admittedAt <= until) return true;
    }
    return false;
  }
}

interface Outcome {
  readonly as: 'converted' | 'declined';
  readonly settles: Settling;
  readonly revoked: boolean;
  readonly customerKey?: string;
}

function outcomeOf(found: Lead | undefined): Outcome {
  if (found?.settles === undefined || (found.status !== 'converted' && found.status !== 'declined')) {
    throw new Error('a settlement of a lead that has no outcome');
  }
  const { status: as, settles, revoked, customerKey } = found;
  return { as, settles, revoked, ...(customerKey === undefined ? {} : { customerKey }) };
}

@CommandHandler(ClaimCustomerNumber)
export class ClaimCustomerNumberHandler implements ICommandHandler<ClaimCustomerNumber> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly leads: LeadLookup,
  ) {}

  async execute({ data, cause }: ClaimCustomerNumber): Promise<void> {
    const { stream, number } = this.leads.byId(data.leadId);
    // One that is revoked from here on has claimed its number all the same: who is a customer does not rest on that.
    if (leadNumber((await this.commands.load(lead, stream)).state, number)?.revoked === true) return;
    let claimedByLead: string | undefined;
    await this.commands.handle(claim, claimStream(data.customerKey), cause, (state, { now }): ClaimNumber => {
      claimedByLead = state.claim?.leadId;
      return { type: 'ClaimNumber', data: { ...data, at: new Date(now).toISOString() } };
    });
    if (claimedByLead === undefined || claimedByLead === data.leadId) return;
    const claimed = claimedByLead;
    await this.commands.handle(lead, stream, cause, (_state, { now }): LeadCommand => ({
      type: 'LinkCustomer',
      data: { number, claimedByLead: claimed, outages: [], at: new Date(now).toISOString() },
    }));
  }
}

@CommandHandler(TakeBackCredit)
export class TakeBackCreditHandler implements ICommandHandler<TakeBackCredit> {
  constructor(private readonly commands: CommandHandling) {}

  execute({ data: { owner: ownerId, partner, leadId }, cause }: TakeBackCredit): Promise<Handled<OwnerEvent>> {
    return this.commands.handle(owner, ownerStream(ownerId), cause, (_state, { now }): OwnerCommand => ({
      type: 'TakeBackCredit',
      data: { leadId, partner, at: new Date(now).toISOString() },
    }));
  }
}
