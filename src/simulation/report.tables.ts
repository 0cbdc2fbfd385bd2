import { arrived, counted, estimated, percent } from './figures.text.js';
import { type Column, type Html, table } from './report.html.js';
import type { Named } from './report.input.js';
import type { Difference, Summary } from './summary.js';

type SummaryColumn = Column<Summary>;

const DEFENCE: SummaryColumn = { title: 'defence', of: ({ defence }) => defence };
const ADVERSARY: SummaryColumn = { title: 'adversary', of: ({ adversary }) => adversary };
const LEARNED: readonly SummaryColumn[] = [
  { title: 'persons learned', of: ({ persons }) => estimated(persons), isFigure: true },
  { title: 'of these yes', of: ({ yes }) => estimated(yes), isFigure: true },
  { title: 'bits', of: ({ bits }) => estimated(bits), isFigure: true },
  { title: 'customers exposed', of: ({ exposed }) => estimated(exposed), isFigure: true },
];
const FRICTION: readonly SummaryColumn[] = [
  { title: 'honest leads refused or slowed', of: ({ refusedShare }) => estimated(refusedShare, percent), isFigure: true },
  { title: 'of these slowed', of: ({ slowedShare }) => estimated(slowedShare, percent), isFigure: true },
  {
    title: 'notices of the honest, per owner and year',
    of: ({ noticesPerOwnerYear: rate }) => (rate === undefined ? 'no honest owner' : estimated(rate)),
    isFigure: true,
  },
];
const CAUGHT: readonly SummaryColumn[] = [
  { title: 'leads until first noticed', of: ({ untilNotice }) => arrived(untilNotice) },
  { title: 'until the first step', of: ({ untilStep }) => arrived(untilStep) },
  { title: 'until a human stopped it', of: ({ untilStop }) => arrived(untilStop) },
];
const COST: readonly SummaryColumn[] = [
  { title: 'customers it gave', of: ({ mules }) => estimated(mules), isFigure: true },
  { title: 'calls it was charged for', of: ({ charged }) => estimated(charged), isFigure: true },
];
const SAMPLE: readonly SummaryColumn[] = [
  { title: 'days', of: ({ days }) => counted(days), isFigure: true },
  { title: 'seeds', of: ({ seeds }) => counted(seeds), isFigure: true },
];

export function worstTable(worst: readonly Summary[]): Html {
  const by: SummaryColumn = { title: 'by its worst adversary', of: ({ adversary }) => adversary };
  const [persons, ...rest] = LEARNED as [SummaryColumn, ...SummaryColumn[]];
  return table(
    'Each defence before the adversary that learns the most persons from it',
    [DEFENCE, persons, by, ...FRICTION.filter(({ title }) => title !== 'of these slowed'), ...CAUGHT, ...rest, ...COST, ...SAMPLE],
    worst,
  );
}

export function adversariesTable(defence: string, summaries: readonly Summary[]): Html {
  return table(`All adversaries before ${defence}`, [ADVERSARY, ...LEARNED, ...FRICTION, ...CAUGHT, ...COST, ...SAMPLE], summaries);
}

export function frontierTable(summaries: readonly Summary[]): Html {
  const [persons] = LEARNED as [SummaryColumn];
  const [refused] = FRICTION as [SummaryColumn];
  return table('Persons learned and friction of each defence and adversary', [DEFENCE, ADVERSARY, persons, refused, ...SAMPLE], summaries);
}

export function differencesTable(baseline: string, found: readonly Difference[]): Html {
  return table<Difference>(
    `Persons learned more (less, where negative) than before ${baseline}, same seeds`,
    [
      { title: 'defence', of: ({ one }) => one },
      { title: 'adversary', of: ({ adversary }) => adversary },
      { title: 'difference', of: (difference) => estimated(difference), isFigure: true },
      { title: 'pairs of runs', of: ({ pairs }) => counted(pairs), isFigure: true },
      { title: 'runs without a pair', of: ({ unpaired }) => counted(unpaired), isFigure: true },
    ],
    found,
  );
}

export function namedTable(caption: string, named: readonly Named[]): Html {
  return table<Named>(
    caption,
    [
      { title: 'name', of: ({ name }) => name },
      { title: 'what it is', of: ({ description }) => description },
    ],
    named,
  );
}
