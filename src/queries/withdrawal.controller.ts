import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, Recorded, RecordedEvent } from '../event-sourcing/message.js';
import { CurrentCause } from '../http/cause.js';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../modules/access/roles.js';
import { type LeadWithdrawn, WITHDRAWAL_REASONS } from '../modules/leads/lead.events.js';
import { Keyring } from '../modules/persons/keyring.js';
import { eventsOfStream } from './evidence-lines.js';
import { NoteReader } from './note-reader.js';

class Withdrawal {
  @ApiProperty({ format: 'uuid' }) leadId!: string;
  @ApiProperty({ example: 'harbour-loans' }) partnerId!: string;
  @ApiProperty({ enum: WITHDRAWAL_REASONS }) reason!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: "in the partner's own words; null where there are none, and after an erasure of the person",
  })
  note!: string | null;
  @ApiProperty({ format: 'date-time' }) withdrawnAt!: string;
}

/** In clear, for whoever has to judge it: what the log keeps sealed, since people type names. Each reading is on record before. */
@ApiTags('analyst')
@Roles('analyst')
@Controller('v1/withdrawals')
export class WithdrawalController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly keyring: Keyring,
    private readonly notes: NoteReader,
  ) {}

  @Get(':leadId')
  @ApiOperation({ summary: 'Why a partner withdrew a lead, with what it added in its own words' })
  @ApiOkResponse({ type: Withdrawal })
  @ProblemResponses('LEAD_NOT_FOUND', 'OUTCOME_UNKNOWN', 'CLOCK_UNTRUSTED')
  async withdrawal(
    @Param('leadId') leadId: string,
    @CurrentClient() client: AuthenticatedClient,
    @CurrentCause() cause: Cause,
  ): Promise<Withdrawal> {
    const withdrawn = await this.find(leadId);
    if (withdrawn === undefined) throw new Problem('LEAD_NOT_FOUND');
    const { partner: partnerId, reason, at: withdrawnAt } = withdrawn.data;
    return { leadId, partnerId, reason, note: await this.notes.read(withdrawn, client, cause), withdrawnAt };
  }

  private async find(leadId: string): Promise<(RecordedEvent & Recorded<LeadWithdrawn>) | undefined> {
    const stream = this.keyring.readLeadId(leadId)?.stream;
    if (stream === undefined) return undefined;
    const until = await this.store.end();
    for await (const event of eventsOfStream(this.store, { stream, from: 0, until, limit: Infinity })) {
      if (event.type !== 'LeadWithdrawn') continue;
      const withdrawn = event as RecordedEvent & Recorded<LeadWithdrawn>;
      if (withdrawn.data.leadId === leadId) return withdrawn;
    }
    return undefined;
  }
}
