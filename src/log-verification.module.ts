import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import { CONFIG, type Config } from './config.js';
import { EmbeddedEventStore } from './event-sourcing/embedded.event-store.js';
import type { KnownEvents } from './event-sourcing/embedded.verification.js';
import { EVENT_STORE, type EventStore } from './event-sourcing/event-store.js';
import { LogVerification, type Verified } from './event-sourcing/log-verification.js';
import { Upcasters } from './event-sourcing/upcasters.js';
import { GIVE_UP, type GiveUp } from './observability/last-resort.js';
import { LOGGER } from './observability/logger.js';
import { STORED_EVENT_TYPES } from './stored-events.js';

const STOP_VERIFYING = Symbol('stop verifying the log');
type Stop = () => Promise<void>;

/** Beside the log: how far it was found to be whole. */
const FILE = 'verified.json';

function load(file: string): Verified | undefined {
  try {
    const { position, id } = JSON.parse(readFileSync(file, 'utf8')) as Verified;
    return Number.isSafeInteger(position) ? { position, id } : undefined;
  } catch {
    // Missing, or torn by a power loss: the newest rows are looked through.
    return undefined;
  }
}

async function save(file: string, verified: Verified): Promise<void> {
  await writeFile(`${file}.next`, JSON.stringify(verified), { mode: 0o600 });
  await rename(`${file}.next`, file);
}

/** A log in EventStoreDB is verified by its server. @throws LogDamaged */
async function verify(store: EventStore, { dataDir }: Config, giveUp: GiveUp, logger: Logger, upcasters: Upcasters): Promise<Stop> {
  if (!(store instanceof EmbeddedEventStore)) return () => Promise.resolve();
  const file = join(dataDir, FILE);
  const types = upcasters.storedTypes(STORED_EVENT_TYPES);
  const known: KnownEvents = Object.fromEntries(types.map((type) => [type, upcasters.newestOf(type)]));
  const verification = new LogVerification(store, known, {
    load: () => load(file),
    save: (verified) => save(file, verified),
    onDamage: (damage) => giveUp('the log is damaged', damage),
    onWhole: (rows) => logger.info({ rows }, 'the older part of the log is whole'),
  });
  try {
    await verification.start();
    return () => verification.stop();
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Nothing is served, and no timer runs, on a log that a start finds damaged (R21). */
@Module({
  providers: [{ provide: STOP_VERIFYING, inject: [EVENT_STORE, CONFIG, GIVE_UP, LOGGER, Upcasters], useFactory: verify }],
})
export class LogVerificationModule implements OnApplicationShutdown {
  constructor(@Inject(STOP_VERIFYING) private readonly stopVerifying: Stop) {}

  async onApplicationShutdown(): Promise<void> {
    await this.stopVerifying();
  }
}
