import { parentPort } from 'node:worker_threads';
import { defenceOf, type FromRunner, planOf, type ToRunner } from './league.js';
import { Run } from './run.js';

// A scanner is refused a million times a year, and most of an error's cost is its stack.
Error.stackTraceLimit = 0;

parentPort?.on('message', ({ settings, job }: ToRunner) => {
  parentPort?.postMessage(played());

  function played(): FromRunner {
    try {
      return { result: new Run(defenceOf(job.defence), planOf(job.adversary), { ...settings, seed: job.seed }).run() };
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  }
});
