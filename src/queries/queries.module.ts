import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock } from '../event-sourcing/clock.js';
import type { Fact } from '../event-sourcing/message.js';
import type { Projection } from '../event-sourcing/projection.js';
import { ReadModels } from '../event-sourcing/read-models.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import { Metrics } from '../observability/metrics.js';
import { AuditModule } from '../modules/audit/audit.module.js';
import { LANES, laneOf } from '../modules/messages/lanes.js';
import { PartnerStandingGuard } from '../modules/owners/partner-standing.guard.js';
import { canaries } from '../projections/canaries.js';
import { customersOfPartner } from '../projections/customers-of-partner.js';
import { deadlines } from '../projections/deadlines.js';
import { disclosureLedger } from '../projections/disclosure-ledger.js';
import { identifications } from '../projections/identifications.js';
import { leadFunnels } from '../projections/lead-funnels.js';
import { leadsOfPartner } from '../projections/leads-of-partner.js';
import { partnerDirectory } from '../projections/partner-directory.js';
import { ownersByAllowance } from '../projections/partner-directory.queries.js';
import { refusals } from '../projections/refusals.js';
import { oldestWaiting, outbox } from '../projections/outbox.js';
import { usage } from '../projections/usage.js';
import { AnalystController } from './analyst.controller.js';
import { ANALYST_HANDLERS } from './analyst.queries.js';
import { AuditorController } from './auditor.controller.js';
import { AskIdentificationsHandler, BankIdentityController } from './bank-identity.controller.js';
import { AskLatestMessagesHandler, AskMessagesHandler, BankMessagesController } from './bank-messages.controller.js';
import { AskCanariesHandler, CanariesController } from './canaries.controller.js';
import { CompromiseController } from './compromise.controller.js';
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
  canaries,
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
    CanariesController,
    CompromiseController,
    NoteController,
    WithdrawalController,
  ],
  providers: [
    ReadSide,
    NoteReader,
    PartnerStandingGuard,
    ...PARTNER_HANDLERS,
    ...ANALYST_HANDLERS,
    AskCanariesHandler,
    AskIdentificationsHandler,
    AskMessagesHandler,
    AskLatestMessagesHandler,
  ],
})
export class QueriesModule implements OnModuleInit {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly readModels: ReadModels,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    for (const projection of PROJECTIONS) this.subscriptions.addProjection(projection);
    this.metrics.beforeScrape(() => {
      if (this.readModels.has(partnerDirectory.tables)) this.metrics.ownersByAllowance(ownersByAllowance(this.readModels.db));
      if (this.readModels.has(outbox.tables)) this.reportOldestMessages();
    });
  }

  /** Nothing while the clock is not trusted: figures are wanted then more than ever. */
  private now(): number | undefined {
    try {
      return this.clock.now();
    } catch {
      return undefined;
    }
  }

  private reportOldestMessages(): void {
    const now = this.now();
    if (now === undefined) return;
    const oldest = oldestWaiting(this.readModels.db);
    for (const lane of LANES) {
      const ages = oldest.filter(({ kind }) => laneOf(kind) === lane).map(({ at }) => now - Date.parse(at));
      this.metrics.oldestMessageWaits(lane, Math.max(0, ...ages) / 1000);
    }
  }
}
