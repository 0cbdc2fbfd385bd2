import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { openForReading } from '../../src/event-sourcing/embedded.log.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { runSubscription } from '../../src/event-sourcing/run-subscription.js';
import { leadFunnels } from '../../src/projections/lead-funnels.js';
import { lengthenLog } from '../gate/copied-history.js';
import { settledHistory } from '../gate/settled-history.js';
import { stageOf } from '../gate/stage.js';
import type { Bench, Group, OpenGroup } from '../group.js';
import { turned } from '../rounds.js';

/**
 * How fast a read model is built anew, against what nobody can do without: reading every row and parsing it. `rebuild` is what it costs
 * on one thread: the processor's time of all threads that take part, against that of the scan. `rebuild-two-threads` is what one
 * waits for, where one thread of the service reads while another one parses and applies: it needs two cores that are free.
 */
export const rebuild: Group = {
  name: 'rebuild',
  rows: [
    { name: 'rebuild', what: 'reading and parsing all rows ÷ rebuilding the funnels from them, processor time', goal: { atLeast: 0.9 } },
    { name: 'rebuild-two-threads', what: 'the same, time that one waits for', goal: { atLeast: 1.6 } },
  ],
  async open(bench: Bench): Promise<OpenGroup> {
    const rows = await settledHistory(bench, await stageOf(bench));
    const directory = join(bench.directory, 'rebuild');
    await (await EmbeddedEventStore.open(directory)).close();
    const { rebuildEvents } = bench.amounts;
    lengthenLog(join(directory, 'log.db'), rows, rebuildEvents, (events) => bench.say(`writing the log: ${events} of ${rebuildEvents}`));
    return {
      async round(round) {
        const took: Partial<Record<'scan' | 'rebuild', Took>> = {};
        for (const subject of turned(['scan', 'rebuild'] as const, round)) {
          bench.say(`round ${round + 1}: ${subject}`);
          took[subject] = await timed(() => (subject === 'scan' ? scanAndParse(directory) : rebuildFunnels(directory)));
        }
        const { scan, rebuild: rebuilt } = took as Record<'scan' | 'rebuild', Took>;
        return {
          ratios: { rebuild: scan.processor / rebuilt.processor, 'rebuild-two-threads': scan.waited / rebuilt.waited },
          figures: {
            'scan: events/s': rebuildEvents / scan.waited,
            'scan: µs of processor an event': (scan.processor * 1e6) / rebuildEvents,
            'rebuild: events/s': rebuildEvents / rebuilt.waited,
            'rebuild: µs of processor an event': (rebuilt.processor * 1e6) / rebuildEvents,
          },
        };
      },
      close: async () => undefined,
    };
  },
};

/** Seconds. */
interface Took {
  readonly waited: number;
  readonly processor: number;
}

async function timed(work: () => unknown): Promise<Took> {
  const from = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { waited: (performance.now() - from) / 1000, processor: (user + system) / 1e6 };
}

/** On one thread, with the fastest way that the binding has. @returns characters, so that nothing is left out */
export function scanAndParse(directory: string): number {
  const db = openForReading(join(directory, 'log.db'));
  const rows = db.prepare('SELECT position, stream, revision, id, type, schema_version, recorded_at, cause, data FROM event').raw();
  let parsed = 0;
  for (const row of rows.iterate() as Iterable<unknown[]>) {
    const cause = JSON.parse(row[7] as string) as { actor: string };
    const data = JSON.parse(row[8] as string) as object;
    if (cause.actor !== '' && data !== null) parsed += 1;
  }
  db.close();
  return parsed;
}

/** As the service does it, at a start with the read model's tables gone. */
async function rebuildFunnels(directory: string): Promise<void> {
  const store = await EmbeddedEventStore.open(directory);
  const file = join(directory, 'funnels.db');
  const readModels = ReadModels.open(file);
  const subscription = runSubscription(leadFunnels, store, readModels);
  while (!(await subscription.whenCaughtUp(600_000))) await sleep(100);
  await subscription.stop();
  readModels.close();
  await store.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
