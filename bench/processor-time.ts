import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of processor time that a process has had. On a machine that others use too it says more than a rate. */
export interface ProcessorTime {
  readonly mainThread: number;
  readonly otherThreads: number;
}

/** Linux counts in ticks of 10 ms (`USER_HZ`, which is 100 on every architecture that Node runs on). */
const TICK_MS = 10;

/** @returns zeros where there is no `/proc` */
export function processorTime(pid: number): ProcessorTime {
  const time = { mainThread: 0, otherThreads: 0 };
  for (const task of tasksOf(pid)) time[task === String(pid) ? 'mainThread' : 'otherThreads'] += ticks(pid, task) * TICK_MS;
  return time;
}

export function spent(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return { mainThread: after.mainThread - before.mainThread, otherThreads: after.otherThreads - before.otherThreads };
}

/** Largest resident size so far, bytes. */
export function peakMemory(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib ?? Number.NaN) * 1024;
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** `utime` and `stime`, fields 14 and 15 of proc(5); the name in field 2 may hold spaces. */
function ticks(pid: number, task: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
