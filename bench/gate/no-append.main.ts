// The service as it is, but its log lies in memory and an append is done at once: what remains is everything that a check
// costs besides being durable. It starts from the log of its data directory, and nothing that it writes outlives it. The
// provider is exchanged here, so that the service has no switch for it.
import 'reflect-metadata';
import type { Provider } from '@nestjs/common';
import { AppModule } from '../../src/app.module.js';
import { readConfig, type Config } from '../../src/config.js';
import { EmbeddedEventStore, type EmbeddedEventStoreStats } from '../../src/event-sourcing/embedded.event-store.js';
import { type Appended, EVENT_STORE, NO_STREAM } from '../../src/event-sourcing/event-store.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { EventSourcingModule } from '../../src/event-sourcing.module.js';
import { createApp, startApp, stopOnSignal } from '../../src/http/server.js';
import { makeLogger } from '../../src/observability/logger.js';

const NOTHING = { count: 0, mean: 0, p50: 0, p99: 0, max: 0 };

/** Keeps what it is given without a copy, which is as little as a log can do. */
class ImmediateEventStore extends MemoryEventStore {
  private readonly ends = new Map<string, string>();

  constructor() {
    super({ copies: 'shared' });
  }

  override async append(...[stream, expected, events]: Parameters<MemoryEventStore['append']>): Promise<Appended> {
    const appended = await super.append(stream, expected, events);
    this.ends.set(stream, `${appended.revision} ${events.at(-1)?.id}`);
    return appended;
  }

  /** As the log on the disk knows it. */
  endsWith(stream: string, revision: number, id: string): boolean {
    return this.ends.get(stream) === `${revision} ${id}`;
  }

  stats(): EmbeddedEventStoreStats {
    return { commits: 0, appends: 0, events: 0, waiting: 0, groupSize: NOTHING, appendLatency: NOTHING, connections: [] };
  }
}

async function inMemory({ dataDir }: Config): Promise<ImmediateEventStore> {
  const disk = await EmbeddedEventStore.open(dataDir);
  const memory = new ImmediateEventStore();
  const revisions = new Map<string, number>();
  for (let after = -1; ;) {
    const { events, through, atEnd } = await disk.readAll({ after });
    for (const { stream, revision, position: _, ...event } of events) {
      await memory.append(stream, revisions.get(stream) ?? NO_STREAM, [event]);
      revisions.set(stream, revision);
    }
    if (atEnd) break;
    after = through;
  }
  await disk.close();
  return memory;
}

const providers = Reflect.getMetadata('providers', EventSourcingModule) as Provider[];
const at = providers.findIndex((provider) => 'provide' in provider && provider.provide === EVENT_STORE);
if (at === -1) throw new Error('the event store is provided elsewhere now');
const { inject = [] } = providers[at] as { inject?: unknown[] };
providers[at] = {
  provide: EVENT_STORE,
  inject: inject as never[],
  useFactory: (...given: unknown[]) => inMemory(given.find((each) => (each as Config).dataDir !== undefined) as Config),
};

const config = readConfig();
const logger = makeLogger(config.logLevel);
const app = await createApp(AppModule.with(config, logger), config, logger);
stopOnSignal(app, logger);
await startApp(app, config);
