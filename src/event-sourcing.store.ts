import type { Logger } from 'pino';
import { assertNoHalfRestore } from './backup/restore-mark.js';
import type { Config } from './config.js';
import { DataDirectoryLock } from './event-sourcing/data-directory-lock.js';
import { EmbeddedEventStore } from './event-sourcing/embedded.event-store.js';
import { EventStoreDbEventStore } from './event-sourcing/eventstoredb.event-store.js';
import type { EventStore } from './event-sourcing/event-store.js';
import type { EventStoreDbSettings } from './event-sourcing/eventstoredb.settings.js';
import type { StoreStats } from './event-sourcing/store-stats.js';
import type { GiveUp } from './observability/last-resort.js';

/** The log as the process that runs on it sees it. */
export interface RunningEventStore extends EventStore {
  /** Resolves when the store has failed for good; the process should then end and be started again. */
  readonly failed: Promise<Error>;
  stats(): StoreStats;
}

/**
 * The log that the configuration names. While it is open, the data directory is this process's alone: read models, folds and
 * keys lie there wherever the log is.
 * @throws DataDirectoryInUse
 */
export async function openStore(config: Config, giveUp: GiveUp, logger: Logger): Promise<RunningEventStore> {
  const { dataDir, eventStoreDb } = config;
  assertNoHalfRestore(dataDir);
  const store = eventStoreDb ? await openEventStoreDb(dataDir, eventStoreDb, logger) : await EmbeddedEventStore.open(dataDir);
  void store.failed.then((error) => giveUp('the event store has failed', error));
  return store;
}

async function openEventStoreDb(dataDir: string, settings: EventStoreDbSettings, logger: Logger): Promise<EventStoreDbEventStore> {
  const lock = DataDirectoryLock.acquire(dataDir);
  try {
    return await EventStoreDbEventStore.open(settings, {
      onIncident: ({ what, reason, error: err }) => logger.warn({ reason, err }, what),
      onClosed: () => lock.release(),
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
