import { Body, Controller, HttpCode, HttpStatus, Param, Post, Res, UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Cause, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { Metrics } from '../../observability/metrics.js';
import { CurrentClient, Roles, type AuthenticatedClient } from '../access/roles.js';
import { AnswersMayLeave } from '../gate/answers-may-leave.guard.js';
import type { LeadAdmitted } from '../owners/owner.events.js';
import { ChargesInterceptor } from '../owners/charges.interceptor.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { partnerOf } from '../owners/partner-of.js';
import { RefusalFilter } from '../refusals/refusal.filter.js';
import type { Answered } from './check-membership.handler.js';
import { answerIn } from './lead-answer.js';
import { CheckMembership, OpenLead, WithdrawLead } from './lead.commands.js';
import { AnswerResponse, CheckRequest, OpenedLead, OpenLeadRequest, WithdrawnLead, WithdrawRequest } from './lead.requests.js';
import type { Opened } from './open-lead.handler.js';
import { ReadableAnswers } from './readable-answers.guard.js';

@ApiTags('partner')
@Roles('partner')
@UseGuards(PartnerStandingGuard)
@UseFilters(RefusalFilter)
@Controller('v1')
export class LeadController {
  constructor(
    private readonly bus: CommandBus,
    private readonly metrics: Metrics,
  ) {}

  @Post('leads')
  @ApiOperation({ summary: 'Open a lead for an applicant; spends one unit of the allowance' })
  @ApiCreatedResponse({ type: OpenedLead, description: 'a new lead' })
  @ApiOkResponse({ type: OpenedLead, description: 'the lead that the partner has for this person already; nothing was spent' })
  @ProblemResponses(
    'IDENTIFIER_INVALID',
    'PURPOSE_NOT_AGREED',
    'AGENT_UNKNOWN',
    'AGENT_LIMIT_HOURS',
    'AGENT_LIMIT_LEADS',
    'AGENT_LIMIT_SHARE',
    'LEAD_HELD',
    'OPEN_LEADS_EXCEEDED',
    'ALLOWANCE_SPENT',
    'PACE_EXCEEDED',
    'GATE_HALTED',
    'SIGNATURE_REQUIRED',
    'SIGNATURE_INVALID',
  )
  @UseInterceptors(ChargesInterceptor)
  @Replay((events) => openedLead(dataOf<LeadAdmitted>(events, 'LeadAdmitted')), PartnerStandingGuard, AnswersMayLeave)
  async open(
    @Body() body: OpenLeadRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OpenedLead> {
    const opened = await this.bus.execute<OpenLead, Opened>(new OpenLead({ ...partnerOf(client), ...body }, cause));
    if (!opened.isNew) void reply.status(HttpStatus.OK);
    return openedLead(opened.admitted);
  }

  @Post('membership-checks')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Is the applicant of this lead a customer? Answered once; asking again reads the recorded answer' })
  @ApiOkResponse({ type: AnswerResponse })
  @ProblemResponses(
    'IDENTIFIER_INVALID',
    'LEAD_NOT_FOUND',
    'PERSON_MISMATCH',
    'LEAD_LAPSED',
    'LEAD_WITHDRAWN',
    'LEAD_ENDED',
    'LEAD_CREATED',
    'ANSWER_EXPIRED',
    'CHECK_SWITCHED_OFF',
    'SECRET_INVALID',
    'PROOF_MISSING',
    'CONSENT_MISSING',
    'CONSENT_REFUSED',
    'CONSENT_CODE_WRONG',
    'GATE_HALTED',
    'REGISTER_BEHIND',
    'SIGNATURE_REQUIRED',
    'SIGNATURE_INVALID',
  )
  @Replay((events) => ({ answer: answerIn(events) as Answered['answer'] }), PartnerStandingGuard, AnswersMayLeave, ReadableAnswers)
  async check(
    @Body() body: CheckRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<AnswerResponse> {
    const command = new CheckMembership({ ...partnerOf(client), ...body }, cause);
    const { answer, isNew } = await this.bus.execute<CheckMembership, Answered>(command);
    if (isNew) this.metrics.answered(answer);
    return { answer };
  }

  @Post('leads/:leadId/withdrawal')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'The applicant will not become a customer; say why' })
  @ApiOkResponse({ type: WithdrawnLead })
  @ProblemResponses('LEAD_NOT_FOUND', 'LEAD_LAPSED', 'LEAD_ENDED', 'LEAD_CREATED')
  async withdraw(
    @Param('leadId') leadId: string,
    @Body() body: WithdrawRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<WithdrawnLead> {
    await this.bus.execute(new WithdrawLead({ ...partnerOf(client), leadId, ...body }, cause));
    return { leadId, status: 'withdrawn' };
  }
}

/** The response to opening, from `LeadAdmitted` alone. */
function openedLead({ leadId, purpose, agent, mode, at, followUpBy, carried }: LeadAdmitted['data']): OpenedLead {
  return { leadId, purpose, agent, mode, openedAt: at, followUpBy, carriedAnswer: carried ?? null };
}

function dataOf<F extends { type: string; data: object }>(events: readonly RecordedEvent[], type: F['type']): F['data'] {
  const event = events.find((each) => each.type === type);
  if (event === undefined) throw new Error(`a replayed command without ${type}`);
  return event.data;
}
