import { once } from 'node:events';
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
} from './league.js';
import type { ResultsFile } from './results-file.js';

export interface Playing {
  readonly file: ResultsFile;
  /** Runs at a time; their heaps together stay below three quarters of the machine's memory. */
  readonly threads: number;
  /** Is told after each. */
  readonly done: (job: Job) => void;
}

/** A large partner's year takes some gigabytes; more than this none has needed. */
const MOST_HEAP_MB = 6_000;
const SHARE_OF_MEMORY = 0.75;
const MB = 2 ** 20;

/**
 * Plays what the file lacks, as many jobs at a time as there are threads.
 * @returns what came of all of them, in their order, whoever was done first
 * @throws Error of the first that failed
 */
export function play(settings: LeagueSettings, jobs: readonly RunJob[], playing: Playing): Promise<readonly PlayedRun[]>;
export function play(settings: LeagueSettings, jobs: readonly SearchJob[], playing: Playing): Promise<readonly Found[]>;
export async function play(settings: LeagueSettings, jobs: readonly Job[], playing: Playing): Promise<readonly Played[]> {
  const { file, done } = playing;
  const missing = jobs.filter((job) => !file.has(job));
  const threads = Math.min(playing.threads, missing.length);
  const runner = async (): Promise<void> => {
    const worker = new Worker(programFile('simulation/league.worker.js'), { resourceLimits: { maxOldGenerationSizeMb: heapOf(threads) } });
    try {
      for (let job = missing.shift(); job !== undefined; job = missing.shift()) {
        file.add(await played(worker, settings, job));
        done(job);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, runner));
  return jobs.map((job) => file.of(job) as Played);
}

/** Megabytes for each of so many threads. */
export function heapOf(threads: number, memory = totalmem()): number {
  return Math.max(256, Math.min(MOST_HEAP_MB, Math.floor((SHARE_OF_MEMORY * memory) / MB / Math.max(1, threads))));
}

async function played(worker: Worker, settings: LeagueSettings, job: Job): Promise<Played> {
  const message: ToRunner = { settings, job };
  worker.postMessage(message);
  const [reply] = (await once(worker, 'message').catch((error: unknown) => {
    throw new Error(`${jobText(job)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  })) as [FromRunner];
  if ('failed' in reply) throw new Error(`${jobText(job)}: ${reply.failed}`);
  return reply.played;
}
