import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { CommandHandling, type Loaded } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import { owner } from '../owners/owner.js';
import { ownerStream } from '../owners/owner.state.js';
import { FinishAdmission, type ByPartner } from './lead.commands.js';
import type { LeadPlace } from './lead-lookup.js';
import { lead } from './lead.js';
import { leadNumber, type LeadState } from './lead.state.js';

/** A crash between admission and opening must not lose a lead that its partner was told of. */
@Injectable()
export class OpenedLeads {
  constructor(
    private readonly commands: CommandHandling,
    private readonly bus: CommandBus,
  ) {}

  /**
   * Completes the opening of a lead that was admitted for this partner, if it is still owed. A lead that was opened for somebody
   * else takes the same reads as one that is not there (I7, R41).
   */
  async ensure(place: LeadPlace, { owner: ownerId, partner }: ByPartner, cause: Cause): Promise<void> {
    const isOpened = ({ state }: Loaded<LeadState>): boolean => leadNumber(state, place.number)?.opening.partner === partner;
    // Once opened it stays so: where that is known already, nobody has to be asked.
    const known = this.commands.lastKnown(lead, place.stream);
    if (known !== undefined && isOpened(known)) return;
    if (isOpened(await this.commands.load(lead, place.stream))) return;
    const { state: ownerState } = await this.commands.load(owner, ownerStream(ownerId));
    const admitted = ownerState.status === 'registered' ? ownerState.unresolved.get(place.leadId) : undefined;
    if (admitted?.partner === partner) await this.bus.execute(new FinishAdmission({ admitted }, besides(cause)));
  }
}
