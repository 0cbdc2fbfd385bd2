import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Logger } from 'pino';
import { GIVE_UP, giveUp } from './last-resort.js';
import { LOGGER } from './logger.js';
import { Metrics } from './metrics.js';
import { ObservabilityController } from './observability.controller.js';
import { Readiness } from './readiness.js';

/** The log, health, readiness and metrics, for every module to feed. */
@Module({})
export class ObservabilityModule {
  static with(logger: Logger): DynamicModule {
    return {
      module: ObservabilityModule,
      global: true,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [ObservabilityController],
      providers: [{ provide: LOGGER, useValue: logger }, { provide: GIVE_UP, useValue: giveUp(logger) }, Metrics, Readiness],
      exports: [LOGGER, GIVE_UP, Metrics, Readiness],
    };
  }
}
