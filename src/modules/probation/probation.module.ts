import { Module, type OnModuleInit } from '@nestjs/common';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { DrawProbationUnitsHandler, ReturnProbationUnitsHandler } from './probation.handlers.js';
import { probationUnits } from './probation.process.js';

@Module({ providers: [DrawProbationUnitsHandler, ReturnProbationUnitsHandler] })
export class ProbationModule implements OnModuleInit {
  constructor(private readonly subscriptions: Subscriptions) {}

  onModuleInit(): void {
    this.subscriptions.addProcess(probationUnits);
  }
}
