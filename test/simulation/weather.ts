import type { Chance } from './chance.js';

/** How likely each fault is in one run. Not every run has every fault: what one hides another shows. */
export interface Climate {
  /** Mean milliseconds of a message between a replica and the log, one way. */
  readonly travelMs: number;
  /** How much longer what was written takes to those who follow the log. */
  readonly followMs: number;
  /** Of messages that take seconds, perhaps longer than anybody waits. */
  readonly slow: number;
  /** Of appends: refused with nothing written; lost on the way there; written, and the acknowledgement lost; written long after
   * it was given up; written, and sent once more by the network. */
  readonly refused: number;
  readonly lost: number;
  readonly unheard: number;
  readonly late: number;
  readonly twice: number;
  /** Of reads that fail, or never come back. */
  readonly unread: number;
  /** Of pages after which a subscription breaks off. */
  readonly brokenOff: number;
  /** Of writes, acknowledgements, writes to the disk, and replies at which a replica dies. */
  readonly dying: number;
  /** Mean milliseconds between two kills, between two times without the log, between two clocks set; 0 for never. */
  readonly killEvery: number;
  readonly downEvery: number;
  readonly clockSetEvery: number;
  /** Of requests and replies that are lost between client and replica, and of requests sent twice at once. */
  readonly clientLoses: number;
  readonly clientDoubles: number;
}

export const CALM: Climate = {
  travelMs: 2,
  followMs: 4,
  slow: 0,
  refused: 0,
  lost: 0,
  unheard: 0,
  late: 0,
  twice: 0,
  unread: 0,
  brokenOff: 0,
  dying: 0,
  killEvery: 0,
  downEvery: 0,
  clockSetEvery: 0,
  clientLoses: 0,
  clientDoubles: 0,
};

/** On a log of one's own there is no network that loses or repeats anything; it may still be slow, or fail. */
export function onOwnLog(climate: Climate): Climate {
  return { ...climate, lost: 0, unheard: 0, late: 0, twice: 0 };
}

/** Each fault at most this often. */
const WORST: Omit<Climate, 'travelMs' | 'followMs'> = {
  slow: 0.06,
  refused: 0.05,
  lost: 0.03,
  unheard: 0.05,
  late: 0.03,
  twice: 0.1,
  unread: 0.02,
  brokenOff: 0.03,
  dying: 0.01,
  killEvery: 3_000,
  downEvery: 3_000,
  clockSetEvery: 2_500,
  clientLoses: 0.1,
  clientDoubles: 0.2,
};

/** A climate in which about half of the faults happen; one run in ten has none at all and is only a race. */
export function drawClimate(chance: Chance): Climate {
  const travelMs = chance.pick([1, 5, 20]);
  const followMs = travelMs * chance.pick([2, 2, 20]);
  if (chance.happens(0.1)) return { ...CALM, travelMs, followMs, clientDoubles: WORST.clientDoubles };
  const drawn = Object.entries(WORST).map(([name, worst]) => {
    if (chance.happens(0.5)) return [name, 0] as const;
    return [name, worst > 1 ? worst * chance.between(0.5, 2) : worst * chance.next()] as const;
  });
  return { travelMs, followMs, ...(Object.fromEntries(drawn) as Omit<Climate, 'travelMs' | 'followMs'>) };
}

/** Whole milliseconds that a message takes; now and then longer than a command's whole deadline. @param meanMs usually */
export function travel({ slow }: Climate, chance: Chance, meanMs: number): number {
  return Math.round(chance.happens(slow) ? Math.min(chance.exponential(2_000), 6_000) : chance.exponential(meanMs));
}
