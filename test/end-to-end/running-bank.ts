import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { ApiClient } from '../../src/cli/oauth-client.js';
import { KEY_FILES, readConfig } from '../../src/config.js';
import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { createApp, startApp } from '../../src/http/server.js';
import { RegisterClient, RegisterClientKeys } from '../../src/modules/access/client.commands.js';
import { makeIssuerKey } from '../../src/modules/access/issuer-key.js';
import type { Role } from '../../src/modules/access/role.js';
import { clientKey } from '../../src/modules/access/signing-key.js';
import { makeKeyring } from '../../src/modules/persons/keyring-file.js';
import { makeVaultKey } from '../../src/modules/persons/vault-key-file.js';
import { makeLogger } from '../../src/observability/logger.js';
import { newKey, publicJwk } from '../http/test-app.js';

/** The whole service in this process, on a directory of its own, without a sandbox's inventions. */
export interface RunningBank {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly dataDir: string;
  readonly store: EventStore;
  /** What was logged, a line each. */
  readonly lines: string[];
  /** A client of its own for each role. */
  readonly analyst: ApiClient;
  readonly feed: ApiClient;
  readonly identity: ApiClient;
  readonly messages: ApiClient;
  readonly auditor: ApiClient;
  readonly operator: ApiClient;
  /** Registers an owner with one partner whose agreement is signed, and gives the partner's client. */
  partner(options?: PartnerOptions): Promise<ApiClient>;
  client(clientId: string, role: Role, of?: { partnerId: string; ownerId: string }): Promise<ApiClient>;
  /** Resolves when every process has done what it owes and every read model has it. */
  settled(): Promise<void>;
  /** The whole log. */
  log(): Promise<readonly RecordedEvent[]>;
  stop(): Promise<void>;
}

export interface PartnerOptions {
  readonly ownerId?: string;
  readonly partnerId?: string;
  readonly figures?: object;
  readonly terms?: object;
  readonly newOwner?: boolean;
}

/** Long enough for a test's commands, short enough to see an end. */
export const SHORT_TERMS = {
  // Little, because all owners of whom nothing is known share one pool.
  initial: 8,
  followUpWithin: 'PT30S',
  confirmWithin: 'PT30S',
  coolDown: 'PT1M',
  settleAfter: 'PT0.2S',
  answerReadableFor: 'PT1M',
} as const;

/** An empty EventStoreDB that the log is to be in: its connection string. For one bank alone. */
const server = process.env['BANK_EVENTSTOREDB_URL'];

const CAUSE = { correlationId: 'test', causationId: 'test', actor: 'test' };

export async function runningBank(
  env: Record<string, string> = {},
  dataDir = mkdtempSync(join(tmpdir(), 'vestibule-bank-')),
): Promise<RunningBank> {
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    PUBLIC_URL: 'http://vestibule.test',
    SANDBOX: 'false',
    SETTLEMENT_EVERY: 'PT0.5S',
    REQUESTS_PER_SECOND: '100000',
    ...(server !== undefined && { EVENTSTOREDB_URL: server }),
    ...env,
  });
  await makeIssuerKey(dataDir);
  if (server !== undefined) {
    makeKeyring(join(dataDir, KEY_FILES.keyring));
    makeVaultKey(dataDir);
  }
  const lines: string[] = [];
  const logger = makeLogger('info', { write: (line: string) => void lines.push(line) });
  const app = await createApp(AppModule.with(config, logger), config, logger);
  const url = await startApp(app, config);
  const bus = app.get(CommandBus);
  const store = app.get<EventStore>(EVENT_STORE);

  const client: RunningBank['client'] = async (clientId, role, of) => {
    const privateJwk = await newKey();
    await bus.execute(new RegisterClient({ clientId, role, ...of }, CAUSE));
    await bus.execute(new RegisterClientKeys({ clientId, keys: [await clientKey(publicJwk(privateJwk))] }, CAUSE));
    return new ApiClient({
      tokenEndpoint: `${url}/oauth/token`,
      issuer: config.issuer,
      clientId,
      privateJwk,
      resource: config.audience,
      baseUrl: url,
      publicUrl: config.publicUrl,
    });
  };
  const suffix = Math.random().toString(36).slice(2, 8);
  const staff = (role: Role): Promise<ApiClient> => client(`${role}-${suffix}`, role);
  const analyst = await staff('analyst');
  let partners = 0;

  const partner = async (options: PartnerOptions = {}): Promise<ApiClient> => {
    partners += 1;
    const ownerId = options.ownerId ?? `owner-${suffix}-${partners}`;
    const partnerId = options.partnerId ?? `partner-${suffix}-${partners}`;
    if (options.newOwner !== false) {
      const terms = { ...SHORT_TERMS, ...options.terms };
      await analyst.post('/v1/owners', { ownerId, name: 'An owner', terms, ...(options.figures && { figures: options.figures }) });
    }
    await analyst.post('/v1/partners', { partnerId, ownerId, name: 'A partner' });
    await analyst.post(`/v1/partners/${partnerId}/agents`, { agent: 'agent-1' });
    await analyst.post(`/v1/partners/${partnerId}/agreements`, { version: '1', documentSha256: 'a'.repeat(64) });
    const api = await client(`client-${partnerId}`, 'partner', { partnerId, ownerId });
    await api.post('/v1/agreement/signature', { version: '1' });
    return api;
  };

  return {
    app,
    url,
    dataDir,
    store,
    lines,
    analyst,
    feed: await staff('bank-feed'),
    identity: await staff('bank-identity'),
    messages: await staff('bank-messages'),
    auditor: await staff('auditor'),
    operator: await staff('operator'),
    partner,
    client,
    settled: () => app.get(Subscriptions).settled(),
    log: async () => {
      const events: RecordedEvent[] = [];
      for (let after = -1; ;) {
        const page = await store.readAll({ after });
        events.push(...page.events);
        if (page.atEnd) return events;
        after = page.through;
      }
    },
    stop: async () => {
      await app.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface TestPerson {
  readonly country: string;
  readonly scheme: string;
  readonly value: string;
  readonly familyName: string;
  readonly birthDate: string;
}

/** A line of the bank's feed. */
export function registerLine(person: TestPerson, customerNumber: string): string {
  const { country, scheme, value, familyName, birthDate } = person;
  const row = {
    customerNumber,
    identifiers: [{ country, scheme, value }],
    familyNames: [familyName],
    birthDate,
    contact: { email: 'on.file@example.org' },
  };
  return `${JSON.stringify(row)}\n`;
}

export async function feedRegister(bank: RunningBank, rows: readonly string[], importId = 'feed-1'): Promise<void> {
  const response = await bank.feed.request(`/v1/registry/imports?importId=${importId}&onError=stop`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: rows.join(''),
  });
  await response.text();
}
