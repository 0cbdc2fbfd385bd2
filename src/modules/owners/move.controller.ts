import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus, type ICommand } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Handled } from '../../event-sourcing/handle-command.js';
import type { Cause, Fact } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { Roles } from '../access/roles.js';
import { MergeOwners, TransferPartner } from './move.commands.js';
import { accepted } from './owner.controller.js';
import { Accepted, MergerRequest, TransferRequest } from './owner.requests.js';

const LOWER = 'of both balances, paces and terms the stricter holds from then on';

/** Who belongs to whom is the bank's to say. */
@ApiTags('analyst')
@Roles('analyst')
@Controller('v1')
export class MoveController {
  constructor(private readonly bus: CommandBus) {}

  @Post('partners/:partnerId/owner')
  @ApiOperation({ summary: `Move a partner to another owner; ${LOWER}. Its leads so far stay with the former owner and earn nothing` })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND', 'OWNER_NOT_FOUND', 'OWNER_MERGED', 'OWNER_CHANGING', 'PARTNER_TERMINATED')
  @Replay(accepted)
  transfer(
    @Param('partnerId') partner: string,
    @Body() { ownerId: to, reason, note }: TransferRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.accept(new TransferPartner({ partner, to, reason, note, by: cause.actor }, cause));
  }

  @Post('owners/:ownerId/merger')
  @ApiOperation({ summary: `Merge an owner into another one, for good, with all its partners; ${LOWER}` })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'OWNER_MERGED')
  @Replay(accepted)
  merge(@Param('ownerId') owner: string, @Body() { into, reason, note }: MergerRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.accept(new MergeOwners({ owner, into, reason, note, by: cause.actor }, cause));
  }

  private async accept(command: ICommand): Promise<Accepted> {
    const { events } = await this.bus.execute<ICommand, Handled<Fact>>(command);
    return accepted(events);
  }
}
