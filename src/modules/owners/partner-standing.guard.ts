import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { CommandHandling, type Loaded } from '../../event-sourcing/handle-command.js';
import type { RequestFacts } from '../../http/cause.js';
import { RefusesWith } from '../../http/problem-responses.js';
import { admissiblePartner, owner } from './owner.js';
import { type OwnerState, ownerStream } from './owner.state.js';
import { partnerOf } from './partner-of.js';

/**
 * A suspended partner stops at its next request, not when its token ends (R32), repeated requests included. The commands
 * decide it once more, on the revision that they write at.
 */
@Injectable()
@RefusesWith('PARTNER_NOT_FOUND', 'AGREEMENT_UNSIGNED', 'PARTNER_SUSPENDED', 'PARTNER_TERMINATED')
export class PartnerStandingGuard implements CanActivate {
  constructor(private readonly commands: CommandHandling) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<RequestFacts>();
    if (user === undefined) return false;
    const of = partnerOf(user);
    const stream = ownerStream(of.owner);
    const admit = ({ state }: Loaded<OwnerState>): true => {
      admissiblePartner(state, of.partner);
      return true;
    };
    const current = this.commands.current(owner, stream);
    return current ? admit(current) : this.commands.load(owner, stream).then(admit);
  }
}
