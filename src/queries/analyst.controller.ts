import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { Roles } from '../modules/access/roles.js';
import { FUNNEL_FIGURES } from '../projections/lead-funnels.js';
import type { PartnerSort } from '../projections/partner-directory.queries.js';
import { REFUSAL_FIGURES } from '../projections/refusals.js';
import { AskDeadlines, AskFunnels, AskLedger, AskOwner, AskPartner, AskPartners, AskRefusals } from './analyst.queries.js';
import { DeadlinesQuery, FunnelsQuery, LedgerQuery, PartnersQuery, RefusalsQuery } from './analyst.requests.js';
import {
  DeadlineListing,
  FunnelListing,
  LedgerListing,
  OwnerDetails,
  PartnerDetails,
  PartnerListing,
  RefusalListing,
} from './analyst.responses.js';
import { placeAt } from './cursor.js';
import { AnalystQuery, instant, sortOf } from './query-members.js';
import { sendTable } from './table.js';
import { Table } from './table-route.js';

/** What the bank's analysts see: partners, what became of their leads, what was refused, what falls due, who was told what. */
@ApiTags('analyst')
@Roles('analyst')
@Controller('v1')
export class AnalystController {
  constructor(private readonly bus: QueryBus) {}

  @Table('partners', 'Partners with their standing, agreement and allowance', PartnerListing)
  async partners(
    @Query() query: PartnersQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { owner, standing, mode, sort, limit, cursor, after } = query;
    const { sort: by, descending = false } = sortOf(sort);
    const found = await this.bus.execute(
      new AskPartners(
        {
          limit,
          descending,
          ...placeAt(cursor),
          ...(by !== undefined && { sort: by as PartnerSort }),
          ...(owner !== undefined && { owner }),
          ...(standing !== undefined && { standing }),
          ...(mode !== undefined && { mode }),
        },
        after,
      ),
    );
    return sendTable(request, reply, found, PARTNER_COLUMNS);
  }

  @Get('partners/:partnerId')
  @ApiOperation({ summary: 'A partner with its agreement, agents, clients and their keys' })
  @ApiOkResponse({ type: PartnerDetails })
  @ProblemResponses('PARTNER_NOT_FOUND', 'READ_MODEL_BEHIND')
  async partner(@Param('partnerId') partnerId: string, @Query() { after }: AnalystQuery): Promise<PartnerDetails> {
    const { asOfPosition, answer } = await this.bus.execute(new AskPartner(partnerId, after));
    if (answer === undefined) throw new Problem('PARTNER_NOT_FOUND');
    return { asOfPosition, ...answer };
  }

  @Get('owners/:ownerId')
  @ApiOperation({ summary: 'An owner with its terms, its allowance and its partners' })
  @ApiOkResponse({ type: OwnerDetails })
  @ProblemResponses('OWNER_NOT_FOUND', 'READ_MODEL_BEHIND')
  async owner(@Param('ownerId') ownerId: string, @Query() { after }: AnalystQuery): Promise<OwnerDetails> {
    const { asOfPosition, answer } = await this.bus.execute(new AskOwner(ownerId, after));
    if (answer === undefined) throw new Problem('OWNER_NOT_FOUND');
    return { asOfPosition, ...answer } as OwnerDetails;
  }

  @Table('funnels', 'What became of the leads that were opened', FunnelListing)
  async funnels(
    @Query() query: FunnelsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { groupBy, owner, partner, agent, purpose, from, to, sort, limit, cursor, after } = query;
    atMostOne(groupBy, ['day', 'week', 'month']);
    const question = { by: groupBy, filters: { owner, partner, agent, purpose, from, to }, ...sortOf(sort), ...placeAt(cursor), limit };
    const found = await this.bus.execute(new AskFunnels(question, after));
    return sendTable(request, reply, found, [...groupBy, ...FUNNEL_FIGURES, 'medianSecondsToCreate']);
  }

  @Table('refusals', 'What was refused, by reason, command, partner, agent and time', RefusalListing)
  async refusals(
    @Query() query: RefusalsQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { groupBy, owner, partner, command, code, agent, from, to, sort, limit, cursor, after } = query;
    atMostOne(groupBy, ['hour', 'day']);
    const filters = { owner, partner, command, code, agent, from: instant(from), to: instant(to) };
    const question = { by: groupBy, filters, ...sortOf(sort), ...placeAt(cursor), limit };
    const { asOfPosition, answer } = await this.bus.execute(new AskRefusals(question, after));
    const { gaps, ...page } = answer;
    return sendTable(request, reply, { asOfPosition, answer: page }, [...groupBy, ...REFUSAL_FIGURES], { gaps });
  }

  @Table('deadlines', 'What falls due next: follow-ups, confirmations, settlements', DeadlineListing)
  async deadlines(
    @Query() query: DeadlinesQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { owner, partner, kind, from, to, limit, cursor, after } = query;
    const bounds = { from: instant(from), to: instant(to) };
    const question = {
      limit,
      ...placeAt(cursor),
      ...(owner !== undefined && { owner }),
      ...(partner !== undefined && { partner }),
      ...(kind !== undefined && { kind }),
      ...(bounds.from !== undefined && { from: bounds.from }),
      ...(bounds.to !== undefined && { to: bounds.to }),
    };
    const found = await this.bus.execute(new AskDeadlines(question, after));
    return sendTable(request, reply, found, ['leadId', 'owner', 'partner', 'kind', 'setAt', 'agreed', 'dueAt']);
  }

  @Table('ledger', 'About how many persons each owner and each partner has been told, and what', LedgerListing)
  async ledger(
    @Query() query: LedgerQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { kind, owner, subject, sort, limit, cursor, after } = query;
    const question = { filters: { kind, owner, subject }, ...sortOf(sort), ...placeAt(cursor), limit };
    const found = await this.bus.execute(new AskLedger(question, after));
    return sendTable(request, reply, found, LEDGER_COLUMNS);
  }
}

const PARTNER_COLUMNS = [
  'partnerId',
  'name',
  'ownerId',
  'ownerName',
  'standing',
  'agreementOffered',
  'agreementSigned',
  'mode',
  'termsVersion',
  'balance',
  'admissions',
  'openLeadCount',
  'onProbation',
  'registeredAt',
];
const LEDGER_COLUMNS = ['kind', 'owner', 'subject', 'persons', 'yes', 'no', 'carried', 'yesShare', 'firstTold', 'lastTold'];

/** A lead lies in one day, one week and one month: two of them beside each other say nothing more. */
function atMostOne(groupBy: readonly string[], periods: readonly string[]): void {
  if (groupBy.filter((group) => periods.includes(group)).length > 1) {
    throw new Problem('MEMBERS_INVALID', { errors: [{ member: 'groupBy', rule: 'onePeriod' }] });
  }
}
