import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { restore } from '../backup/restore.js';
import { readDataDir, readLogSettings } from '../config.js';
import { SystemClock } from '../event-sourcing/clock.js';
import { EventStoreDbEventStore } from '../event-sourcing/eventstoredb.event-store.js';
import type { EventStoreDbSettings } from '../event-sourcing/eventstoredb.settings.js';
import { CommandHandling } from '../event-sourcing/handle-command.js';
import { Upcasters } from '../event-sourcing/upcasters.js';
import { gate, GATE_STREAM, type GateCommand } from '../modules/gate/gate.js';
import { UPCASTERS } from '../stored-events.reasons.js';
import { Failed, runCommand } from './command-line.js';

/** A log that was put back with the tools of EventStoreDB does not know it: what every balance rests on has to be said. */
async function tellOfRestore(settings: EventStoreDbSettings, backup: string): Promise<string> {
  const store = await EventStoreDbEventStore.open(settings);
  try {
    const through = await store.end();
    const last = await store.readAt(through);
    if (last === undefined) throw new Failed('the log in EventStoreDB is empty: put the backup there first');
    const clock = new SystemClock({ maxJump: Number.MAX_SAFE_INTEGER, maxGap: Number.MAX_SAFE_INTEGER });
    const cause = { correlationId: 'restore', causationId: 'command line', actor: 'operator:command-line' };
    const mark = { restore: randomUUID(), backup, backupTakenAt: last.recordedAt, through };
    await new CommandHandling(store, clock, undefined, { upcasters: new Upcasters(UPCASTERS) }).handle(
      gate,
      GATE_STREAM,
      cause,
      (_state, { now }): GateCommand => ({
        type: 'RestoreLog',
        data: { ...mark, at: new Date(now).toISOString() },
      }),
    );
    return last.recordedAt;
  } finally {
    await store.close();
  }
}

await runCommand({
  name: 'restore',
  usage: `usage: npm run restore -- FROM [--data DATA_DIR]
Puts a backup into DATA_DIR, which holds nothing yet but the folder keys from the backup of the keys. At the next start the gate
is halted and every owner's allowance is zero, because what was spent since the backup is not known: look, grant, reopen the gate.

A log in EventStoreDB (EVENTSTOREDB_URL) is put back with its own tools, while every replica is stopped. Then this command says so
in the log, with the same consequences; FROM is what the backup is called, and nothing is read from it.

  --data DATA_DIR   DATA_DIR of the environment, or ./data, unless given`,
  operands: ['FROM'],
  options: { data: { type: 'string' } },
  run: async ({ data }, [from]) => {
    const settings = readLogSettings();
    if (settings !== undefined) {
      const until = await tellOfRestore(settings, from as string);
      console.log(`the log in EventStoreDB, as of ${until}, counts as restored: answers are halted until the gate is reopened`);
      return 0;
    }
    const { takenAt, through } = await restore(resolve(from as string), readDataDir(data), (file) => console.error(`copying ${file}`));
    console.log(`${readDataDir(data)}: ${through + 1} events, as of ${takenAt}`);
    return 0;
  },
});
