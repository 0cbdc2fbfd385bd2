/** What one round of a group gave: a ratio for each row that it measured, and whatever else is worth knowing. */
export interface Round {
  /** Milliseconds that one sync of the disk took around this round. */
  readonly syncMs: number;
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
}

export interface Summary {
  readonly ratio: number;
  /** Lowest and highest of the rounds that count. */
  readonly range: readonly [number, number];
  readonly rounds: number;
  readonly dropped: number;
}

/** A round counts while its sync time is at most so many times the median of all rounds, and at least this part of it. */
export const OUTLIER = 2;

/** Fewer rounds than this say nothing about which of them is the odd one. */
const ENOUGH = 3;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/**
 * The rounds during which the disk was itself. The rule looks at the disk alone and never at what was measured, so it cannot
 * pick the results that please.
 */
export function counted(rounds: readonly Round[]): readonly Round[] {
  if (rounds.length < ENOUGH) return rounds;
  const usual = median(rounds.map(({ syncMs }) => syncMs));
  return rounds.filter(({ syncMs }) => syncMs <= usual * OUTLIER && syncMs >= usual / OUTLIER);
}

/** Median of the paired ratios of one row; `undefined` where no round measured it. */
export function summarise(rounds: readonly Round[], row: string): Summary | undefined {
  const kept = counted(rounds);
  const ratios = kept.map(({ ratios: of }) => of[row]).filter((ratio) => ratio !== undefined);
  if (ratios.length === 0) return undefined;
  return {
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
    rounds: ratios.length,
    dropped: rounds.length - kept.length,
  };
}

/** Medians of the figures over the rounds that count. */
export function figuresOf(rounds: readonly Round[]): Record<string, number> {
  const kept = counted(rounds);
  const names = new Set(kept.flatMap(({ figures }) => Object.keys(figures)));
  const of = (name: string): number => median(kept.map(({ figures }) => figures[name]).filter((value) => value !== undefined));
  return Object.fromEntries([...names].map((name) => [name, of(name)]));
}

/** The order of this round: each subject comes first as often as any other. */
export function turned<T>(subjects: readonly T[], round: number): T[] {
  const at = round % Math.max(1, subjects.length);
  return [...subjects.slice(at), ...subjects.slice(0, at)];
}
