import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { LeadsModule } from '../leads/leads.module.js';
import { PartnerStandingGuard } from '../owners/partner-standing.guard.js';
import { BankController } from './bank.controller.js';
import { claimNumber } from './claim.process.js';
import { CreateCustomerHandler } from './create-customer.handler.js';
import { CustomerController } from './customer.controller.js';
import {
  ClaimCustomerNumberHandler,
  ConfirmIdentityHandler,
  DeclineLeadHandler,
  RevokeConversionHandler,
  SettleLeadHandler,
  TakeBackCreditHandler,
  TurnDownCustomerHandler,
} from './customer.handlers.js';
import { decline } from './decline.process.js';
import { settle } from './settle.process.js';
import { takeBack } from './take-back.process.js';

@Module({
  imports: [LeadsModule],
  controllers: [CustomerController, BankController],
  providers: [
    PartnerStandingGuard,
    CreateCustomerHandler,
    ConfirmIdentityHandler,
    TurnDownCustomerHandler,
    RevokeConversionHandler,
    DeclineLeadHandler,
    SettleLeadHandler,
    ClaimCustomerNumberHandler,
    TakeBackCreditHandler,
  ],
})
export class CustomersModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(decline);
    this.subscriptions.addProcess(settle);
    this.subscriptions.addProcess(claimNumber);
    this.subscriptions.addProcess(takeBack);
  }
}
