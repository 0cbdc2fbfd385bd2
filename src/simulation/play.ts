import { on } from 'node:events';
import { totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { programFile } from '../event-sourcing/program-file.js';
import {
  type Found,
  type FromRunner,
  type Job,
  jobText,
  type LeagueSettings,
  type Played,
  type PlayedRun,
  type RunJob,
  type SearchJob,
  type ToRunner,
  type Unit,
} from './league.js';
import type { ResultsFile } from './results-file.js';
import { unitsOf } from './units.js';

export interface Playing {
  readonly file: ResultsFile;
  /** Units at a time; their heaps together stay below three quarters of the machine's memory. */
  readonly threads: number;
  /** Is told after each. */
  readonly done: (job: Job) => void;
}

interface Threads {
  readonly count: number;
  /** Of each, megabytes. */
  readonly heap: number;
}

/** A large partner's year takes some gigabytes; more than this hardly any has needed. */
const MOST_HEAP_MB = 6_000;
const SHARE_OF_MEMORY = 0.75;
/** Most of what a lead leaves behind is of no use any more when the lead is over: in less room it would be taken for old, and searched in vain. */
const YOUNG_HEAP_MB = 192;
const MB = 2 ** 20;

/**
 * Plays what the file lacks, as many units at a time as there are threads; what does not fit into its share of the memory comes last,
 * alone.
 * @returns what came of all of them, in their order, whoever was done first
 * @throws Error of the first that failed
 */
export function play(settings: LeagueSettings, jobs: readonly RunJob[], playing: Playing): Promise<readonly PlayedRun[]>;
export function play(settings: LeagueSettings, jobs: readonly SearchJob[], playing: Playing): Promise<readonly Found[]>;
export async function play(settings: LeagueSettings, jobs: readonly Job[], playing: Playing): Promise<readonly Played[]> {
  const { file } = playing;
  const missing = unitsOf(jobs.filter((job) => !file.has(job)));
  const count = Math.min(playing.threads, missing.length);
  const large = await playIn({ count, heap: heapOf(count) }, missing, settings, playing);
  const [never] = large.length === 0 ? [] : await playIn({ count: 1, heap: heapAlone() }, large, settings, playing);
  if (never !== undefined) throw new Error(`${jobText(never[0])}: does not fit into ${heapAlone()} MB`);
  return jobs.map((job) => file.of(job) as Played);
}

/** Megabytes for each of so many threads. */
export function heapOf(threads: number, memory = totalmem()): number {
  return Math.max(256, Math.min(MOST_HEAP_MB, Math.floor(heapAlone(memory) / Math.max(1, threads))));
}

function heapAlone(memory = totalmem()): number {
  return Math.floor((SHARE_OF_MEMORY * memory) / MB);
}

/** @returns what did not fit into the heaps */
async function playIn(threads: Threads, units: readonly Unit[], settings: LeagueSettings, playing: Playing): Promise<readonly Unit[]> {
  const missing = [...units];
  const large: Unit[] = [];
  const thread = async (): Promise<void> => {
    let worker = workerWith(threads);
    try {
      for (let unit = missing.shift(); unit !== undefined; unit = missing.shift()) {
        const rest = await playUnit(worker, unit, settings, playing);
        if (rest === undefined) continue;
        large.push(rest);
        worker = workerWith(threads);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads.count }, thread));
  return large;
}

function workerWith({ heap }: Threads): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: YOUNG_HEAP_MB };
  return new Worker(programFile('simulation/league.worker.js'), { resourceLimits });
}

/** @returns the jobs that were left when the worker's heap was full, which ended it; undefined where all were played */
async function playUnit(worker: Worker, unit: Unit, settings: LeagueSettings, { file, done }: Playing): Promise<Unit | undefined> {
  const replies = on(worker, 'message');
  const message: ToRunner = { settings, unit };
  worker.postMessage(message);
  for (const [n, job] of unit.entries()) {
    try {
      file.add(resultIn(await replies.next()));
    } catch (error) {
      if (isOutOfMemory(error)) return unit.slice(n) as unknown as Unit;
      throw new Error(`${jobText(job)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    done(job);
  }
  await replies.return?.();
  return undefined;
}

function resultIn({ value }: IteratorResult<unknown[]>): Played {
  const [reply] = value as [FromRunner];
  if ('failed' in reply) throw new Error(reply.failed);
  return reply.played;
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
