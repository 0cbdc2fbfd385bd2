import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, type HealthIndicatorFunction } from '@nestjs/terminus';
import { Problem } from '../http/problem.js';
import { Public, Roles } from '../modules/access/roles.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

/** For orchestrators and monitoring; nothing here is about anybody. */
@ApiExcludeController()
@Controller()
export class ObservabilityController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: Readiness,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Public()
  live(): object {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public()
  async ready(): Promise<object> {
    const details = this.readiness.details();
    const late = [...details].filter(([, { ready }]) => !ready).map(([name]) => name);
    if (late.length > 0) {
      throw new Problem('NOT_READY', { retryAfter: 1, errors: late.map((member) => ({ member, rule: 'ready' })) });
    }
    const indicators = [...details].map(([name, { detail }]): HealthIndicatorFunction => () => ({
      [name]: { status: 'up', ...(detail !== undefined && { detail }) },
    }));
    return this.health.check(indicators);
  }

  /** Counters move when the bank confirms, so whoever could read them could see what no partner may (I6). */
  @Get('metrics')
  @Roles('operator')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async scrape(): Promise<string> {
    return this.metrics.scrape();
  }
}
