import { join } from 'node:path';
import type { Bench } from '../group.js';
import { play } from '../load.js';
import { copyOf, startGate } from './gate.js';
import { type HistoryRow, historyIn } from './copied-history.js';
import { CLIENTS, type Stage } from './stage.js';

/** As many as have every client in them twice. */
const LEADS = 2 * CLIENTS;

let made: Promise<readonly HistoryRow[]> | undefined;

/**
 * Fifty owners with a thousand leads, each opened, checked and ended, as the service wrote them: admitted, opened, answered, ended as
 * existing or withdrawn, resolved. No settlements: they wait for days.
 */
export function settledHistory(bench: Bench, stage: Stage): Promise<readonly HistoryRow[]> {
  return (made ??= playHistory(bench, stage));
}

async function playHistory(bench: Bench, stage: Stage): Promise<readonly HistoryRow[]> {
  bench.say('playing the history that is copied');
  const dataDir = copyOf(stage.unopened, join(bench.directory, 'history'));
  const gate = await startGate({ dataDir, port: stage.port });
  const leads = stage.leads.slice(0, LEADS);
  const steps = [
    ['open', leads],
    ['check', leads],
    ['withdraw', leads.filter((_, i) => i % 5 !== 0)],
  ] as const;
  try {
    for (const [step, of] of steps) await play(gate.port, await stage.requests('history', step, of), 64);
    await gate.caughtUp(await stage.operatorToken());
  } finally {
    await gate.stop();
  }
  return historyIn(join(dataDir, 'log.db'), ['owner-bench-', 'lead-']);
}
