import type { Goal, Row } from './group.js';
import type { Summary } from './rounds.js';

/** A row as it goes into `bench/results.json`. */
export type Result = Row &
  (
    | (Summary & { readonly met: boolean })
    | {
        /** Why nothing was measured. */
        readonly skipped: string;
      }
  );

export function isMet(goal: Goal, ratio: number): boolean {
  return 'atLeast' in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}

export function goalText(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

const HEADINGS = ['row', 'ratio', 'range', 'rounds', 'goal', ''] as const;

/** For people at a terminal. */
export function table(results: readonly Result[]): string {
  const lines = results.map((result) => {
    if ('skipped' in result) return [result.name, '-', '', '', goalText(result.goal), `skipped: ${result.skipped}`];
    const { name, ratio, range, rounds, dropped, goal, met } = result;
    const counted = dropped === 0 ? String(rounds) : `${rounds} (−${dropped})`;
    return [name, figure(ratio), `${figure(range[0])} to ${figure(range[1])}`, counted, goalText(goal), met ? 'met' : 'NOT MET'];
  });
  const all = [HEADINGS as readonly string[], ...lines];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((line) => (line[column] as string).length)));
  return all.map((line) => line.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ')).join('\n');
}

/** Three figures that mean something. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
