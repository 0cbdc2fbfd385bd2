import { parentPort } from 'node:worker_threads';
import type { FromRunner, ToRunner } from './league.js';
import { playedIn } from './play-unit.js';

// A scanner is refused a million times a year, and most of an error's cost is its stack.
Error.stackTraceLimit = 0;

parentPort?.on('message', ({ settings, unit }: ToRunner) => {
  const tell = (reply: FromRunner): void => parentPort?.postMessage(reply);
  try {
    for (const played of playedIn(unit, settings)) tell({ played });
  } catch (error) {
    tell({ failed: error instanceof Error ? error.message : String(error) });
  }
});
