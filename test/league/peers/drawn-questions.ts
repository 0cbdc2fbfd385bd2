import { randomExponential, randomLcg, randomUniform } from 'd3-random';

export interface DrawnQuestion {
  /** Whole milliseconds since the begin. */
  readonly after: number;
  readonly partner: string;
}

/** Questions at whole milliseconds, in bursts and pauses, so that limits are met, missed and met again. */
export function drawnQuestions(
  seed: number,
  { count, apart, partners }: { readonly count: number; readonly apart: number; readonly partners: readonly string[] },
): readonly DrawnQuestion[] {
  const source = randomLcg(seed / 1000);
  const uniform = randomUniform.source(source)(0, 1);
  const pause = randomExponential.source(source)(1 / apart);
  let after = 0;
  return Array.from({ length: count }, (_, n) => {
    // Every hundredth comes after a long time, and a third at the same moment as the one before.
    if (n % 100 === 99) after += 40 * apart;
    else if (uniform() > 1 / 3) after += Math.round(pause());
    return { after, partner: partners[Math.floor(uniform() * partners.length)] ?? '' };
  });
}
