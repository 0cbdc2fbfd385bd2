import { setTimeout as sleep } from 'node:timers/promises';

/** A moment after which waiting has no sense. Monotonic time: a wall clock that jumps neither ends nor extends a wait. */
export class Deadline {
  private readonly at: number;

  /** @param milliseconds from now */
  constructor(milliseconds: number) {
    this.at = performance.now() + milliseconds;
  }

  get remaining(): number {
    return Math.max(0, this.at - performance.now());
  }

  get passed(): boolean {
    return this.remaining === 0;
  }

  /** The promise's outcome, or after the deadline the error. What was begun goes on, and its outcome is ignored. */
  wait<Result>(promise: Promise<Result>, error: () => Error): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(error()), this.remaining);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  /** Sleeps, at the longest until the deadline. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(Math.min(milliseconds, this.remaining));
  }
}

/**
 * Exponential back-off with full jitter: any time up to `baseMs · 2^failures`, at most `capMs`. (Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015.)
 */
export function jittered(failures: number, baseMs: number, capMs: number, random: () => number = Math.random): number {
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
}
