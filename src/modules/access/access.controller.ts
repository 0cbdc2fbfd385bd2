import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsObject, IsOptional, Matches } from 'class-validator';
import type { JWK } from 'jose';
import type { Handled } from '../../event-sourcing/handle-command.js';
import type { Cause, Recorded, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { Problem } from '../../http/problem.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { ReasonRequest } from '../persons/reason.request.js';
import { DisableClient, RegisterClient, RegisterClientKeys, RevokeClientKey } from './client.commands.js';
import { type ClientEvent, DISABLEMENT_REASONS } from './client.events.js';
import { ClientDirectory } from './client-directory.js';
import { CLIENT_ID } from './client.js';
import { DisabledClient, RegisteredClient, RegisteredKeys, RevokedKey } from './client.responses.js';
import { type Role, ROLES } from './role.js';
import { Roles } from './roles.js';
import { clientKey } from './signing-key.js';

const OWN_ID = /^[A-Za-z0-9_-]{1,64}$/;

class ClientRequest {
  @ApiProperty({ example: 'acme-onboarding', description: 'How the client is called, in its tokens and in the log.' })
  @Matches(CLIENT_ID)
  readonly clientId!: string;

  @ApiProperty({ enum: ROLES, example: 'partner' })
  @IsIn(ROLES)
  readonly role!: Role;

  @ApiPropertyOptional({ description: 'For the role `partner` only.' })
  @IsOptional()
  @Matches(OWN_ID)
  readonly partnerId?: string;

  @ApiPropertyOptional({ description: 'For the role `partner` only: the owner behind the partner.' })
  @IsOptional()
  @Matches(OWN_ID)
  readonly ownerId?: string;
}

class KeySetRequest {
  @ApiProperty({ type: 'array', items: { type: 'object' }, description: 'JWK Set (RFC 7517) of public ES256, EdDSA or PS256 keys.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @IsObject({ each: true })
  readonly keys!: readonly object[];
}

class DisablementRequest extends ReasonRequest(DISABLEMENT_REASONS) {}

const registered = ({ clientId, role, partnerId, ownerId }: ClientRequest): RegisteredClient => ({
  clientId,
  role,
  ...(partnerId !== undefined && { partnerId }),
  ...(ownerId !== undefined && { ownerId }),
});

/** The keys that were new. */
const keysRegistered = (events: readonly RecordedEvent[]): RegisteredKeys => ({
  registered: (events as readonly Recorded<ClientEvent>[])
    .filter((event) => event.type === 'ClientKeyRegistered')
    .map(({ data: { kid, thumbprint } }) => ({ kid, thumbprint })),
});

const disabled = (): DisabledClient => ({ status: 'disabled' });
const revoked = (): RevokedKey => ({ status: 'revoked' });

@ApiTags('clients')
@Roles('analyst')
@Controller('v1/clients')
export class AccessController {
  constructor(
    private readonly bus: CommandBus,
    private readonly clients: ClientDirectory,
  ) {}

  @Post()
  @Replay(([event]) => registered(event?.data as ClientRequest))
  @ApiOperation({ summary: "Register a partner's client; those of the bank are registered at the command line" })
  @ApiCreatedResponse({ type: RegisteredClient })
  @ProblemResponses('ALREADY_EXISTS', 'CLIENT_DISABLED', 'CLIENT_ROLE_INVALID')
  async register(@Body() body: ClientRequest, @CurrentCause() cause: Cause): Promise<RegisteredClient> {
    ofPartner(body.role);
    await this.bus.execute(new RegisterClient(registered(body) as ClientRequest, cause));
    return registered(body);
  }

  @Post(':clientId/keys')
  @Replay(keysRegistered)
  @ApiOperation({ summary: 'Register keys that the client signs its assertions with' })
  @ApiCreatedResponse({ type: RegisteredKeys })
  @ProblemResponses('NOT_FOUND', 'KEY_INVALID', 'ALREADY_EXISTS', 'CLIENT_DISABLED')
  async addKeys(@Param('clientId') id: string, @Body() body: KeySetRequest, @CurrentCause() cause: Cause): Promise<RegisteredKeys> {
    const client = await this.clients.find(known(id));
    if (client !== undefined) ofPartner(client.identity.role);
    const keys = await Promise.all(body.keys.map((jwk) => clientKey(jwk as JWK)));
    const command = new RegisterClientKeys({ clientId: known(id), keys }, cause);
    const { events }: Handled<ClientEvent> = await this.bus.execute(command);
    return keysRegistered(events as readonly RecordedEvent[]);
  }

  @Post(':clientId/keys/:kid/revocation')
  @HttpCode(200)
  @Replay(revoked)
  @ApiOperation({ summary: 'Revoke a key' })
  @ApiOkResponse({ type: RevokedKey })
  @ProblemResponses('NOT_FOUND')
  async revokeKey(@Param('clientId') id: string, @Param('kid') kid: string, @CurrentCause() cause: Cause): Promise<RevokedKey> {
    await this.bus.execute(new RevokeClientKey({ clientId: known(id), kid }, cause));
    return revoked();
  }

  @Post(':clientId/disablement')
  @HttpCode(200)
  @Replay(disabled)
  @ApiOperation({ summary: 'Disable a client for good; its tokens stop working at once' })
  @ApiOkResponse({ type: DisabledClient })
  @ProblemResponses('NOT_FOUND')
  async disable(
    @Param('clientId') id: string,
    @Body() { reason, note }: DisablementRequest,
    @CurrentCause() cause: Cause,
  ): Promise<DisabledClient> {
    await this.bus.execute(new DisableClient({ clientId: known(id), reason, note }, cause));
    return disabled();
  }
}

/**
 * One stolen key must not be able to make conversions: over REST an analyst lets partners in, and nobody into the bank. Who
 * works for the bank is registered at the command line, by whoever holds the data directory.
 */
function ofPartner(role: Role): void {
  if (role !== 'partner') throw new Problem('FORBIDDEN');
}

/** An id becomes part of a stream's name, so it must look like one. */
function known(clientId: string): string {
  if (!CLIENT_ID.test(clientId)) throw new Problem('NOT_FOUND');
  return clientId;
}
