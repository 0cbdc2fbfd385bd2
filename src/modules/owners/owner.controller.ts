import { Body, Controller, Param, Post } from '@nestjs/common';
import { CommandBus, type ICommand } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling, type Handled } from '../../event-sourcing/handle-command.js';
import type { Cause, Fact, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { Roles } from '../access/roles.js';
import { ChangeOwner, ChangeTerms, RegisterOwner, RegisterPartner, type OwnerChange } from './owner.commands.js';
import {
  Accepted,
  AgentRequest,
  AgreementRequest,
  ChangeTermsRequest,
  GrantRequest,
  GrantRevocationRequest,
  PolicyRequest,
  RegisterOwnerRequest,
  RegisterPartnerRequest,
  ReinstatementRequest,
  StricterModeRequest,
  SuspensionRequest,
  TerminationRequest,
  type FiguresRequest,
  type OwnTermsRequest,
} from './owner.requests.js';
import { AdoptPolicy } from './policy.commands.js';
import { PolicyFanOut } from './policy.fan-out.js';
import { partnerId, partnerStream } from './policy.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN, termsForFigures, type Terms } from './terms.js';

/** What the bank's analysts decide about owners and partners. */
@ApiTags('analyst')
@Roles('analyst')
@Controller('v1')
export class OwnerController {
  constructor(
    private readonly bus: CommandBus,
    private readonly commands: CommandHandling,
  ) {}

  @Post('owners')
  @ApiOperation({ summary: 'Register the company behind one or more partners, with its terms' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('ALREADY_EXISTS', 'TERMS_INVALID', 'TERMS_NEED_STRICTER_MODE')
  @Replay(accepted)
  register(@Body() { ownerId, name, figures, terms }: RegisterOwnerRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.accept(new RegisterOwner({ owner: ownerId, name, terms: termsFrom(figures, terms), by: cause.actor }, cause));
  }

  @Post('owners/:ownerId/terms')
  @ApiOperation({ summary: "Change an owner's terms; in force at its next command. Above 8 units a conversion a second person signs" })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'TERMS_INVALID', 'TERMS_NEED_STRICTER_MODE')
  @Replay(accepted)
  setTerms(
    @Param('ownerId') ownerId: string,
    @Body() { figures, terms, reason, note }: ChangeTermsRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    const changed = (current: Terms | undefined): Terms => termsFrom(figures, terms, current);
    return this.accept(new ChangeTerms({ owner: ownerId, changed, reason, note, by: cause.actor }, cause));
  }

  @Post('owners/:ownerId/stricter-mode')
  @Roles('bank-surveillance', 'analyst')
  @ApiOperation({ summary: 'Tell an owner less from its next command on; only an analyst, by new terms, tells it more again' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'TERMS_INVALID')
  @Replay(accepted)
  tightenMode(
    @Param('ownerId') ownerId: string,
    @Body() { mode, reason, note }: StricterModeRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.change(ownerId, { type: 'TightenMode', data: { mode, reason, note, by: cause.actor } }, cause);
  }

  @Post('owners/:ownerId/terms/:version/approval')
  @ApiOperation({ summary: 'The second signature under proposed terms' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'NOT_FOUND', 'TERMS_INVALID')
  @Replay(accepted)
  approve(@Param('ownerId') ownerId: string, @Param('version') version: string, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.change(ownerId, { type: 'ApproveTerms', data: { version: Number(version), by: cause.actor } }, cause);
  }

  @Post('owners/:ownerId/grants')
  @ApiOperation({ summary: 'Grant units of allowance, with a reason' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'TERMS_INVALID', 'ALREADY_EXISTS')
  @Replay(accepted)
  grant(@Param('ownerId') ownerId: string, @Body() { reason, ...body }: GrantRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.change(ownerId, { type: 'GrantAllowance', data: { reason, ...entryOf(body, cause) } }, cause);
  }

  @Post('owners/:ownerId/grant-revocations')
  @ApiOperation({ summary: 'Take units of allowance away; the balance may become negative' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'TERMS_INVALID', 'ALREADY_EXISTS')
  @Replay(accepted)
  revokeGrant(
    @Param('ownerId') ownerId: string,
    @Body() { reason, ...body }: GrantRevocationRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.change(ownerId, { type: 'RevokeAllowance', data: { reason, ...entryOf(body, cause) } }, cause);
  }

  @Post('policy')
  @ApiOperation({ summary: 'Change the terms of all owners; answered when every owner has it' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('TERMS_INVALID')
  @Replay(accepted, PolicyFanOut)
  adoptPolicy(@Body() { changes, reason, note }: PolicyRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.accept(new AdoptPolicy({ changes: defined(changes), reason, note, by: cause.actor }, cause));
  }

  @Post('partners')
  @ApiOperation({ summary: 'Register a partner of an owner' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('OWNER_NOT_FOUND', 'ALREADY_EXISTS')
  @Replay(accepted)
  registerPartner(@Body() { partnerId: id, ownerId, name }: RegisterPartnerRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.accept(new RegisterPartner({ owner: ownerId, partner: id, name }, cause));
  }

  @Post('partners/:partnerId/agreements')
  @ApiOperation({ summary: 'Offer an agreement; until the partner has signed it none of its calls works' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND', 'ALREADY_EXISTS')
  @Replay(accepted)
  offer(@Param('partnerId') partner: string, @Body() body: AgreementRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.changePartner(partner, { type: 'OfferAgreement', data: { partner, ...body, by: cause.actor } }, cause);
  }

  @Post('partners/:partnerId/suspension')
  @ApiOperation({ summary: 'Stop a partner at its next request' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND', 'PARTNER_TERMINATED')
  @Replay(accepted)
  suspend(
    @Param('partnerId') partner: string,
    @Body() { reason, note }: SuspensionRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.changePartner(partner, { type: 'SuspendPartner', data: { partner, reason, note, by: cause.actor } }, cause);
  }

  @Post('partners/:partnerId/reinstatement')
  @ApiOperation({ summary: 'Let a suspended partner go on' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND', 'PARTNER_TERMINATED')
  @Replay(accepted)
  reinstate(
    @Param('partnerId') partner: string,
    @Body() { reason, note }: ReinstatementRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.changePartner(partner, { type: 'ReinstatePartner', data: { partner, reason, note, by: cause.actor } }, cause);
  }

  @Post('partners/:partnerId/termination')
  @ApiOperation({ summary: 'End the agreement with a partner for good' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND')
  @Replay(accepted)
  terminate(
    @Param('partnerId') partner: string,
    @Body() { reason, note }: TerminationRequest,
    @CurrentCause() cause: Cause,
  ): Promise<Accepted> {
    return this.changePartner(partner, { type: 'TerminatePartner', data: { partner, reason, note, by: cause.actor } }, cause);
  }

  @Post('partners/:partnerId/agents')
  @ApiOperation({ summary: "Register one of the partner's employees" })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND')
  @Replay(accepted)
  registerAgent(@Param('partnerId') partner: string, @Body() { agent }: AgentRequest, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.changePartner(partner, { type: 'RegisterAgent', data: { partner, agent } }, cause);
  }

  @Post('partners/:partnerId/agents/:agent/retirement')
  @ApiOperation({ summary: 'An employee no longer opens leads' })
  @ApiCreatedResponse({ type: Accepted })
  @ProblemResponses('PARTNER_NOT_FOUND')
  @Replay(accepted)
  retireAgent(@Param('partnerId') partner: string, @Param('agent') agent: string, @CurrentCause() cause: Cause): Promise<Accepted> {
    return this.changePartner(partner, { type: 'RetireAgent', data: { partner, agent } }, cause);
  }

  /** @throws DomainError `PARTNER_NOT_FOUND` */
  private async changePartner(partner: string, change: OwnerChange, cause: Cause): Promise<Accepted> {
    const { state } = await this.commands.load(partnerId, partnerStream(partner));
    if (state.owner === undefined) throw new DomainError('PARTNER_NOT_FOUND', 'no such partner');
    return this.change(state.owner, change, cause);
  }

  private change(ownerId: string, change: OwnerChange, cause: Cause): Promise<Accepted> {
    return this.accept(new ChangeOwner({ owner: ownerId, change }, cause));
  }

  private async accept(command: ICommand): Promise<Accepted> {
    const { events } = await this.bus.execute<ICommand, Handled<Fact>>(command);
    return accepted(events);
  }
}

export function accepted(events: readonly RecordedEvent[]): Accepted {
  return { position: events.at(-1)?.position ?? null };
}

/** Without an id of its own the entry is named after the request that brought it. */
function entryOf(
  { entryId, units, note }: Omit<GrantRequest, 'reason'>,
  { idempotencyKeyHash, correlationId, actor }: Cause,
): { entry: string; units: number; note?: string | undefined; by: string } {
  return { entry: entryId ?? idempotencyKeyHash ?? correlationId, units, note, by: actor };
}

function termsFrom(figures: FiguresRequest | undefined, single: OwnTermsRequest | undefined, current?: Terms): Terms {
  const base = current ?? TERMS_WHEN_NOTHING_IS_KNOWN;
  return { ...(figures === undefined ? base : termsForFigures({ ...figures }, base)), ...defined(single ?? {}) };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
