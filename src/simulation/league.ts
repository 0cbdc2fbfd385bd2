import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { programFile } from '../event-sourcing/program-file.js';
import { ADVERSARIES, type Plan } from './adversaries.js';
import type { DefenceMaker } from './defence.js';
import type { HonestBusiness } from './honest.js';
import { ours } from './our-defence.js';
import { PEERS } from './peers/peers.js';
import type { PopulationFigures } from './population.js';
import type { RunResult } from './run.js';

/** Everybody who takes part on the bank's side. */
export const DEFENCES: readonly DefenceMaker[] = [
  ours('instant'),
  ours('instant', true),
  ours('proof'),
  ours('consent'),
  ours('consent', true),
  ours('blind'),
  ...PEERS,
];

/** One run: everything else is the same for all of a league. */
export interface Job {
  readonly defence: string;
  readonly adversary: string;
  readonly seed: number;
}

/** What all runs of a league have in common. */
export interface LeagueSettings {
  readonly days: number;
  readonly population: PopulationFigures;
  readonly host: HonestBusiness;
  readonly others: readonly HonestBusiness[];
}

/** What a thread is told, and tells. */
export type ToRunner = { readonly settings: LeagueSettings; readonly job: Job };
export type FromRunner = { readonly result: RunResult } | { readonly failed: string };

export function defenceOf(name: string): DefenceMaker {
  return named(DEFENCES, name);
}

export function planOf(name: string): Plan {
  return named(ADVERSARIES, name);
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`nobody in the league is called ${name}`);
  return found;
}

/** Seed by seed, so that a league that is broken off has whole rounds. */
export function jobsOf(defences: readonly string[], adversaries: readonly string[], seeds: readonly number[]): readonly Job[] {
  return seeds.flatMap((seed) => adversaries.flatMap((adversary) => defences.map((defence) => ({ defence, adversary, seed }))));
}

/** Results on file, one JSON object a line; a last line that was cut off by a crash does not count. The first line holds the settings. */
export class ResultsFile {
  private readonly known: RunResult[] = [];

  /** @throws Error where the file is of another league */
  constructor(
    private readonly path: string | undefined,
    settings: LeagueSettings,
  ) {
    const header = JSON.stringify({ settings });
    if (path === undefined) return;
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    if (lines.length <= 1) appendFileSync(path, `${header}\n`);
    else if (lines[0] !== header) throw new Error(`${path} has results of a league with other settings`);
    // What a crash cut off has no end of line.
    if (lines.length > 1 && lines.at(-1) !== '') appendFileSync(path, '\n');
    for (const line of lines.slice(1)) {
      const result = parsed(line);
      if (result !== undefined) this.known.push(result);
    }
  }

  get results(): readonly RunResult[] {
    return this.known;
  }

  has({ defence, adversary, seed }: Job): boolean {
    return this.known.some((each) => each.defence === defence && each.adversary === adversary && each.seed === seed);
  }

  add(result: RunResult): void {
    this.known.push(result);
    if (this.path !== undefined) appendFileSync(this.path, `${JSON.stringify(result)}\n`);
  }
}

function parsed(line: string): RunResult | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as RunResult);
  } catch {
    return undefined;
  }
}

/** A large partner's year takes some gigabytes. */
const HEAP_MB = 6_000;

/**
 * Plays the runs that are missing, as many at a time as there are threads.
 * @param done is told after each
 * @throws Error of the first run that failed
 */
export async function playLeague(
  settings: LeagueSettings,
  jobs: readonly Job[],
  { file, threads, done }: { readonly file: ResultsFile; readonly threads: number; readonly done: (job: Job) => void },
): Promise<void> {
  const missing = jobs.filter((job) => !file.has(job));
  const runner = async (): Promise<void> => {
    const worker = new Worker(programFile('simulation/league.worker.js'), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    try {
      for (let job = missing.shift(); job !== undefined; job = missing.shift()) {
        const message: ToRunner = { settings, job };
        worker.postMessage(message);
        const [reply] = (await once(worker, 'message')) as [FromRunner];
        if ('failed' in reply) throw new Error(`${job.defence} against ${job.adversary}, seed ${job.seed}: ${reply.failed}`);
        file.add(reply.result);
        done(job);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, runner));
}
