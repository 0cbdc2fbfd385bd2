import { Body, Controller, HttpCode, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../../event-sourcing/decider.js';
import type { Handled } from '../../event-sourcing/handle-command.js';
import type { Cause, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { RegisterClientKeys, RevokeClientKey } from '../access/client.commands.js';
import type { ClientEvent } from '../access/client.events.js';
import { RegisteredKeys, RevokedKey } from '../access/client.responses.js';
import { KeySetRequest, keysOf, keysRegistered } from '../access/key-set.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../access/roles.js';
import { RefusalFilter } from '../refusals/refusal.filter.js';
import { PartnerStandingGuard } from './partner-standing.guard.js';

const revoked = (): RevokedKey => ({ status: 'revoked' });

/**
 * A partner changes its client's keys by itself: a new one is added beside the old, and the old one revoked when nothing is signed with
 * it any more. Both have to be signed by a key that is registered (RFC 9421), whatever the terms say: whoever has only a token must not
 * make it last.
 */
@ApiTags('partner')
@Roles('partner')
@UseFilters(RefusalFilter)
@Controller('v1/client/keys')
export class OwnKeysController {
  constructor(private readonly bus: CommandBus) {}

  /**
   * A suspended partner registers nothing, repeated requests included. The guard is not one of `@Replay`: there it would take the owner as
   * it was known last, and leave the rest to the command, which decides no partner's standing here.
   */
  @Post()
  @UseGuards(PartnerStandingGuard)
  @Replay(keysRegistered)
  @ApiOperation({ summary: 'Register further keys of the client; signed by one that it has' })
  @ApiCreatedResponse({ type: RegisteredKeys })
  @ProblemResponses('SIGNATURE_REQUIRED', 'SIGNATURE_INVALID', 'KEY_INVALID', 'ALREADY_EXISTS', 'KEY_CHANGES_EXCEEDED')
  async add(
    @Body() body: KeySetRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<RegisteredKeys> {
    assertSigned(client);
    const command = new RegisterClientKeys({ clientId: client.clientId, keys: await keysOf(body), own: true }, cause);
    const { events }: Handled<ClientEvent> = await this.bus.execute(command);
    return keysRegistered(events as readonly RecordedEvent[]);
  }

  /** Whatever the partner's standing: what is revoked serves nobody any more, a thief least of all. */
  @Post(':kid/revocation')
  @HttpCode(200)
  @Replay(revoked)
  @ApiOperation({ summary: 'Revoke a key of the client, but never its last; what was asked for with it stops working at once' })
  @ApiOkResponse({ type: RevokedKey })
  @ProblemResponses('SIGNATURE_REQUIRED', 'SIGNATURE_INVALID', 'KEY_LAST')
  async revoke(@Param('kid') kid: string, @CurrentClient() client: AuthenticatedClient, @CurrentCause() cause: Cause): Promise<RevokedKey> {
    assertSigned(client);
    await this.bus.execute(new RevokeClientKey({ clientId: client.clientId, kid, own: true }, cause));
    return revoked();
  }
}

function assertSigned({ isSigned }: AuthenticatedClient): void {
  if (isSigned !== true) throw new DomainError('SIGNATURE_REQUIRED', 'keys are changed by a signed request only');
}
