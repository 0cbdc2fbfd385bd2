import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../../event-sourcing/decider.js';
import type { Handled } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Metrics } from '../../observability/metrics.js';
import { Roles } from '../access/roles.js';
import { DenyLead } from '../consent/consent.commands.js';
import { AcknowledgeDisclosure } from '../leads/lead.commands.js';
import type { LeadEvent } from '../leads/lead.events.js';
import { ConfirmIdentity, RevokeConversion, TurnDownCustomer } from './customer.commands.js';
import { AcknowledgedDisclosure, ConfirmationRequest, CustomerOutcome, DeniedDisclosure, RevocationRequest } from './customer.requests.js';

/** What the bank's own systems say of applicants and customers. Nothing of it shows to a partner before a settlement. */
@ApiTags('bank systems')
@Controller('v1')
export class BankController {
  constructor(
    private readonly bus: CommandBus,
    private readonly metrics: Metrics,
  ) {}

  @Post('customers/:customerId/confirmation')
  @Roles('bank-identity')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'The applicant has proved their identity, or the bank turned them down' })
  @ApiOkResponse({ type: CustomerOutcome })
  @ProblemResponses('CUSTOMER_NOT_FOUND', 'CONFIRMATION_INVALID', 'CONFIRMATION_TOO_LATE')
  async confirm(
    @Param('customerId') customerId: string,
    @Body() { outcome, customerNumber, actedAt: told }: ConfirmationRequest,
    @CurrentCause() cause: Cause,
  ): Promise<CustomerOutcome> {
    const actedAt = new Date(told).toISOString();
    if ((outcome === 'proved') !== (customerNumber !== undefined)) {
      throw new DomainError('CONFIRMATION_INVALID', 'a customer number comes with a proved identity, and only then');
    }
    const { events } = await this.bus.execute<ConfirmIdentity | TurnDownCustomer, Handled<LeadEvent>>(
      customerNumber === undefined
        ? new TurnDownCustomer({ customerId, actedAt }, cause)
        : new ConfirmIdentity({ customerId, customerNumber, actedAt }, cause),
    );
    if (events.some((event) => event.type === 'LeadConverted' && event.data.toldLate)) this.metrics.confirmationLate();
    return { customerId, outcome };
  }

  @Post('customers/:customerId/revocation')
  @Roles('bank-identity')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'A confirmation turned out to be wrong: what it earned is taken back' })
  @ApiOkResponse({ type: CustomerOutcome })
  @ProblemResponses('CUSTOMER_NOT_FOUND', 'CONFIRMATION_INVALID')
  async revoke(
    @Param('customerId') customerId: string,
    @Body() { reason, note }: RevocationRequest,
    @CurrentCause() cause: Cause,
  ): Promise<CustomerOutcome> {
    await this.bus.execute(new RevokeConversion({ customerId, reason, note }, cause));
    return { customerId, outcome: 'revoked' };
  }

  @Post('disclosures/:disclosureId/acknowledgement')
  @Roles('bank-messages')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'The customer says that they know of the partner who asked; a disclosure has the id of its lead' })
  @ApiOkResponse({ type: AcknowledgedDisclosure })
  @ProblemResponses('LEAD_NOT_FOUND', 'NOT_ACKNOWLEDGEABLE')
  async acknowledge(@Param('disclosureId') disclosureId: string, @CurrentCause() cause: Cause): Promise<AcknowledgedDisclosure> {
    await this.bus.execute(new AcknowledgeDisclosure({ leadId: disclosureId }, cause));
    return { disclosureId, status: 'acknowledged' };
  }

  @Post('disclosures/:disclosureId/denial')
  @Roles('bank-messages')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Somebody says that they never spoke to the partner who asked; a disclosure has the id of its lead' })
  @ApiOkResponse({ type: DeniedDisclosure })
  @ProblemResponses('LEAD_NOT_FOUND')
  async deny(@Param('disclosureId') disclosureId: string, @CurrentCause() cause: Cause): Promise<DeniedDisclosure> {
    await this.bus.execute(new DenyLead({ leadId: disclosureId, through: 'bank' }, cause));
    return { disclosureId, status: 'denied' };
  }
}
