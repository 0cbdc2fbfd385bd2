import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CommandHandling, type Loaded } from '../../event-sourcing/handle-command.js';
import type { RecordedEvent } from '../../event-sourcing/message.js';
import type { RequestFacts } from '../../http/cause.js';
import { RefusesWith } from '../../http/problem-responses.js';
import { REPLAY_KEY, type ReplayGuard, type ReplayRule } from '../../http/replay.js';
import type { AuthenticatedClient } from '../access/roles.js';
import { admissiblePartner, type ByPartner, owner, signingPartner } from './owner.js';
import { CurrentOwner } from './current-owner.js';
import { hasLeft, type OwnerState, ownerStream } from './owner.state.js';
import { partnerOf } from './partner-of.js';

/**
 * A suspended partner stops at its next request, not when its token ends (R32), repeated requests included. The commands
 * decide it once more, on the revision that they write at.
 *
 * Whoever repeats a request that has to be signed signs the repetition.
 *
 * So before a command the owner need not be read to its end: as it was known last it may let somebody in, but turns nobody away.
 * A route whose repetition comes past here once more (`@Replay(…, PartnerStandingGuard)`) says by this that its command decides
 * the standing itself; on any other the owner is read, if the store does not know that it is known to its end.
 *
 * A partner that changed its owner goes on as one of the owner that it has now, whatever its clients were registered with.
 */
@Injectable()
@RefusesWith('PARTNER_NOT_FOUND', 'OWNER_CHANGING', 'AGREEMENT_UNSIGNED', 'PARTNER_SUSPENDED', 'PARTNER_TERMINATED', 'TOKEN_UNBOUND')
export class PartnerStandingGuard implements CanActivate, ReplayGuard {
  private readonly owners: CurrentOwner;

  constructor(
    private readonly commands: CommandHandling,
    private readonly reflector: Reflector,
  ) {
    this.owners = new CurrentOwner(commands);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestFacts>();
    const { user } = request;
    if (user === undefined) return false;
    const of = partnerOf(user);
    const stream = ownerStream(of.owner);
    const current = this.commands.current(owner, stream);
    if (current !== undefined && !isGone(current.state, of.partner)) return admitted(current, of);
    const known = this.isDecidedLater(context) ? this.commands.lastKnown(owner, stream) : undefined;
    if (known !== undefined && isAdmissible(known.state, of)) return true;
    return this.asOfCurrentOwner(request, user);
  }

  private async asOfCurrentOwner(request: RequestFacts, user: AuthenticatedClient): Promise<true> {
    const { owner: known, ...by } = partnerOf(user);
    const loaded = await this.commands.load(owner, ownerStream(known));
    if (!isGone(loaded.state, by.partner)) return admitted(loaded, by);
    const ownerId = await this.owners.of(by.partner, known);
    request.user = { ...user, ownerId };
    return admitted(await this.commands.load(owner, ownerStream(ownerId)), by);
  }

  async beforeReplay(_events: readonly RecordedEvent[], client: AuthenticatedClient): Promise<void> {
    const of = partnerOf(client);
    signingPartner((await this.commands.load(owner, ownerStream(of.owner))).state, of);
  }

  private isDecidedLater(context: ExecutionContext): boolean {
    const rule = this.reflector.get<ReplayRule | undefined>(REPLAY_KEY, context.getHandler());
    return rule?.guards.includes(PartnerStandingGuard) ?? false;
  }
}

function admitted({ state }: Loaded<OwnerState>, by: ByPartner): true {
  admissiblePartner(state, by);
  return true;
}

function isGone(state: OwnerState, partner: string): boolean {
  return state.status === 'registered' && hasLeft(state, partner);
}

function isAdmissible(state: OwnerState, by: ByPartner): boolean {
  try {
    admissiblePartner(state, by);
    return true;
  } catch {
    return false;
  }
}
