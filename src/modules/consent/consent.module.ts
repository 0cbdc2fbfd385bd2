import { Module } from '@nestjs/common';
import { LeadsModule } from '../leads/leads.module.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { ConsentController } from './consent.controller.js';
import { AnswerConsentHandler, AskConsentHandler, DenyLeadHandler } from './consent.handlers.js';

@Module({
  imports: [LeadsModule],
  controllers: [ConsentController],
  providers: [PartnerStandingGuard, AskConsentHandler, AnswerConsentHandler, DenyLeadHandler],
})
export class ConsentModule {}
