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

/** Welch's t of the classes against each other, of one run or of several together. */
export interface Figures {
  /** The two sides against each other. */
  readonly sides: Cropped;
  /** The first side against itself: has to be silent. */
  readonly same: Cropped;
  /** The first side against the one held up: has to be caught. */
  readonly injected: Cropped;
}

export interface Verdict extends Figures {
  /** What is wrong with the run; undefined where it counts. */
  readonly invalid?: string;
  readonly differs: boolean;
  /** Microseconds. */
  readonly medians: Readonly<Record<Class, number>>;
}

/** R40 on one run. */
export function judge({ times, residuals }: Sampled): Verdict {
  const figures = {
    same: croppedWelch(residuals.first, residuals.again),
    injected: croppedWelch(residuals.first, residuals.slow),
    sides: croppedWelch(residuals.first, residuals.second),
  };
  const invalid = complaint(figures);
  const medians = Object.fromEntries(CLASSES.map((name) => [name, median(times[name]) / 1_000])) as Verdict['medians'];
  return { ...figures, ...(invalid !== undefined && { invalid }), differs: differs(figures), medians };
}

function differs({ sides }: Figures): boolean {
  return Math.abs(largest(sides)) > LEAK;
}

function complaint({ same, injected }: Figures): string | undefined {
  const [alike, caught] = [largest(same), largest(injected)];
  if (Math.abs(alike) > LEAK) return `the same requests differ from each other: t = ${alike.toFixed(1)}`;
  if (caught <= LEAK) return `the injected difference was not caught: t = ${caught.toFixed(1)}`;
  return undefined;
}

/**
 * Several runs as one that took the samples of all: their t add up, over the root of their number (Stouffer's method; S. A. Stouffer
 * and others, "The American Soldier", vol. 1, 1949, p. 45).
 */
function together(runs: readonly Figures[]): Figures {
  const added = (of: keyof Figures): Cropped => {
    const at = (percentile: keyof Cropped): number => runs.reduce((sum, run) => sum + run[of][percentile], 0) / Math.sqrt(runs.length);
    return { p50: at('p50'), p75: at('p75'), p90: at('p90'), p95: at('p95') };
  };
  return { sides: added('sides'), same: added('same'), injected: added('injected') };
}

/**
 * The runs that count. Those that are deaf, each with too few samples for the injected difference, are one run as soon as they hear it
 * together; when that is does not hang on what the two sides of the pair did.
 */
export function counting(runs: readonly Figures[]): readonly Figures[] {
  const counted: Figures[] = [];
  let deaf: Figures[] = [];
  for (const run of runs) {
    if (Math.abs(largest(run.same)) > LEAK) continue;
    const all = complaint(run) === undefined ? run : together((deaf = [...deaf, run]));
    if (complaint(all) !== undefined) continue;
    counted.push(all);
    if (all !== run) deaf = [];
  }
  return counted;
}

export type Outcome = 'silent' | 'leak' | 'not shown' | 'unfinished';

/**
 * A leak is a difference in each of so many runs that count. One that is silent ends it: they cannot all differ any more.
 * @param tries runs that may be made for it, the invalid ones included
 */
export function outcomeOf(made: readonly Figures[], runs: number, tries: number): Outcome {
  const counted = counting(made).slice(0, runs);
  if (counted.some((run) => !differs(run))) return 'silent';
  if (counted.length === runs) return 'leak';
  return made.length >= tries ? 'not shown' : 'unfinished';
}
