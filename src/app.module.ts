import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import { ConfigModule } from './config.module.js';
import { EventSourcingModule } from './event-sourcing.module.js';
import { HttpModule } from './http/http.module.js';
import { LogVerificationModule } from './log-verification.module.js';
import { MembershipModule } from './membership.module.js';
import { AccessModule } from './modules/access/access.module.js';
import { ApplicantsModule } from './modules/applicants/applicants.module.js';
import { CanariesModule } from './modules/canaries/canaries.module.js';
import { ConsentModule } from './modules/consent/consent.module.js';
import { CustomersModule } from './modules/customers/customers.module.js';
import { GateModule } from './modules/gate/gate.module.js';
import { LeadsModule } from './modules/leads/leads.module.js';
import { MessagesModule } from './modules/messages/messages.module.js';
import { OwnersModule } from './modules/owners/owners.module.js';
import { PersonsModule } from './modules/persons/persons.module.js';
import { ProbationModule } from './modules/probation/probation.module.js';
import { RefusalsModule } from './modules/refusals/refusals.module.js';
import { RegistryModule } from './modules/registry/registry.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { QueriesModule } from './queries/queries.module.js';
import { ReplicasModule } from './replicas.module.js';
import { SandboxModule } from './sandbox/sandbox.module.js';

/** The table of contents. */
@Module({})
export class AppModule {
  static with(config: Config, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // First, so that it is the last to stop.
        EventSourcingModule,
        ConfigModule.with(config),
        ObservabilityModule.with(logger),
        LogVerificationModule,
        ReplicasModule,
        HttpModule,
        AccessModule,
        PersonsModule,
        RegistryModule,
        CanariesModule,
        MembershipModule,
        GateModule,
        RefusalsModule,
        OwnersModule,
        ProbationModule,
        LeadsModule,
        ConsentModule,
        CustomersModule,
        MessagesModule,
        ApplicantsModule,
        QueriesModule,
        ...(config.sandbox ? [SandboxModule] : []),
      ],
    };
  }
}
