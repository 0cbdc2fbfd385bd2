import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIG, ConfigError, SANDBOX_MARK, type Config } from '../config.js';
import { writeDurably } from '../durable-file.js';
import { type AllPage, BEFORE_FIRST, EVENT_STORE, type EventStore } from '../event-sourcing/event-store.js';
import { StartPatience } from '../event-sourcing.patience.js';
import { Subscriptions } from '../event-sourcing.subscriptions.js';
import { COMMON_KEYS_STREAM } from '../modules/persons/common-keys.js';
import { RegistryModule } from '../modules/registry/registry.module.js';
import { LOGGER } from '../observability/logger.js';
import { Readiness } from '../observability/readiness.js';
import { banner } from './banner.js';
import { Furnishing } from './furnishing.js';
import { importDisplay } from './import-display.js';
import { OutboxController } from './outbox.controller.js';
import { SandboxImport } from './sandbox-import.js';

const MARK =
  'A sandbox filled this directory: its clients’ keys lie beside its log, its customers are made up.\n' +
  'A production start refuses the directory because of this file.\n';

const LOOK_AGAIN_MS = 100;

/**
 * Fills an empty data directory on the first start, before the service says that it is ready. To be imported in a sandbox
 * only, and after the gate's module, whose signs of life come first.
 */
@Module({ imports: [RegistryModule], controllers: [OutboxController], providers: [Furnishing, SandboxImport] })
export class SandboxModule implements OnModuleInit, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private filling: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly subscriptions: Subscriptions,
    private readonly readiness: Readiness,
    private readonly furnishing: Furnishing,
    private readonly register: SandboxImport,
    private readonly patience: StartPatience,
  ) {}

  /** @throws ConfigError for a log that no sandbox made: made-up customers must not get among real ones */
  async onModuleInit(): Promise<void> {
    const mark = join(this.config.dataDir, SANDBOX_MARK);
    if (!existsSync(mark)) {
      if (!(await this.isFresh()))
        throw new ConfigError(['DATA_DIR holds a log that no sandbox made: set SANDBOX=false, or use another directory']);
      writeDurably(mark, MARK);
    }
    this.subscriptions.beforeStart(() => (this.filling = this.fill()));
  }

  /** A log that is shared begins with the names of its keys, which are there before anybody else. */
  private async isFresh(): Promise<boolean> {
    for (let page: AllPage = { events: [], through: BEFORE_FIRST, atEnd: false }; !page.atEnd;) {
      page = await this.store.readAll({ after: page.through });
      if (page.events.some(({ stream }) => stream !== COMMON_KEYS_STREAM)) return false;
    }
    return true;
  }

  /** The log can still be written; nothing is begun any more. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.filling.catch(() => undefined);
  }

  private async fill(): Promise<void> {
    if (await this.register.isFinished()) await this.furnishing.refreshKeyFiles();
    else await this.fillForTheFirstTime();
    void this.announce();
  }

  private async fillForTheFirstTime(): Promise<void> {
    await this.patiently(() => this.furnishing.furnish());
    const display = importDisplay(this.config.sandboxCustomers, this.logger);
    try {
      await this.takeIn((line) => display.show(line));
    } finally {
      display.end();
    }
  }

  /** It goes on where it stopped; as long as it gets any further, the log is waited for anew. */
  private async takeIn(show: (line: number) => void): Promise<void> {
    const { sandboxCustomers } = this.config;
    let reached = 0;
    const onProgress = ({ line }: { readonly line: number }): void => {
      reached = Math.max(reached, line);
      show(line);
    };
    for (;;) {
      const before = reached;
      try {
        return await this.patiently(() => this.register.run(sandboxCustomers, onProgress, this.stopping.signal));
      } catch (error) {
        if (reached === before) throw error;
      }
    }
  }

  /** A stop waits for no log. */
  private patiently(step: () => Promise<void>): Promise<void> {
    return this.patience.for(async () => (this.stopping.signal.aborted ? undefined : step()));
  }

  private async announce(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (this.readiness.ready) {
        console.error(banner(this.config));
        return;
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
