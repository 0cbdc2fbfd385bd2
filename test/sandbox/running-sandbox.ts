import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { ApiClient } from '../../src/cli/oauth-client.js';
import { readConfig } from '../../src/config.js';
import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { createApp, startApp } from '../../src/http/server.js';
import { makeLogger } from '../../src/observability/logger.js';
import { readClientKeyFile } from '../../src/sandbox/client-key-file.js';

export interface RunningSandbox {
  readonly url: string;
  /** The API for one of the sandbox's clients, with the key that lies in the data directory. */
  as(clientId: string): ApiClient;
  /** What is in the log beside the service's signs of life. */
  log(): Promise<readonly RecordedEvent[]>;
  stop(): Promise<void>;
}

export const CUSTOMERS = 700;

const running = new Set<() => Promise<void>>();

/** Also after a test that failed half way: what runs on keeps the test runner from ending. */
export async function stopAll(): Promise<void> {
  for (const stop of running) await stop();
}

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'vestibule-sandbox-'));

/** The whole service in this process, as it starts with nothing configured but where it lies. */
export async function startSandbox(dataDir: string, env: Record<string, string> = {}): Promise<RunningSandbox> {
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    PUBLIC_URL: 'http://sandbox.test',
    SANDBOX_CUSTOMERS: String(CUSTOMERS),
    ...env,
  });
  const logger = makeLogger('silent');
  const app: NestFastifyApplication = await createApp(AppModule.with(config, logger), config, logger);
  const stop = async (): Promise<void> => {
    if (running.delete(stop)) await app.close();
  };
  running.add(stop);
  try {
    const url = await startApp(app, config);
    await app.get(Subscriptions).settled();
    const store = app.get<EventStore>(EVENT_STORE);
    return {
      url,
      as: (clientId) => {
        const { issuer, audience, privateJwk } = readClientKeyFile(dataDir, clientId);
        return new ApiClient({ baseUrl: url, tokenEndpoint: `${url}/oauth/token`, issuer, clientId, privateJwk, resource: audience });
      },
      log: async () => (await everything(store)).filter(({ stream }) => stream !== 'gate'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function everything(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after = -1; ;) {
    const page = await store.readAll({ after });
    events.push(...page.events);
    if (page.atEnd) return events;
    after = page.through;
  }
}
