import { parentPort } from 'node:worker_threads';
import { foundBy } from './adaptive.js';
import {
  amongWhom,
  defenceOf,
  type FromRunner,
  isSearch,
  type Job,
  type LeagueSettings,
  type Played,
  planOf,
  type ToRunner,
} from './league.js';
import { Run } from './run.js';

// A scanner is refused a million times a year, and most of an error's cost is its stack.
Error.stackTraceLimit = 0;

parentPort?.on('message', ({ settings, job }: ToRunner) => parentPort?.postMessage(replyTo(settings, job)));

function replyTo(settings: LeagueSettings, job: Job): FromRunner {
  try {
    return { played: played(settings, job) };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

function played(settings: LeagueSettings, job: Job): Played {
  if (isSearch(job)) return foundBy(settings, job);
  const { plan, own, seed } = job;
  const result = new Run(defenceOf(job), plan ?? planOf(job.adversary), { ...amongWhom(settings, job), seed }).run();
  return { ...result, ...(plan !== undefined && { plan }), ...(own !== undefined && { own }) };
}
