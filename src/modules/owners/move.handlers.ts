import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { besides, type Cause, type Fact } from '../../event-sourcing/message.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { CurrentOwner } from './current-owner.js';
import { FinishMerger, FinishMove, MergeOwners, TransferPartner } from './move.commands.js';
import type { OwnerEvent, OwnerMerged, PartnerLeft } from './owner.events.js';
import { owner, type OwnerCommand } from './owner.js';
import { type Owner, ownerStream } from './owner.state.js';
import { type DecideMerger, type MovePartnerId, OWNER_DIRECTORY_STREAM, ownerDirectory, partnerId, partnerStream } from './policy.js';

/** The order of the appends is told in `move.ts`. */
abstract class BetweenOwners {
  constructor(protected readonly commands: CommandHandling) {}

  /**
   * The past of one owner becomes another's. Where that one was merged meanwhile, whoever took it over inherits first: what it
   * takes over later is read at a time when it holds this past already.
   */
  protected async inherit(heir: string, of: Inheritance, cause: Cause): Promise<void> {
    const { from, remainder, merged, by } = of;
    await this.commands.handle(owner, ownerStream(heir), besides(cause), async (state, { now }): Promise<OwnerCommand> => {
      if (state.status === 'registered' && state.merged !== undefined) await this.inherit(state.merged.into, of, cause);
      const { terms, predecessors } = await this.registered(from);
      const earlier = [...predecessors].map(([each, { until }]) => ({ owner: each, until: iso(until) }));
      const data = { from, remainder, earlier, ...(terms === undefined ? {} : { terms }), merged, by, at: iso(now) };
      return { type: 'InheritOwner', data };
    });
  }

  protected async registered(ownerId: string): Promise<Owner> {
    const { state } = await this.commands.load(owner, ownerStream(ownerId));
    if (state.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
    return state;
  }
}

interface Inheritance {
  readonly from: string;
  readonly remainder: Pick<OwnerMerged['data'], 'balance' | 'paceLeft' | 'until'>;
  readonly merged: boolean;
  readonly by: string;
}

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
    const { state: heir } = await this.commands.load(owner, ownerStream(to));
    if (heir.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
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
export class FinishMoveHandler extends BetweenOwners implements ICommandHandler<FinishMove> {
  // Nest reads the constructor of the class itself.
  // oxlint-disable-next-line no-useless-constructor
  constructor(commands: CommandHandling) {
    super(commands);
  }

  async execute({ data: { left }, cause }: FinishMove): Promise<void> {
    const { partner, owner: from, to, move, balance, paceLeft, until, by = cause.actor } = left;
    await this.inherit(to, { from, remainder: { balance, paceLeft, until }, merged: false, by }, cause);
    const { events } = await this.commands.handle(
      owner,
      ownerStream(to),
      besides(cause),
      async (_state, { now }): Promise<OwnerCommand> => {
        const as = (await this.registered(from)).partners.get(partner);
        if (as === undefined) throw new Error('a partner left an owner that it never had');
        return { type: 'ReceivePartner', data: { partner, from, move, as, at: iso(now) } };
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
export class FinishMergerHandler extends BetweenOwners implements ICommandHandler<FinishMerger> {
  constructor(
    commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {
    super(commands);
  }

  async execute({ data: { decided }, cause }: FinishMerger): Promise<void> {
    // The note stays where the merger was decided: it is sealed for that stream alone.
    const { owner: from, into, by, reason } = decided;
    const { events } = await this.commands.handle(owner, ownerStream(from), besides(cause), (_state, { now }): OwnerCommand => ({
      type: 'MergeOwner',
      data: { into, by, reason, at: iso(now) },
    }));
    const { merged: remainder } = await this.registered(from);
    if (remainder === undefined) throw new Error('a merger that was decided is not refused');
    await this.inherit(into, { from, remainder, merged: true, by }, cause);
    for (const left of leavers(events)) await this.bus.execute(new FinishMove({ left }, cause));
  }
}

function leavers(events: readonly Fact[]): PartnerLeft['data'][] {
  return (events as readonly OwnerEvent[]).flatMap((event) => (event.type === 'PartnerLeft' ? [event.data] : []));
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
