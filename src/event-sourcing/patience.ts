import { Deadline, jittered } from './deadline.js';
import { StoreUnavailable, UnknownOutcome } from './event-store.js';

export interface Patience {
  /** Milliseconds. */
  readonly within: number;
  /** Told why, when the waiting begins and whenever the reason is another one. */
  readonly onWait: (error: Error) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Repeats a step of a start while the store is not to be had: a server may be started beside this program, and a cluster that
 * chooses its leader answers nobody for some seconds.
 * @param step safe to repeat after whatever it did
 */
export async function patiently<Result>(step: () => Promise<Result>, { within, onWait }: Patience): Promise<Result> {
  const deadline = new Deadline(within);
  let told = '';
  for (let failures = 0; ; failures++) {
    try {
      return await step();
    } catch (error) {
      const isPassing = error instanceof StoreUnavailable || error instanceof UnknownOutcome;
      if (!isPassing || deadline.passed) throw error;
      if (error.message !== told) onWait(error);
      told = error.message;
      await deadline.pause(jittered(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
    }
  }
}
