import { Body, Controller, HttpCode, HttpStatus, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Cause, RecordedEvent } from '../../event-sourcing/message.js';
import { CurrentCause } from '../../http/cause.js';
import { ProblemResponses } from '../../http/problem-responses.js';
import { Replay } from '../../http/replay.js';
import { CurrentClient, Roles, type AuthenticatedClient } from '../access/roles.js';
import type { ConsentAsked } from '../leads/lead.events.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { partnerOf } from '../owners/partner-of.js';
import { RefusalFilter } from '../refusals/refusal.filter.js';
import { AskConsent } from './consent.commands.js';
import { AskedConsent, ConsentRequest } from './consent.requests.js';

@ApiTags('partner')
@Roles('partner')
@UseGuards(PartnerStandingGuard)
@UseFilters(RefusalFilter)
@Controller('v1')
export class ConsentController {
  constructor(private readonly bus: CommandBus) {}

  @Post('leads/:leadId/consent')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Ask the applicant for their consent: a code and a link go to the contact that you name' })
  @ApiAcceptedResponse({ type: AskedConsent, description: 'the same wherever the contact leads' })
  @ProblemResponses(
    'LEAD_NOT_FOUND',
    'LEAD_LAPSED',
    'LEAD_WITHDRAWN',
    'LEAD_ENDED',
    'LEAD_CREATED',
    'CONTACT_INVALID',
    'CONSENT_NOT_NEEDED',
    'CONSENT_THROTTLED',
  )
  @Replay((events) => asked(dataOf(events)), PartnerStandingGuard)
  async ask(
    @Param('leadId') leadId: string,
    @Body() { contact }: ConsentRequest,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<AskedConsent> {
    return asked(
      await this.bus.execute<AskConsent, ConsentAsked['data']>(new AskConsent({ ...partnerOf(client), leadId, contact }, cause)),
    );
  }
}

function asked({ leadId, expiresAt }: ConsentAsked['data']): AskedConsent {
  return { leadId, status: 'asked', expiresAt };
}

function dataOf(events: readonly RecordedEvent[]): ConsentAsked['data'] {
  const event = events.find(({ type }) => type === 'ConsentAsked');
  if (event === undefined) throw new Error('a replayed request for consent without one');
  return event.data as ConsentAsked['data'];
}
