import { Controller, Get, Inject, Param } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import type { Cause, Recorded } from '../event-sourcing/message.js';
import { CurrentCause } from '../http/cause.js';
import { Problem } from '../http/problem.js';
import { ProblemResponses } from '../http/problem-responses.js';
import { type AuthenticatedClient, CurrentClient, Roles } from '../modules/access/roles.js';
import { RecordEvidenceRead } from '../modules/audit/evidence.commands.js';
import { type LeadEvent, type LeadOpened, type LeadWithdrawn, WITHDRAWAL_REASONS } from '../modules/leads/lead.events.js';
import { KEY_VAULT, type KeyVault } from '../modules/persons/key-vault.js';
import { Keyring } from '../modules/persons/keyring.js';
import { personSubject } from '../modules/persons/person-subject.js';
import { eventsOfStream } from './evidence-lines.js';

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
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
    private readonly keyring: Keyring,
    private readonly bus: CommandBus,
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
    const stream = this.keyring.readLeadId(leadId)?.stream;
    if (stream === undefined) throw new Problem('LEAD_NOT_FOUND');
    const until = await this.store.end();
    const { opened, withdrawn } = await this.find(stream, leadId, until);
    if (opened === undefined || withdrawn === undefined) throw new Problem('LEAD_NOT_FOUND');
    const { partner: partnerId, reason, sealed, at: withdrawnAt } = withdrawn.data;
    const what = { of: 'note', stream, revision: withdrawn.revision } as const;
    await this.bus.execute(new RecordEvidenceRead({ by: client.clientId, what, until }, cause));
    const note = sealed === undefined ? undefined : await this.vault.open(personSubject(opened.data.personKey), sealed);
    return { leadId, partnerId, reason, note: (note as { note: string } | undefined)?.note ?? null, withdrawnAt };
  }

  private async find(
    stream: string,
    leadId: string,
    until: number,
  ): Promise<{ opened?: Recorded<LeadOpened>; withdrawn?: Recorded<LeadWithdrawn> }> {
    const found: { opened?: Recorded<LeadOpened>; withdrawn?: Recorded<LeadWithdrawn> } = {};
    for await (const each of eventsOfStream(this.store, { stream, from: 0, until, limit: Infinity })) {
      const event = each as unknown as Recorded<LeadEvent>;
      if (event.data.leadId !== leadId) continue;
      if (event.type === 'LeadOpened') found.opened = event;
      if (event.type === 'LeadWithdrawn') found.withdrawn = event;
    }
    return found;
  }
}
