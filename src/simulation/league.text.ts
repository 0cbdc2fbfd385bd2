import { estimated, percent, worstText } from './figures.text.js';
import { verdictLines } from './advice.text.js';
import { withFriction } from './friction.js';
import type { LeagueOutcome } from './league-rounds.js';
import { modelsText } from './model.js';
import { summarise, worstOf } from './summary.js';

/** Text for a terminal: each defence before the adversary that learns the most from it, and the advice where one was asked for. */
export function outcomeText({ results, advice }: LeagueOutcome): string {
  const worst = worstOf(withFriction(summarise(results)));
  const rows = worst.map((each) => rowOf(each.defence, worstText(each), estimated(each.persons), percent(each.refusedShare.mean)));
  const model = modelsText(worst.map((each) => each.model));
  return [
    rowOf('defence', 'worst adversary', 'persons learned [95 %]', 'refused'),
    ...rows,
    ...(worst.length === 0 ? [] : [`(${model}; ${worst[0]?.seeds} seeds, ${worst[0]?.days} days)`]),
    ...(advice === undefined ? [] : ['', ...advice.sentences, '', ...verdictLines(advice.verdicts)]),
  ].join('\n');
}

function rowOf(defence: string, adversary: string, persons: string, refused: string): string {
  return `${defence.padEnd(34)}${adversary.padEnd(22)}${persons.padStart(34)}${refused.padStart(10)}`;
}
