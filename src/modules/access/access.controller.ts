import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsISO8601, IsObject, IsOptional, Matches } from 'class-validator';
import { CONFIG, type Config } from '../../config.js';
import type { Handled } from '../../event-sourcing/handle-command.js';
import type { Cause, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { Problem } from '../../http/problem.js';
import { INSTANT } from '../../http/instant.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { ReasonRequest } from '../persons/reason.request.js';
import {
  DeclareCompromise,
  DisableClient,
  RegisterClient,
  RegisterClientCertificate,
  RegisterClientKeys,
  RevokeClientCertificate,
  RegisterClientSecret,
  RevokeClientKey,
  RevokeClientSecret,
} from './client.commands.js';
import {
  type ClientCompromised,
  type ClientEvent,
  COMPROMISE_REASONS,
  type CompromiseReason,
  DISABLEMENT_REASONS,
} from './client.events.js';
import { ClientDirectory } from './client-directory.js';
import { CLIENT_ID } from './client.js';
import {
  DeclaredCompromise,
  DisabledClient,
  RegisteredCertificate,
  RegisteredClient,
  RegisteredKeys,
  RegisteredSecret,
  RevokedKey,
} from './client.responses.js';
import { ClientSecrets } from './client-secrets.js';
import { KeySetRequest, keysOf, keysRegistered } from './key-set.js';
import { type Role, ROLES } from './role.js';
import { Roles } from './roles.js';

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;
const SHA256 = /^[0-9a-f]{64}$/;
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

class CertificateRequest {
  @ApiProperty({ description: "SHA-256 of the certificate's DER, base64url: `x5t#S256` (RFC 8705)", pattern: THUMBPRINT.source })
  @Matches(THUMBPRINT)
  readonly thumbprint!: string;
}

class SecretRequest {
  @ApiProperty({
    description: 'SHA-256 of the secret, hex: the secret itself, 32 random bytes or more, stays with the client',
    pattern: SHA256.source,
    example: '0f'.repeat(32),
  })
  @Matches(SHA256)
  readonly sha256!: string;
}

class CompromiseRequest {
  @ApiProperty({ example: '2026-11-20T09:00:00Z', description: 'since when somebody else may have acted as the client; ISO 8601' })
  @IsISO8601({ strict: true })
  @Matches(INSTANT)
  readonly since!: string;

  @ApiProperty({ enum: COMPROMISE_REASONS, example: COMPROMISE_REASONS[0] })
  @IsIn(COMPROMISE_REASONS)
  readonly reason!: CompromiseReason;

  @ApiProperty({
    type: 'array',
    items: { type: 'object' },
    description: 'public keys (JWK) that take the place of all that it had; none, to stop it',
  })
  @IsArray()
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

const disabled = (): DisabledClient => ({ status: 'disabled' });
const secretRegistered = (): RegisteredSecret => ({ status: 'registered' });
const revoked = (): RevokedKey => ({ status: 'revoked' });
const certified = (events: readonly RecordedEvent[]): RegisteredCertificate => {
  const { thumbprint } = firstOf<RegisteredCertificate>(events, 'ClientCertificateRegistered');
  return { thumbprint };
};

function compromised(events: readonly RecordedEvent[]): DeclaredCompromise {
  const { since, kids } = firstOf<ClientCompromised['data']>(events, 'ClientCompromised');
  return { since, revoked: kids, ...keysRegistered(events) };
}

function firstOf<Data extends object>(events: readonly RecordedEvent[], type: ClientEvent['type']): Data {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Error(`a replayed command without ${type}`);
  return found.data as Data;
}

@ApiTags('clients')
@Roles('analyst')
@Controller('v1/clients')
export class AccessController {
  constructor(
    private readonly bus: CommandBus,
    private readonly clients: ClientDirectory,
    private readonly secrets: ClientSecrets,
    @Inject(CONFIG) private readonly config: Config,
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
    await this.assertPartners(id);
    const command = new RegisterClientKeys({ clientId: known(id), keys: await keysOf(body) }, cause);
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

  @Post(':clientId/compromises')
  @Replay(compromised)
  @ApiOperation({
    summary: 'Somebody else may have what the client signs with: all its keys and certificates are revoked, their tokens worth nothing',
  })
  @ApiCreatedResponse({ type: DeclaredCompromise })
  @ProblemResponses('NOT_FOUND', 'KEY_INVALID', 'COMPROMISE_INVALID', 'CLIENT_DISABLED')
  async declareCompromise(
    @Param('clientId') id: string,
    @Body() { since, reason, keys }: CompromiseRequest,
    @CurrentCause() cause: Cause,
  ): Promise<DeclaredCompromise> {
    await this.assertPartners(id);
    const data = { clientId: known(id), since: new Date(since).toISOString(), reason, keys: await keysOf({ keys }) };
    const { events }: Handled<ClientEvent> = await this.bus.execute(new DeclareCompromise(data, cause));
    if (events.length > 0) return compromised(events as readonly RecordedEvent[]);
    return { since: data.since, revoked: [], registered: [] };
  }

  @Post(':clientId/certificates')
  @Replay(certified)
  @ApiOperation({ summary: 'Register a certificate that the client may show, where no authority of the bank has issued it' })
  @ApiCreatedResponse({ type: RegisteredCertificate })
  @ProblemResponses('NOT_FOUND', 'KEY_INVALID', 'CLIENT_DISABLED')
  async addCertificate(
    @Param('clientId') id: string,
    @Body() { thumbprint }: CertificateRequest,
    @CurrentCause() cause: Cause,
  ): Promise<RegisteredCertificate> {
    await this.assertPartners(id);
    await this.bus.execute(new RegisterClientCertificate({ clientId: known(id), thumbprint }, cause));
    return { thumbprint };
  }

  @Post(':clientId/certificates/:thumbprint/revocation')
  @HttpCode(200)
  @Replay(revoked)
  @ApiOperation({ summary: 'Revoke a certificate; what is bound to it stops working at once' })
  @ApiOkResponse({ type: RevokedKey })
  @ProblemResponses('NOT_FOUND')
  async revokeCertificate(
    @Param('clientId') id: string,
    @Param('thumbprint') thumbprint: string,
    @CurrentCause() cause: Cause,
  ): Promise<RevokedKey> {
    await this.bus.execute(new RevokeClientCertificate({ clientId: known(id), thumbprint }, cause));
    return revoked();
  }

  @Post(':clientId/secret')
  @Replay(secretRegistered)
  @ApiOperation({ summary: 'Register a secret, where the bank allows clients without a key; it takes the place of the one before' })
  @ApiCreatedResponse({ type: RegisteredSecret })
  @ProblemResponses('NOT_FOUND', 'SECRETS_NOT_ALLOWED', 'CLIENT_DISABLED')
  async registerSecret(
    @Param('clientId') id: string,
    @Body() { sha256 }: SecretRequest,
    @CurrentCause() cause: Cause,
  ): Promise<RegisteredSecret> {
    if (!this.config.clientSecrets) throw new Problem('SECRETS_NOT_ALLOWED');
    await this.assertPartners(id);
    await this.bus.execute(new RegisterClientSecret({ clientId: known(id), hash: this.secrets.hashOf(id, sha256) }, cause));
    return secretRegistered();
  }

  @Post(':clientId/secret/revocation')
  @HttpCode(200)
  @Replay(revoked)
  @ApiOperation({ summary: 'Revoke the secret of a client; what was asked for with it stops working at once' })
  @ApiOkResponse({ type: RevokedKey })
  @ProblemResponses('NOT_FOUND')
  async revokeSecret(@Param('clientId') id: string, @CurrentCause() cause: Cause): Promise<RevokedKey> {
    await this.bus.execute(new RevokeClientSecret({ clientId: known(id) }, cause));
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

  private async assertPartners(id: string): Promise<void> {
    const client = await this.clients.find(known(id));
    if (client !== undefined) ofPartner(client.identity.role);
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
