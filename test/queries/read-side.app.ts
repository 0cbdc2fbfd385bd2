import { Global, Module } from '@nestjs/common';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { EVENT_STORE, type EventStore } from '../../src/event-sourcing/event-store.js';
import { MembershipModule } from '../../src/membership.module.js';
import type { ClientIdentity } from '../../src/modules/access/client.js';
import { GateReader } from '../../src/modules/gate/gate.reader.js';
import { PersonsModule } from '../../src/modules/persons/persons.module.js';
import { QueriesModule } from '../../src/queries/queries.module.js';
import { startTestApp, type TestApp, type TestClient } from '../http/test-app.js';
import { Bank } from '../projections/bank.js';

export const SHOPS: ClientIdentity = { clientId: 'shops', role: 'partner', partnerId: 'acme-shops', ownerId: 'acme' };
export const ZENITH: ClientIdentity = { clientId: 'zenith', role: 'partner', partnerId: 'zenith-credit', ownerId: 'zenith' };
export const ANALYST: ClientIdentity = { clientId: 'ana', role: 'analyst' };
export const AUDITOR: ClientIdentity = { clientId: 'otto', role: 'auditor' };
export const IDENTITY: ClientIdentity = { clientId: 'identity', role: 'bank-identity' };

/** The gate's stream, without the service's own life, which would write. */
@Global()
@Module({
  providers: [
    {
      provide: GateReader,
      inject: [CommandHandling],
      useFactory: (commands: CommandHandling) => new GateReader(commands, { begun: Promise.resolve(), restoring: false }),
    },
  ],
  exports: [GateReader],
})
class GateOfBank {}

/** The read side alone over a log that the test writes: no command handler stands between the test and the events. */
export class ReadSideApp {
  readonly bank = new Bank().register('acme', ['acme-shops', 'acme-online']).register('zenith', ['zenith-credit']);
  private written = 0;

  private constructor(private readonly running: TestApp) {}

  static async start(): Promise<ReadSideApp> {
    return new ReadSideApp(await startTestApp({}, undefined, [PersonsModule, GateOfBank, MembershipModule, QueriesModule]));
  }

  get url(): string {
    return this.running.url;
  }

  get store(): EventStore {
    return this.get<EventStore>(EVENT_STORE);
  }

  get<T>(token: symbol | (new (...args: never[]) => T)): T {
    return this.running.app.get<T>(token, { strict: false });
  }

  client(identity: ClientIdentity): Promise<TestClient> {
    return this.running.client(identity);
  }

  /** Writes what has happened at the bank since the last time. @returns position of the log's end */
  async write(): Promise<number> {
    const events: readonly RecordedEvent[] = this.bank.events.slice(this.written);
    this.written += events.length;
    for (const { stream, revision, position: _, ...event } of events) await this.store.append(stream, revision - 1, [event]);
    return this.store.end();
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}
