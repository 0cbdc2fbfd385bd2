import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { besides, type Cause, type Fact } from '../../event-sourcing/message.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { capitalGiven } from './allowance.js';
import { CurrentOwner } from './current-owner.js';
import { FinishMerger, FinishMove, MergeOwners, TransferPartner } from './move.commands.js';
import type { OwnerEvent, PartnerLeft, Terms } from './owner.events.js';
import { owner, type OwnerCommand } from './owner.js';
import { leadsOfAgents, type Owner, ownerStream } from './owner.state.js';
import { type DecideMerger, type MovePartnerId, OWNER_DIRECTORY_STREAM, ownerDirectory, partnerId, partnerStream } from './policy.js';

/** @throws DomainError `OWNER_NOT_FOUND` */
async function registered(commands: CommandHandling, ownerId: string): Promise<Owner> {
  const { state } = await commands.load(owner, ownerStream(ownerId));
  if (state.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
  return state;
}

/** What of an owner goes over to another one with its past. */
function pastOf({ owner: from, terms, allowance, predecessors }: Owner): Past {
  const earlier = [...predecessors].map(([each, { until }]) => ({ owner: each, until: iso(until) }));
  return { from, earlier, capitalGiven: capitalGiven(allowance), ...(terms === undefined ? {} : { terms }) };
}

interface Past {
  readonly from: string;
  readonly earlier: readonly { readonly owner: string; readonly until: string }[];
  readonly capitalGiven: number;
  readonly terms?: Terms;
}

/** The order of the appends of this and what follows is told in `move.ts`. */
@CommandHandler(TransferPartner)
export class TransferPartnerHandler implements ICommandHandler<TransferPartner> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly current: CurrentOwner,
    private readonly notes: NoteSeal,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data: { partner, to, note, ...data }, cause }: TransferPartner): Promise<Handled<OwnerEvent>> {
    const { state: known } = await this.commands.load(partnerId, partnerStream(partner));
    if (known.owner === undefined) throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
    const from = await this.current.of(partner, known.owner);
    const heir = await registered(this.commands, to);
    if (heir.merged !== undefined) throw new DomainError('OWNER_MERGED', 'the owner was merged into another one');
    const stream = ownerStream(from);
    const handled = await this.commands.handle(owner, stream, cause, async (_state, { now }): Promise<OwnerCommand> => {
      const sealed = await this.notes.seal(streamSubject(stream), note);
      return { type: 'LeaveOwner', data: { partner, to, ...data, ...sealed, at: iso(now) } };
    });
    for (const left of leavers(handled.events)) await this.bus.execute(new FinishMove({ left }, besides(cause)));
    return handled;
  }
}

@CommandHandler(FinishMove)
export class FinishMoveHandler implements ICommandHandler<FinishMove> {
  constructor(private readonly commands: CommandHandling) {}

  async execute({ data: { left }, cause }: FinishMove): Promise<void> {
    const { partner, owner: from, to, move, balance, paceLeft, until, by = cause.actor } = left;
    const { events } = await this.commands.handle(
      owner,
      ownerStream(to),
      besides(cause),
      async (_state, { now }): Promise<OwnerCommand> => {
        const former = await registered(this.commands, from);
        const as = former.partners.get(partner);
        if (as === undefined) throw new Error('a partner left an owner that it never had');
        const remainder = { balance, paceLeft, until };
        const leadsByDay = leadsOfAgents(former, partner);
        return { type: 'ReceivePartner', data: { ...pastOf(former), partner, move, as, leadsByDay, remainder, by, at: iso(now) } };
      },
    );
    await this.commands.handle(partnerId, partnerStream(partner), besides(cause), (_state, { now }): MovePartnerId => ({
      type: 'MovePartnerId',
      data: { partner, owner: to, move, at: iso(now) },
    }));
    for (const further of leavers(events)) await this.execute(new FinishMove({ left: further }, cause));
  }
}

@CommandHandler(MergeOwners)
export class MergeOwnersHandler implements ICommandHandler<MergeOwners> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly notes: NoteSeal,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data: { note, ...data }, cause }: MergeOwners): Promise<Handled<Fact>> {
    const handled = await this.commands.handle(
      ownerDirectory,
      OWNER_DIRECTORY_STREAM,
      cause,
      async ({ owners }, { now }): Promise<DecideMerger> => {
        const sealed = owners.has(data.owner) ? await this.notes.seal(streamSubject(OWNER_DIRECTORY_STREAM), note) : {};
        return { type: 'DecideMerger', data: { ...data, ...sealed, at: iso(now) } };
      },
    );
    for (const { type, data: decided } of handled.events) {
      if (type === 'MergerDecided') await this.bus.execute(new FinishMerger({ decided }, besides(cause)));
    }
    return handled;
  }
}

@CommandHandler(FinishMerger)
export class FinishMergerHandler implements ICommandHandler<FinishMerger> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data: { decided }, cause }: FinishMerger): Promise<void> {
    // The note stays where the merger was decided: it is sealed for that stream alone.
    const { owner: from, into, by, reason } = decided;
    const { events } = await this.commands.handle(owner, ownerStream(from), besides(cause), (_state, { now }): OwnerCommand => ({
      type: 'MergeOwner',
      data: { into, by, reason, at: iso(now) },
    }));
    await this.inherit(into, from, by, cause);
    for (const left of leavers(events)) await this.bus.execute(new FinishMove({ left }, cause));
  }

  /**
   * Where the heir was merged meanwhile, whoever took it over inherits first: what that one takes over of it later is read at a
   * time when it holds this past already.
   */
  private async inherit(heir: string, from: string, by: string, cause: Cause): Promise<void> {
    await this.commands.handle(owner, ownerStream(heir), besides(cause), async (state, { now }): Promise<OwnerCommand> => {
      if (state.status === 'registered' && state.merged !== undefined) await this.inherit(state.merged.into, from, by, cause);
      const former = await registered(this.commands, from);
      if (former.merged === undefined) throw new Error('a merger that was decided is not refused');
      return { type: 'InheritOwner', data: { ...pastOf(former), remainder: former.merged, by, at: iso(now) } };
    });
  }
}

function leavers(events: readonly Fact[]): PartnerLeft['data'][] {
  return (events as readonly OwnerEvent[]).flatMap((event) => (event.type === 'PartnerLeft' ? [event.data] : []));
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
