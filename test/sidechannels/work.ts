import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for what follows a request to be done: read models and processes rest for a fifth of a second. */
const AFTERMATH_MS = 1_500;

/** Processor time that all threads of a process have had, nanoseconds. @returns 0 where there is no `/proc` */
export function processorTimeOf(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0);
  } catch {
    return 0;
  }
}

/**
 * Microseconds of processor time a request, with what it causes afterwards and without what the process spends when nobody asks.
 * It is counted, not timed, so it can be taken on a machine that others use; and it shows work that no response waits for.
 * @param send sends some requests one after the other, and says how many
 */
export async function workOf(pid: number, send: () => Promise<number>): Promise<number> {
  const idle = await spent(pid, async () => 0);
  let requests = 0;
  const busy = await spent(pid, async () => (requests = await send()));
  return (busy - idle) / requests / 1_000;
}

async function spent(pid: number, act: () => Promise<unknown>): Promise<number> {
  const before = processorTimeOf(pid);
  await act();
  await sleep(AFTERMATH_MS);
  return processorTimeOf(pid) - before;
}
