import { counted, estimated, percent, worstText } from './figures.text.js';
import { withFriction } from './friction.js';
import { modelsText } from './model.js';
import type { Named } from './report.input.js';
import { worstOf, type Summary } from './summary.js';

/** Where the table stands in the README. */
const BEGIN = '<!-- league -->';
const END = '<!-- /league -->';

const HEAD =
  '| defence | persons learned | by its worst adversary | honest leads refused or slowed | notices of the honest, per owner and year |';

/** How the results that a table shows were made. */
export interface Made {
  /** Gives them again. */
  readonly command: string;
  /** Such as `1 to 20`. */
  readonly seeds: string;
  /** The adversaries, for whoever reads their names for the first time. */
  readonly adversaries: readonly Named[];
}

/** A compact Markdown table: each defence before the adversary that learns the most from it, with how to make it again and who these adversaries are. */
export function tableOf(summaries: readonly Summary[], { command, seeds, adversaries }: Made): string {
  const worst = worstOf(withFriction(summaries));
  const lengths = [...new Set(worst.map(({ days }) => days))].map(counted).join(', ');
  const rows = worst.map((summary) => {
    const { defence, persons, refusedShare, noticesPerOwnerYear: notices } = summary;
    const figures = [
      estimated(persons),
      cell(worstText(summary)),
      percent(refusedShare.mean),
      notices === undefined ? '' : estimated(notices),
    ];
    return `| ${cell(defence)} | ${figures.join(' | ')} |`;
  });
  const many = [...new Set(worst.map((each) => each.seeds))].map(counted).join(', ');
  const from = modelsText(worst.map(({ model }) => model));
  const made = `\`${command}\`: ${from}; ${lengths} days, ${many} seeds (${seeds}); in brackets the 95 % interval.`;
  const names = new Set(worst.map(worstText));
  const who = adversaries.filter(({ name }) => names.has(name)).map(({ name, description }) => `- *${cell(name)}*: ${cell(description)}`);
  return [made, '', HEAD, '|---|---|---|---|---|', ...rows, ...(who.length === 0 ? [] : ['', ...who])].join('\n');
}

/**
 * The README with `table` in the place of the one that it has.
 *
 * @throws RangeError when it has no place for it, or more than one
 */
export function withTable(readme: string, table: string): string {
  const [before, between, ...more] = readme.split(`${BEGIN}\n`);
  const end = between?.indexOf(END) ?? -1;
  if (before === undefined || between === undefined || end === -1 || more.length > 0) {
    throw new RangeError(`the table of the league belongs between ${BEGIN} and ${END}, once`);
  }
  return `${before}${BEGIN}\n${table}\n${between.slice(end)}`;
}

/** The table that a README has, as `withTable` put it there; undefined when it has none. */
export function tableIn(readme: string): string | undefined {
  const begin = readme.indexOf(`${BEGIN}\n`);
  const end = readme.indexOf(`\n${END}`, begin);
  return begin === -1 || end === -1 ? undefined : readme.slice(begin + BEGIN.length + 1, end);
}

/** A text in a table: no line and no column of its own, and no markup. */
function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\|`*_<>[\]]/g, (sign) => `\\${sign}`)
    .trim();
}
