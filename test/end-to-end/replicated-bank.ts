import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JWK } from 'jose';
import { BEFORE_FIRST } from '../../src/event-sourcing/event-store.js';
import { EventStoreDbEventStore } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { FakeEventStoreDb } from '../event-sourcing/fake-eventstoredb.js';
import { newKey, publicJwk } from '../http/test-app.js';
import { type BankDirectory, type BankProcess, startBank } from './bank-process.js';

/** Seconds of the duty's lease. */
export const LEASE = 2;

/** Who works for the bank, by the client's name. */
const STAFF = {
  ana: 'analyst',
  messages: 'bank-messages',
  feed: 'bank-feed',
  identity: 'bank-identity',
  watcher: 'bank-surveillance',
  operator: 'operator',
} as const;

/** Two data directories with the same keys, on one log. */
export class ReplicatedBank {
  private readonly running = new Set<BankProcess>();

  private constructor(
    readonly directories: readonly [BankDirectory, BankDirectory],
    private readonly folder: string,
    readonly url: string,
    private readonly store: EventStoreDbEventStore,
    private readonly fake: FakeEventStoreDb | undefined,
  ) {}

  /** @param server of an empty EventStoreDB; a stand-in in this process unless given */
  static async make(server: string | undefined): Promise<ReplicatedBank> {
    const fake = server === undefined ? await FakeEventStoreDb.start() : undefined;
    const url = server ?? (fake as FakeEventStoreDb).url;
    const store = await EventStoreDbEventStore.open(readConnectionString(url));
    if ((await store.end()) !== BEFORE_FIRST) throw new Error('the server has to be an empty one');
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-replicas-'));
    const keys = new Map<string, JWK>();
    const directories = [
      { dataDir: join(folder, 'a'), keys },
      { dataDir: join(folder, 'b'), keys },
    ] as const;
    const [a, b] = directories;
    spawnSync(process.execPath, [resolve('dist/cli/keys.js'), a.dataDir]);
    mkdirSync(b.dataDir);
    cpSync(join(a.dataDir, 'keys'), join(b.dataDir, 'keys'), { recursive: true });
    const bank = new ReplicatedBank(directories, folder, url, store, fake);
    for (const [id, role] of Object.entries(STAFF)) await bank.register(id, role);
    return bank;
  }

  /** The one on the first directory, or the one on the second. */
  async start(which: 0 | 1, env: Record<string, string> = {}): Promise<BankProcess> {
    const bank = await startBank(this.directories[which], { EVENTSTOREDB_URL: this.url, DUTY_LEASE: `PT${LEASE}S`, ...env });
    this.running.add(bank);
    return bank;
  }

  async log(): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let after = BEFORE_FIRST; ;) {
      const page = await this.store.readAll({ after });
      events.push(...page.events);
      if (page.atEnd) return events;
      after = page.through;
    }
  }

  async stop(): Promise<void> {
    for (const bank of this.running) await bank.kill();
    await this.store.close();
    this.fake?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As an operator does. Not a moment longer than needed may this process be busy: the stand-in is in it. */
  private async register(id: string, role: string): Promise<void> {
    const [{ dataDir, keys }] = this.directories;
    const jwk = await newKey();
    const file = join(this.folder, `${id}.jwks.json`);
    writeFileSync(file, JSON.stringify({ keys: [publicJwk(jwk)] }));
    const args = ['dist/cli/register-client.js', '--data', dataDir, '--id', id, '--role', role, '--jwks', file];
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], EVENTSTOREDB_URL: this.url },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = await new Promise((ended) => child.once('exit', ended));
    if (code !== 0) throw new Error(`the client ${id} could not be registered`);
    keys.set(id, jwk);
  }
}

/** Does the duty of the processes lie with this one, as it says itself? */
export function isOnDuty(bank: BankProcess): boolean {
  const said = bank.output();
  return said.lastIndexOf('the duty is held here') > said.lastIndexOf('the duty is no longer held here');
}
