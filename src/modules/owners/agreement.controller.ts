import { Body, Controller, Post, UseFilters } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { CurrentClient, Roles, type AuthenticatedClient } from '../access/roles.js';
import { RefusalFilter } from '../refusals/refusal.filter.js';
import { CurrentOwner } from './current-owner.js';
import { ChangeOwner } from './owner.commands.js';
import { SignatureRequest } from './owner.requests.js';
import { partnerOf } from './partner-of.js';

class SignedAgreement {
  @ApiProperty() version!: string;
  @ApiProperty({ enum: ['signed'] }) status!: 'signed';
}

/** The one thing that a partner can do before its agreement is signed: sign it, with the key that its token rests on. */
@ApiTags('partner')
@Roles('partner')
@UseFilters(RefusalFilter)
@Controller('v1/agreement')
export class AgreementController {
  constructor(
    private readonly bus: CommandBus,
    private readonly owners: CurrentOwner,
  ) {}

  @Post('signature')
  @ApiOperation({ summary: 'Sign the agreement that is offered' })
  @ApiCreatedResponse({ type: SignedAgreement })
  @ProblemResponses('NOT_FOUND', 'OWNER_CHANGING')
  async sign(
    @Body() { version }: SignatureRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<SignedAgreement> {
    const { partner, owner: known } = partnerOf(client);
    const owner = await this.owners.of(partner, known);
    const change = { type: 'SignAgreement', data: { partner, version, by: client.clientId } } as const;
    await this.bus.execute(new ChangeOwner({ owner, change }, cause));
    return { version, status: 'signed' };
  }
}
