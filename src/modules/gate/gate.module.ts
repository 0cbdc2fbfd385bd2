import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { ClockJumps } from '../../event-sourcing.observed.js';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { GateController } from './gate.controller.js';
import { HaltGateHandler, ReopenGateHandler, TrustClockHandler } from './gate.handlers.js';
import { GateReader } from './gate.reader.js';
import { ServiceLife } from './service-life.js';

@Global()
@Module({
  controllers: [GateController],
  providers: [GateReader, ServiceLife, HaltGateHandler, ReopenGateHandler, TrustClockHandler],
  exports: [GateReader, ServiceLife],
})
export class GateModule implements OnModuleInit {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly life: ServiceLife,
    private readonly jumps: ClockJumps,
  ) {}

  onModuleInit(): void {
    this.jumps.listen(({ kind, by }) => {
      // A jump ahead closes the service and is on record with the word that opens it again.
      if (kind === 'back') void this.life.reportClockBehind(by);
    });
    this.subscriptions.outagesFrom(() => this.life.outages);
    this.subscriptions.beforeStart(() => this.life.begin());
    this.subscriptions.beforeStop(() => this.life.end());
  }
}
