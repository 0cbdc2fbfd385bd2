import { croppedWelch, type Cropped, largest, LEAK, median } from './welch.js';

/** What a request stands for. `again` is the first side once more; `slow` is the first side with the service held up on purpose. */
export const CLASSES = ['first', 'again', 'second', 'slow'] as const;
export type Class = (typeof CLASSES)[number];

/** Nanoseconds, by class. */
export type Samples = Readonly<Record<Class, readonly number[]>>;

export interface Sampled {
  /** As they were taken. */
  readonly times: Samples;
  /** What is left of them beside what was slow for all (`withoutDrift`). */
  readonly residuals: Samples;
}

export interface Verdict {
  /** The two sides against each other. */
  readonly sides: Cropped;
  /** The first side against itself: has to be silent. */
  readonly same: Cropped;
  /** The first side against the one held up: has to be caught. */
  readonly injected: Cropped;
  /** What is wrong with the run; undefined where it counts. */
  readonly invalid?: string;
  readonly differs: boolean;
  /** Microseconds. */
  readonly medians: Readonly<Record<Class, number>>;
}

/** R40 on one run. */
export function judge({ times, residuals }: Sampled): Verdict {
  const same = croppedWelch(residuals.first, residuals.again);
  const injected = croppedWelch(residuals.first, residuals.slow);
  const sides = croppedWelch(residuals.first, residuals.second);
  const invalid = complaint(largest(same), largest(injected));
  const medians = Object.fromEntries(CLASSES.map((name) => [name, median(times[name]) / 1_000])) as Verdict['medians'];
  return { sides, same, injected, ...(invalid !== undefined && { invalid }), differs: Math.abs(largest(sides)) > LEAK, medians };
}

function complaint(same: number, injected: number): string | undefined {
  if (Math.abs(same) > LEAK) return `the same requests differ from each other: t = ${same.toFixed(1)}`;
  if (injected <= LEAK) return `the injected difference was not caught: t = ${injected.toFixed(1)}`;
  return undefined;
}

export type Outcome = 'silent' | 'leak' | 'not shown' | 'unfinished';

/**
 * A leak is a difference in each of so many runs that count. One that is silent ends it: they cannot all differ any more.
 * @param tries runs that may be made for it, the invalid ones included
 */
export function outcomeOf(verdicts: readonly Pick<Verdict, 'invalid' | 'differs'>[], runs: number, tries: number): Outcome {
  const counted = verdicts.filter(({ invalid }) => invalid === undefined).slice(0, runs);
  if (counted.some(({ differs }) => !differs)) return 'silent';
  if (counted.length === runs) return 'leak';
  return verdicts.length >= tries ? 'not shown' : 'unfinished';
}
