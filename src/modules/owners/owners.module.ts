import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { CurrentOwner } from './current-owner.js';
import { AgreementController } from './agreement.controller.js';
import { MoveController } from './move.controller.js';
import { FinishMergerHandler, FinishMoveHandler, MergeOwnersHandler, TransferPartnerHandler } from './move.handlers.js';
import { finishMerger, finishMove } from './move.process.js';
import { OwnerController } from './owner.controller.js';
import {
  AdoptPolicyHandler,
  ApplyPolicyHandler,
  ChangeOwnerHandler,
  ChangeTermsHandler,
  RegisterOwnerHandler,
  RegisterPartnerHandler,
} from './owner.handlers.js';
import { OwnKeysController } from './own-keys.controller.js';
import { PartnerStandingGuard } from './partner-standing.guard.js';
import { PolicyFanOut } from './policy.fan-out.js';
import { policyFanOut } from './policy.process.js';
import { reestimateMonthly } from './reestimate.process.js';
import { forfeitAfterRestore } from './restore.process.js';

@Module({
  controllers: [OwnerController, MoveController, AgreementController, OwnKeysController],
  providers: [
    RegisterOwnerHandler,
    RegisterPartnerHandler,
    ChangeOwnerHandler,
    ChangeTermsHandler,
    AdoptPolicyHandler,
    ApplyPolicyHandler,
    PolicyFanOut,
    CurrentOwner,
    PartnerStandingGuard,
    TransferPartnerHandler,
    FinishMoveHandler,
    MergeOwnersHandler,
    FinishMergerHandler,
  ],
})
export class OwnersModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(policyFanOut);
    this.subscriptions.addProcess(forfeitAfterRestore);
    this.subscriptions.addProcess(reestimateMonthly);
    this.subscriptions.addProcess(finishMove);
    this.subscriptions.addProcess(finishMerger);
  }
}
