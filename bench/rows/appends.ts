import { randomUUID } from 'node:crypto';
import { eventId } from '../../src/event-sourcing/event-id.js';
import { join } from 'node:path';
import type { Bench, Group, OpenGroup, Row } from '../group.js';
import { packageVersion } from '../package-version.js';
import { turned } from '../rounds.js';
import { castore } from '../stores/castore.store.js';
import { embedded } from '../stores/embedded.store.js';
import { emmett } from '../stores/emmett.store.js';
import { messageDb } from '../stores/message-db.store.js';
import { type PostgresServer, startPostgres } from '../stores/postgres-server.js';
import { postgres } from '../stores/postgres.store.js';
import type { BenchEvent, Store } from '../stores/store.js';

const STREAMS = 64;
const WARM_UP_S = 0.5;

const row = (peer: string, atLeast: number): Row => ({
  name: `append-vs-${peer}`,
  what: `appends/s to ${STREAMS} streams at once, each synced ÷ the peer's`,
  goal: { atLeast },
});

const PEERS = {
  postgres: { open: postgres, packages: ['pg'] },
  castore: { open: castore, packages: ['@castore/event-storage-adapter-postgres'] },
  emmett: { open: emmett, packages: ['@event-driven-io/emmett-postgresql'] },
  messagedb: { open: messageDb, packages: ['@eventide/message-db'] },
} as const;

/** The log alone against what else keeps events. One client process for all, its load the same: an event to each of 64 streams. */
export const appends: Group = {
  name: 'appends',
  rows: [row('postgres', 3.3), row('castore', 5.5), row('emmett', 13), row('messagedb', 14)],
  async open(bench: Bench): Promise<OpenGroup> {
    const server = await startPostgres(bench.directory);
    bench.uses('PostgreSQL', server.version);
    const stores = await storesOn(server, bench).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return {
      async round(round) {
        const rates = new Map<string, number>();
        for (const store of turned(stores, round)) {
          bench.say(`round ${round + 1}: ${store.name}`);
          await appendsPerSecond(store, WARM_UP_S);
          rates.set(store.name, await appendsPerSecond(store, bench.amounts.appendSeconds));
        }
        const ours = rates.get('embedded') as number;
        const others = [...rates].filter(([name]) => name !== 'embedded');
        return {
          ratios: Object.fromEntries(others.map(([name, rate]) => [`append-vs-${name}`, ours / rate])),
          figures: Object.fromEntries([...rates].map(([name, rate]) => [`${name}: appends/s`, rate])),
        };
      },
      async close() {
        for (const store of stores) await store.close();
        await server.stop();
      },
    };
  },
};

async function storesOn(server: PostgresServer, bench: Bench): Promise<Store[]> {
  const stores = [await embedded(join(bench.directory, 'append-log'))];
  for (const [name, { open, packages }] of Object.entries(PEERS)) {
    if (!bench.wanted.has(`append-vs-${name}`)) continue;
    for (const each of packages) bench.uses(each, packageVersion(each));
    stores.push(await open(server, STREAMS));
  }
  return stores;
}

/** One append under way in each of 64 new streams. */
export async function appendsPerSecond(store: Store, seconds: number): Promise<number> {
  const started = performance.now();
  const until = started + seconds * 1000;
  let appended = 0;
  const lane = async (): Promise<void> => {
    const stream = `lead-${randomUUID().replaceAll('-', '').slice(0, 24)}`;
    for (let revision = 0; performance.now() < until; revision++) {
      await store.append(stream, revision, answered());
      appended += 1;
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, lane));
  return (appended * 1000) / (performance.now() - started);
}

/** As long as the answer of a check in the log. */
function answered(): BenchEvent {
  const id = eventId(Date.now());
  const at = new Date().toISOString();
  return {
    id,
    type: 'MembershipAnswered',
    data: { leadId: id, owner: 'bench-owner-1', partner: 'bench-partner-1', answer: 'no', at, termsVersion: 1 },
    metadata: { correlationId: id, causationId: id, actor: 'bench-partner-1', idempotencyKeyHash: id, payloadHash: id },
  };
}
