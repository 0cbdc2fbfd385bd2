import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** A timer fires so much later at the most, ms, unless the event loop is held up. */
const TIMER_LATE_MS = 2;
/** About as long as a turn of the event loop, ms: what is left then is waited out at once. */
const TURN_MS = 0.05;

/**
 * Resolves at a moment of `performance.now()`, to some microseconds. A timer does not: it counts whole milliseconds from when the
 * loop last looked at the clock and fires so long after the loop last fell asleep, so that how long something took before shows in
 * its fraction of a millisecond. Here the last two milliseconds are spent in turns of the loop, which do whatever else there is to do.
 */
export async function exactly(moment: number): Promise<void> {
  const asleep = moment - performance.now() - TIMER_LATE_MS;
  if (asleep > 0) await sleep(asleep);
  while (moment - performance.now() > TURN_MS) await turn();
  while (performance.now() < moment);
}

/** In a virtual time, which stands still between two turns, a timer's millisecond. */
async function turn(): Promise<void> {
  const before = performance.now();
  await nextTurn();
  if (performance.now() === before) await sleep(1);
}

/**
 * Resolves so many milliseconds after a moment of `performance.now()`, or as many times that as it is too late for: what takes
 * longer, on a slow disk or log, shows in few of many answers how much longer, instead of in each.
 */
export function exactlyAfter(milliseconds: number, from: number): Promise<void> {
  const times = Math.max(1, Math.ceil((performance.now() - from) / milliseconds));
  return exactly(from + times * milliseconds);
}

/** Whatever comes of an act, it comes so many milliseconds after the call, or as many times that as the act itself takes. */
export async function takingAlways<Result>(milliseconds: number, act: () => Promise<Result>): Promise<Result> {
  const from = performance.now();
  try {
    return await act();
  } finally {
    await exactlyAfter(milliseconds, from);
  }
}
