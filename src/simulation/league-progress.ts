import { Presets, SingleBar } from 'cli-progress';
import { type Job, jobText } from './league.js';

/** Tells a person, or a log, how far a round of a league is and how long the rest will take. */
export interface Progress {
  done(job: Job): void;
  end(): void;
}

/** Where it is told. */
interface Shown {
  /** @param played jobs of the round, those on file included @param left in words */
  done(played: number, left: string, job: Job): void;
  end(): void;
}

/** @param before jobs of the round that were on file already */
export function progressOf(what: string, total: number, before: number): Progress {
  const shown = process.stderr.isTTY ? onTerminal(what, total, before) : inLines(what, total);
  const began = performance.now();
  let played = before;
  return {
    done: (job) => {
      played += 1;
      // Over all of them: several that came to the same are done at once, and the last few say nothing of the next.
      const left = ((performance.now() - began) / (played - before)) * (total - played);
      shown.done(played, timeText(left), job);
    },
    end: () => shown.end(),
  };
}

function onTerminal(what: string, total: number, before: number): Shown {
  const format = `${what} {bar} {value} of {total}, {left} left  {job}`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  bar.start(total, before, { job: '', left: '?' });
  return { done: (_, left, job) => bar.increment(1, { left, job: jobText(job) }), end: () => bar.stop() };
}

function inLines(what: string, total: number): Shown {
  return {
    done: (played, left, job) => {
      process.stderr.write(`league: ${what}, ${played} of ${total}, ${left} left: ${jobText(job)}\n`);
    },
    end: () => undefined,
  };
}

/** @param milliseconds to come, roughly */
export function timeText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
