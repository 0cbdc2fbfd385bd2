import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { ChargesInterceptor } from '../owners/charges.interceptor.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { acknowledgement } from './acknowledgement.process.js';
import { CheckMembershipHandler } from './check-membership.handler.js';
import { finishAdmission } from './finish-admission.process.js';
import { lapse } from './lapse.process.js';
import { LeadController } from './lead.controller.js';
import {
  AcknowledgeDisclosureHandler,
  CreditAcknowledgementHandler,
  FinishAdmissionHandler,
  LapseLeadHandler,
  ResolveLeadHandler,
  WithdrawLeadHandler,
} from './lead.handlers.js';
import { LeadLookup } from './lead-lookup.js';
import { OpenedLeads } from './opened-leads.js';
import { OpenLeadHandler } from './open-lead.handler.js';
import { ReadableAnswers } from './readable-answers.guard.js';
import { resolve } from './resolve.process.js';

@Module({
  controllers: [LeadController],
  providers: [
    LeadLookup,
    OpenedLeads,
    ReadableAnswers,
    PartnerStandingGuard,
    ChargesInterceptor,
    OpenLeadHandler,
    CheckMembershipHandler,
    WithdrawLeadHandler,
    FinishAdmissionHandler,
    LapseLeadHandler,
    ResolveLeadHandler,
    AcknowledgeDisclosureHandler,
    CreditAcknowledgementHandler,
  ],
  exports: [LeadLookup, OpenedLeads],
})
export class LeadsModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(finishAdmission);
    this.subscriptions.addProcess(lapse);
    this.subscriptions.addProcess(resolve);
    this.subscriptions.addProcess(acknowledgement);
  }
}
