import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { RequestFacts } from '../../http/cause.js';
import { RefusesWith } from '../../http/problem-responses.js';
import { admissiblePartner, owner } from './owner.js';
import { ownerStream } from './owner.state.js';
import { partnerOf } from './partner-of.js';

/**
 * A suspended partner stops at its next request, not when its token ends (R32), repeated requests included. The commands
 * decide it once more, on the revision that they write at.
 */
@Injectable()
@RefusesWith('PARTNER_NOT_FOUND', 'AGREEMENT_UNSIGNED', 'PARTNER_SUSPENDED', 'PARTNER_TERMINATED')
export class PartnerStandingGuard implements CanActivate {
  constructor(private readonly commands: CommandHandling) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<RequestFacts>();
    if (user === undefined) return false;
    const of = partnerOf(user);
    const { state } = await this.commands.load(owner, ownerStream(of.owner));
    admissiblePartner(state, of.partner);
    return true;
  }
}
