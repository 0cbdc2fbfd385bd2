import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openForReading } from '../../src/event-sourcing/embedded.log.js';
import type { Bench } from '../group.js';
import { play } from '../load.js';
import { copyOf, startGate } from './gate.js';
import { type HistoryRow, historyIn } from './copied-history.js';
import { CLIENTS, type Stage } from './stage.js';

/** Enough that every client has some. */
const LEADS = 3 * CLIENTS;
const LOOK_AGAIN_MS = 100;
const END_WITHIN_MS = 120_000;

let made: Promise<readonly HistoryRow[]> | undefined;

/**
 * Fifty owners with a thousand leads and more, each admitted, opened, answered, withdrawn and resolved, as the service wrote them. Nothing
 * in it is owed to anybody any more, so copies of it cause nothing: no applicant is a customer, who would be told, and none is created,
 * which settles after days.
 */
export function settledHistory(bench: Bench, stage: Stage): Promise<readonly HistoryRow[]> {
  return (made ??= playHistory(bench, stage));
}

async function playHistory(bench: Bench, stage: Stage): Promise<readonly HistoryRow[]> {
  bench.say('playing the history that is copied');
  const dataDir = copyOf(stage.unopened, join(bench.directory, 'history'));
  const file = join(dataDir, 'log.db');
  const gate = await startGate({ dataDir, port: stage.port });
  const leads = stage.leads.slice(0, LEADS).filter(({ isCustomer }) => !isCustomer);
  try {
    for (const step of ['open', 'check', 'withdraw'] as const)
      await play(gate.port, await stage.requests('history', step, leads), 64, 'explain');
    await resolved(file, leads.length);
  } finally {
    await gate.stop();
  }
  return historyIn(file, ['owner-bench-', 'lead-']);
}

async function resolved(file: string, leads: number): Promise<void> {
  const db = openForReading(file);
  const count = db.prepare<[], number>("SELECT count(*) FROM event WHERE type = 'LeadResolved'").pluck();
  try {
    for (const until = Date.now() + END_WITHIN_MS; (count.get() as number) < leads;) {
      if (Date.now() > until) throw new Error('leads that were withdrawn are not resolved');
      await sleep(LOOK_AGAIN_MS);
    }
  } finally {
    db.close();
  }
}
