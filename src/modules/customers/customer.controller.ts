import { Body, Controller, HttpCode, HttpStatus, Post, UseFilters, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Cause, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { CurrentClient, Roles, type AuthenticatedClient } from '../access/roles.js';
import type { CustomerSubmitted } from '../leads/lead.events.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { partnerOf } from '../owners/partner-of.js';
import { RefusalFilter } from '../refusals/refusal.filter.js';
import { CreateCustomer } from './customer.commands.js';
import { CreateCustomerRequest, CreatedCustomer } from './customer.requests.js';

@ApiTags('partner')
@Roles('partner')
@UseGuards(PartnerStandingGuard)
@UseFilters(RefusalFilter)
@Controller('v1/customers')
export class CustomerController {
  constructor(private readonly bus: CommandBus) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'The follow-up of a lead: the applicant is asked to prove their identity to the bank' })
  @ApiAcceptedResponse({ type: CreatedCustomer })
  @ProblemResponses(
    'IDENTIFIER_INVALID',
    'LEAD_NOT_FOUND',
    'PERSON_MISMATCH',
    'LEAD_LAPSED',
    'LEAD_WITHDRAWN',
    'LEAD_ENDED',
    'LEAD_CREATED',
    'SIGNATURE_REQUIRED',
    'SIGNATURE_INVALID',
  )
  @Replay((events) => createdCustomer(submission(events)), PartnerStandingGuard)
  async create(
    @Body() body: CreateCustomerRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<CreatedCustomer> {
    const { leadId, person, contact, address } = body;
    const data = { ...partnerOf(client), leadId, person, contact, ...(address === undefined ? {} : { address }) };
    return createdCustomer(await this.bus.execute<CreateCustomer, CustomerSubmitted['data']>(new CreateCustomer(data, cause)));
  }
}

/** The response to a create, from `CustomerSubmitted` alone. */
function createdCustomer({ customerId, leadId, confirmBy }: CustomerSubmitted['data']): CreatedCustomer {
  return { customerId, leadId, status: 'pending', confirmBy };
}

function submission(events: readonly RecordedEvent[]): CustomerSubmitted['data'] {
  const event = events.find(({ type }) => type === 'CustomerSubmitted');
  if (event === undefined) throw new Error('a replayed create without CustomerSubmitted');
  return event.data as CustomerSubmitted['data'];
}
