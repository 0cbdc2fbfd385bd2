import { Module, type OnModuleInit } from '@nestjs/common';
import type { Fact } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import { ReadModels } from '../event-sourcing/read-models.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import { Metrics } from '../observability/metrics.js';
import { AuditModule } from '../modules/audit/audit.module.js';
import { PartnerStandingGuard } from '../modules/owners/partner-standing.guard.js';
import { customersOfPartner } from '../projections/customers-of-partner.js';
import { deadlines } from '../projections/deadlines.js';
import { disclosureLedger } from '../projections/disclosure-ledger.js';
import { identifications } from '../projections/identifications.js';
import { leadFunnels } from '../projections/lead-funnels.js';
import { leadsOfPartner } from '../projections/leads-of-partner.js';
import { partnerDirectory } from '../projections/partner-directory.js';
import { ownersByAllowance } from '../projections/partner-directory.queries.js';
import { refusals } from '../projections/refusals.js';
import { outbox } from '../projections/outbox.js';
import { usage } from '../projections/usage.js';
import { AnalystController } from './analyst.controller.js';
import { ANALYST_HANDLERS } from './analyst.queries.js';
import { AuditorController } from './auditor.controller.js';
import { AskIdentificationsHandler, BankIdentityController } from './bank-identity.controller.js';
import { AskMessagesHandler, BankMessagesController } from './bank-messages.controller.js';
import { NoteController } from './note.controller.js';
import { NoteReader } from './note-reader.js';
import { PartnerController } from './partner.controller.js';
import { PARTNER_HANDLERS } from './partner.queries.js';
import { ReadSide } from './read-side.js';
import { WithdrawalController } from './withdrawal.controller.js';

/** Every read model in tables that a query asks. */
export const PROJECTIONS = [
  leadFunnels,
  refusals,
  partnerDirectory,
  leadsOfPartner,
  customersOfPartner,
  identifications,
  deadlines,
  usage,
  outbox,
  disclosureLedger,
] as unknown as readonly Projection<Fact>[];

/** The read side: what each audience may ask. */
@Module({
  imports: [AuditModule],
  controllers: [
    PartnerController,
    AnalystController,
    AuditorController,
    BankIdentityController,
    BankMessagesController,
    NoteController,
    WithdrawalController,
  ],
  providers: [
    ReadSide,
    NoteReader,
    PartnerStandingGuard,
    ...PARTNER_HANDLERS,
    ...ANALYST_HANDLERS,
    AskIdentificationsHandler,
    AskMessagesHandler,
  ],
})
export class QueriesModule implements OnModuleInit {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly readModels: ReadModels,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    for (const projection of PROJECTIONS) this.subscriptions.addProjection(projection);
    this.metrics.beforeScrape(() => {
      if (this.readModels.has(partnerDirectory.tables)) this.metrics.ownersByAllowance(ownersByAllowance(this.readModels.db));
    });
  }
}
