import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CLOCK, type Clock, SystemClock } from '../../event-sourcing/clock.js';
import { ClockJumps } from '../../event-sourcing.observed.js';
import { Subscriptions } from '../../event-sourcing.subscriptions.js';
import { AnswersMayLeave } from './answers-may-leave.guard.js';
import { Metrics } from '../../observability/metrics.js';
import { GateController } from './gate.controller.js';
import { HaltGateHandler, ReopenGateHandler, TrustClockHandler } from './gate.handlers.js';
import { GateReader } from './gate.reader.js';
import { ServiceLife } from './service-life.js';

@Global()
@Module({
  controllers: [GateController],
  providers: [GateReader, AnswersMayLeave, ServiceLife, HaltGateHandler, ReopenGateHandler, TrustClockHandler],
  exports: [GateReader, AnswersMayLeave, ServiceLife],
})
export class GateModule implements OnModuleInit {
  constructor(
    private readonly subscriptions: Subscriptions,
    private readonly life: ServiceLife,
    private readonly jumps: ClockJumps,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.metrics.beforeScrape(() => this.metrics.clockTrusted(!(this.clock instanceof SystemClock) || this.clock.distrusted === undefined));
    this.jumps.listen(({ kind, by }) => {
      this.metrics.clockJumped(kind);
      // A jump ahead closes the service and is on record with the word that opens it again.
      if (kind === 'back') void this.life.reportClockBehind(by);
    });
    this.subscriptions.outagesFrom(() => this.life.outages);
    this.subscriptions.beforeStart(() => this.life.begin());
    this.subscriptions.beforeStop(() => this.life.end());
  }
}
