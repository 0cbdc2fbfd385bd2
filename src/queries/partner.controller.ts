import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../modules/access/roles.js';
import { AnswersMayLeave } from '../modules/gate/answers-may-leave.guard.js';
import { PartnerStandingGuard } from '../modules/owners/partner-standing.guard.js';
import { partnerOf } from '../modules/owners/partner-of.js';
import type { OwnerView } from '../projections/partner-directory.queries.js';
import { cursorOf, placeAt } from './cursor.js';
import { AskOwnAllowance, AskOwnCustomer, AskOwnCustomers, AskOwnLead, AskOwnLeads, AskOwnUsage } from './partner.queries.js';
import {
  AllowanceResponse,
  CustomerListing,
  CustomerResponse,
  CustomersQuery,
  LeadListing,
  LeadResponse,
  LeadsQuery,
  UsageQuery,
  UsageResponse,
} from './partner.requests.js';
import { NoQuery } from './query-members.js';

/**
 * What a partner sees of itself, its own writes included. No position, no lag and no total stands here: they would tell of
 * others. What is another's is answered exactly as what does not exist (R30).
 */
@ApiTags('partner')
@Roles('partner')
@UseGuards(PartnerStandingGuard)
@ProblemResponses('READ_MODEL_BEHIND')
@Controller('v1')
export class PartnerController {
  constructor(private readonly bus: QueryBus) {}

  @Get('leads')
  @UseGuards(AnswersMayLeave)
  @ApiOperation({ summary: 'Own leads, the latest opened first' })
  @ApiOkResponse({ type: LeadListing })
  @ProblemResponses('GATE_HALTED', 'READ_MODEL_BEHIND')
  async leads(@Query() { status, limit, cursor }: LeadsQuery, @CurrentClient() client: AuthenticatedClient): Promise<LeadListing> {
    const { partner } = partnerOf(client);
    const { rows, next } = await this.bus.execute(
      new AskOwnLeads({ partner, limit, ...placeAt(cursor), ...(status !== undefined && { status }) }),
    );
    return { items: rows, next: cursorOf(next) };
  }

  @Get('leads/:leadId')
  @UseGuards(AnswersMayLeave)
  @ApiOperation({ summary: 'A lead of its own' })
  @ApiOkResponse({ type: LeadResponse })
  @ProblemResponses('LEAD_NOT_FOUND', 'GATE_HALTED', 'READ_MODEL_BEHIND')
  async lead(@Param('leadId') leadId: string, @Query() _: NoQuery, @CurrentClient() client: AuthenticatedClient): Promise<LeadResponse> {
    const found = await this.bus.execute(new AskOwnLead(partnerOf(client).partner, leadId));
    if (found === undefined) throw new Problem('LEAD_NOT_FOUND');
    return found;
  }

  @Get('customers')
  @ApiOperation({ summary: 'Own customers, the latest created first' })
  @ApiOkResponse({ type: CustomerListing })
  async customers(
    @Query() { status, limit, cursor }: CustomersQuery,
    @CurrentClient() client: AuthenticatedClient,
  ): Promise<CustomerListing> {
    const { partner } = partnerOf(client);
    const question = { partner, limit, ...placeAt(cursor), ...(status !== undefined && { status }) };
    const { rows, next } = await this.bus.execute(new AskOwnCustomers(question));
    return { items: rows, next: cursorOf(next) };
  }

  @Get('customers/:customerId')
  @ApiOperation({ summary: 'A customer of its own' })
  @ApiOkResponse({ type: CustomerResponse })
  @ProblemResponses('CUSTOMER_NOT_FOUND', 'READ_MODEL_BEHIND')
  async customer(
    @Param('customerId') customerId: string,
    @Query() _: NoQuery,
    @CurrentClient() client: AuthenticatedClient,
  ): Promise<CustomerResponse> {
    const found = await this.bus.execute(new AskOwnCustomer(partnerOf(client).partner, customerId));
    if (found === undefined) throw new Problem('CUSTOMER_NOT_FOUND');
    return found;
  }

  @Get('allowance')
  @ApiOperation({ summary: 'How many leads the owner may still open, and on what terms' })
  @ApiOkResponse({ type: AllowanceResponse })
  @ProblemResponses('OWNER_NOT_FOUND', 'READ_MODEL_BEHIND')
  async allowance(@Query() _: NoQuery, @CurrentClient() client: AuthenticatedClient): Promise<AllowanceResponse> {
    const found = await this.bus.execute(new AskOwnAllowance(partnerOf(client).owner));
    if (found === undefined) throw new Problem('OWNER_NOT_FOUND');
    return allowanceOf(found);
  }

  @Get('usage')
  @ApiOperation({ summary: 'Leads opened, checks answered and customers created, by month' })
  @ApiOkResponse({ type: UsageResponse })
  async usage(@Query() { from, to }: UsageQuery, @CurrentClient() client: AuthenticatedClient): Promise<UsageResponse> {
    return { months: await this.bus.execute(new AskOwnUsage(partnerOf(client).partner, from, to)) };
  }
}

function allowanceOf({ allowance, terms, termsVersion }: OwnerView): AllowanceResponse {
  const { balance, paceLeft, openLeads } = allowance;
  if (terms === null) return { balance, paceLeft, openLeads, terms: null };
  const { mode, purposes, perConversion, ceiling, pace, followUpWithin, confirmWithin, coolDown, settleAfter, answerReadableFor } = terms;
  const figures = { mode, purposes, perConversion, ceiling, pace };
  const { requires, agentLimits } = terms;
  const extras = { ...(requires && { requires }), ...(agentLimits && { agentLimits }) };
  const durations = { followUpWithin, confirmWithin, coolDown, settleAfter, answerReadableFor };
  return { balance, paceLeft, openLeads, terms: { version: termsVersion, ...figures, ...durations, ...extras } };
}
