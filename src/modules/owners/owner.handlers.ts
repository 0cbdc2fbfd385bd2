import { CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import { DomainError } from '../../event-sourcing/decider.js';
import { GateReader } from '../gate/gate.reader.js';
import { NoteSeal } from '../persons/note-seal.js';
import { streamSubject } from '../persons/person-subject.js';
import { DrawProbationUnits } from '../probation/probation.commands.js';
import { ChangeOwner, ChangeTerms, RegisterOwner, RegisterPartner } from './owner.commands.js';
import type { OwnerEvent } from './owner.events.js';
import { owner, type OwnerCommand } from './owner.js';
import { ownerStream } from './owner.state.js';
import { AdoptPolicy, ApplyPolicy } from './policy.commands.js';
import type { PolicyAdopted } from './policy.events.js';
import { PolicyFanOut } from './policy.fan-out.js';
import {
  OWNER_DIRECTORY_STREAM,
  ownerDirectory,
  partnerId,
  partnerStream,
  policy,
  POLICY_STREAM,
  type AdoptPolicy as DecidePolicy,
  type ListOwner,
  type TakePartnerId,
  underPolicy,
} from './policy.js';

/**
 * Listed first, then the policy is read, then registered: a change of policy, which is written first and then reads the
 * list, misses no owner.
 */
@CommandHandler(RegisterOwner)
export class RegisterOwnerHandler implements ICommandHandler<RegisterOwner> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly gate: GateReader,
    private readonly bus: CommandBus,
  ) {}

  async execute({ data, cause }: RegisterOwner): Promise<Handled<OwnerEvent>> {
    await this.commands.handle(ownerDirectory, OWNER_DIRECTORY_STREAM, besides(cause), (_state, { now }): ListOwner => ({
      type: 'ListOwner',
      data: { owner: data.owner, at: iso(now) },
    }));
    const handled = await this.commands.handle(owner, ownerStream(data.owner), cause, async (_state, { now }): Promise<OwnerCommand> => {
      const { version, changes } = (await this.commands.load(policy, POLICY_STREAM)).state;
      const terms = underPolicy(data.terms, changes);
      const { restores } = await this.gate.read();
      return { type: 'RegisterOwner', data: { ...data, terms, policyVersion: version, restores, at: iso(now) } };
    });
    // Where the terms wait for a second person, the process draws once they hold.
    if (data.terms.figures === undefined && handled.events.some(({ type }) => type === 'TermsSet')) {
      await this.bus.execute(new DrawProbationUnits({ owner: data.owner, wanted: data.terms.initial }, besides(cause)));
    }
    return handled;
  }
}

@CommandHandler(RegisterPartner)
export class RegisterPartnerHandler implements ICommandHandler<RegisterPartner> {
  constructor(private readonly commands: CommandHandling) {}

  async execute({ data, cause }: RegisterPartner): Promise<Handled<OwnerEvent>> {
    const { state } = await this.commands.load(owner, ownerStream(data.owner));
    if (state.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
    await this.commands.handle(partnerId, partnerStream(data.partner), besides(cause), (_state, { now }): TakePartnerId => ({
      type: 'TakePartnerId',
      data: { partner: data.partner, owner: data.owner, at: iso(now) },
    }));
    const { partner, name } = data;
    return this.commands.handle(owner, ownerStream(data.owner), cause, (_state, { now }): OwnerCommand => ({
      type: 'RegisterPartner',
      data: { partner, name, at: iso(now) },
    }));
  }
}

@CommandHandler(ChangeOwner)
export class ChangeOwnerHandler implements ICommandHandler<ChangeOwner> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly gate: GateReader,
    private readonly notes: NoteSeal,
  ) {}

  async execute({ data: { owner: ownerId, change }, cause }: ChangeOwner): Promise<Handled<OwnerEvent>> {
    if (change.type === 'GrantAllowance') await this.forfeitFirst(ownerId, cause);
    const { note, ...data } = change.data as { note?: string };
    const stream = ownerStream(ownerId);
    return this.commands.handle(owner, stream, cause, async ({ status }, { now }) => {
      // Nobody's key is made for an owner that is none.
      const sealed = status === 'registered' ? await this.notes.seal(streamSubject(stream), note) : {};
      return { type: change.type, data: { ...data, ...sealed, at: iso(now) } } as OwnerCommand;
    });
  }

  /** After a restore: what a human grants before the process has come to this owner must not be forfeited with the rest. */
  private async forfeitFirst(ownerId: string, cause: Cause): Promise<void> {
    await this.commands.handle(owner, ownerStream(ownerId), besides(cause), async (_state, { now }): Promise<OwnerCommand> => {
      const { restores } = await this.gate.read();
      return { type: 'ForfeitAfterRestore', data: { restores, at: iso(now) } };
    });
  }
}

/** Made of the terms at the revision that it is written at: of two changes at a time, or a policy meanwhile, none is undone. */
@CommandHandler(ChangeTerms)
export class ChangeTermsHandler implements ICommandHandler<ChangeTerms> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly notes: NoteSeal,
  ) {}

  execute({ data: { owner: ownerId, changed, reason, note, by }, cause }: ChangeTerms): Promise<Handled<OwnerEvent>> {
    const stream = ownerStream(ownerId);
    return this.commands.handle(owner, stream, cause, async (state, { now }): Promise<OwnerCommand> => {
      if (state.status === 'unknown') throw new DomainError('OWNER_NOT_FOUND', 'no such owner');
      const terms = changed(state.terms);
      return { type: 'SetTerms', data: { terms, reason, ...(await this.notes.seal(streamSubject(stream), note)), by, at: iso(now) } };
    });
  }
}

@CommandHandler(AdoptPolicy)
export class AdoptPolicyHandler implements ICommandHandler<AdoptPolicy> {
  constructor(
    private readonly commands: CommandHandling,
    private readonly fanOut: PolicyFanOut,
    private readonly notes: NoteSeal,
  ) {}

  async execute({ data: { note, ...data }, cause }: AdoptPolicy): Promise<Handled<PolicyAdopted>> {
    const handled = await this.commands.handle(policy, POLICY_STREAM, cause, async (_state, { now }): Promise<DecidePolicy> => ({
      type: 'AdoptPolicy',
      data: { ...data, ...(await this.notes.seal(streamSubject(POLICY_STREAM), note)), at: iso(now) },
    }));
    await this.fanOut.reachEveryOwner(cause);
    return handled;
  }
}

@CommandHandler(ApplyPolicy)
export class ApplyPolicyHandler implements ICommandHandler<ApplyPolicy> {
  constructor(private readonly commands: CommandHandling) {}

  async execute({ data, cause }: ApplyPolicy): Promise<void> {
    const { state: known } = await this.commands.load(owner, ownerStream(data.owner));
    // Listed and not registered yet: its registration reads the policy itself.
    if (known.status === 'unknown' || known.terms === undefined) return;
    await this.commands.handle(owner, ownerStream(data.owner), cause, async (state, { now }): Promise<OwnerCommand> => {
      const { version, changes } = (await this.commands.load(policy, POLICY_STREAM)).state;
      const current = state.status === 'registered' ? state.terms : undefined;
      if (current === undefined) throw new DomainError('TERMS_INVALID', 'the owner has no terms yet');
      const terms = underPolicy(current, changes);
      return { type: 'SetTerms', data: { terms, reason: 'policy', by: cause.actor, policyVersion: version, at: iso(now) } };
    });
  }
}

function iso(now: number): string {
  return new Date(now).toISOString();
}
