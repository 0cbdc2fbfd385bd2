import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { CONFIG, type Config } from './config.js';
import { CLOCK, ClockUntrusted, type ClockJump, SystemClock } from './event-sourcing/clock.js';
import { EVENT_STORE, type EventStore } from './event-sourcing/event-store.js';
import { FoldCache } from './event-sourcing/fold-cache.js';
import { CommandHandling } from './event-sourcing/handle-command.js';
import { IdempotencyIndex } from './event-sourcing/idempotency-index.js';
import { ReadModels } from './event-sourcing/read-models.js';
import { ReadModelsThread } from './event-sourcing/read-models.thread.js';
import { Upcasters } from './event-sourcing/upcasters.js';
import { ClockJumps, ObservedCommandHandling } from './event-sourcing.observed.js';
import { StartPatience } from './event-sourcing.patience.js';
import { openStore, type RunningEventStore } from './event-sourcing.store.js';
import { Subscriptions } from './event-sourcing.subscriptions.js';
import { GIVE_UP } from './observability/last-resort.js';
import { LOGGER } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { UPCASTERS } from './stored-events.reasons.js';

const READ_MODELS = 'read-models.db';

/** The clock goes on where the log left off (R7). */
async function startClock(config: Config, store: EventStore, jumps: ClockJumps, patience: StartPatience): Promise<SystemClock> {
  const onJump = (jump: ClockJump): void => jumps.report(jump);
  const clock = new SystemClock({ maxJump: config.clockMaxJump, maxGap: config.clockMaxGap, onJump });
  const last = await patience.for(async () => store.readAt(await store.end()));
  if (last !== undefined) clock.startAfter(Date.parse(last.recordedAt));
  return clock;
}

/**
 * The kernel for Nest: the log, the clock, command handling, read models and what follows the log. It is to be imported
 * before every other module: the first global module is the last to be shut down, so that others can still write while
 * they stop.
 */
@Global()
@Module({
  imports: [CqrsModule.forRoot(), DiscoveryModule],
  providers: [
    ClockJumps,
    Subscriptions,
    { provide: EVENT_STORE, inject: [CONFIG, GIVE_UP, LOGGER], useFactory: openStore },
    {
      provide: StartPatience,
      inject: [CONFIG, LOGGER],
      useFactory: (config: Config, logger: Logger) => new StartPatience(config, logger),
    },
    { provide: CLOCK, inject: [CONFIG, EVENT_STORE, ClockJumps, StartPatience], useFactory: startClock },
    { provide: Upcasters, useFactory: () => new Upcasters(UPCASTERS) },
    {
      provide: ReadModels,
      // After the store, which holds the directory's lock.
      inject: [CONFIG, LOGGER, EVENT_STORE],
      useFactory: ({ dataDir }: Config, logger: Logger) =>
        ReadModels.open(join(dataDir, READ_MODELS), (err) => logger.error({ err }, 'the read models are damaged and built anew')),
    },
    {
      provide: ReadModelsThread,
      inject: [CONFIG, ReadModels],
      useFactory: ({ dataDir }: Config) => ReadModelsThread.start(join(dataDir, READ_MODELS)),
    },
    {
      provide: FoldCache,
      inject: [CONFIG, LOGGER, EVENT_STORE],
      useFactory: ({ dataDir }: Config, logger: Logger) =>
        FoldCache.open(join(dataDir, 'folds.db'), (err) => logger.warn({ err }, 'a stored fold cannot be used')),
    },
    { provide: IdempotencyIndex, inject: [ReadModels], useFactory: (readModels: ReadModels) => new IdempotencyIndex(readModels) },
    {
      provide: CommandHandling,
      inject: [EVENT_STORE, CLOCK, FoldCache, Upcasters, IdempotencyIndex, Metrics],
      useFactory: (...[store, clock, folds, upcasters, index, metrics]: ConstructorParameters<typeof ObservedCommandHandling>) =>
        new ObservedCommandHandling(store, clock, folds, upcasters, index, metrics),
    },
  ],
  exports: [
    CqrsModule,
    ClockJumps,
    StartPatience,
    Subscriptions,
    EVENT_STORE,
    CLOCK,
    Upcasters,
    ReadModels,
    IdempotencyIndex,
    CommandHandling,
  ],
})
export class EventSourcingModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(EVENT_STORE) private readonly store: RunningEventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly subscriptions: Subscriptions,
    private readonly commands: CommandHandling,
    private readonly folds: FoldCache,
    private readonly readModels: ReadModels,
    private readonly readModelsThread: ReadModelsThread,
    private readonly index: IdempotencyIndex,
    private readonly jumps: ClockJumps,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.subscriptions.addProjection(this.index.projection);
    this.jumps.listen((jump) =>
      this.logger.warn({ kind: jump.kind, ms: Math.round(jump.by), err: new ClockUntrusted(jump) }, 'the clock has jumped'),
    );
    this.metrics.beforeScrape(() => {
      const { groupSize, appendLatency, commits } = this.store.stats();
      this.metrics.appendsObserved({ commits, groupSize, appendMs: appendLatency });
    });
  }

  /** After the last request: whatever is under way has its outcome before the log is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.subscriptions.stop();
    this.commands.flush();
    this.folds.close();
    await this.readModelsThread.stop();
    this.readModels.close();
    await this.store.close();
  }
}
