import { type VerdictCells, verdictCells } from './advice.text.js';
import type { Verdict } from './advice.js';
import { arrived, counted, estimated, percent, worstText } from './figures.text.js';
import { type Column, type Html, table } from './report.html.js';
import type { KindSummary } from './friction.js';
import type { Distance, Reckoned } from './law-distance.js';
import type { Found } from './league.js';
import { MODEL_TEXTS } from './model.js';
import type { Named, SpeedPoint } from './report.input.js';
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
  { title: 'leads of its host crowded out', of: ({ crowdedOutShare }) => estimated(crowdedOutShare, percent), isFigure: true },
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
  { title: 'cost to it, euros', of: ({ cost }) => estimated(cost), isFigure: true },
];
const SAMPLE: readonly SummaryColumn[] = [
  { title: 'days', of: ({ days }) => counted(days), isFigure: true },
  { title: 'seeds', of: ({ seeds }) => counted(seeds), isFigure: true },
  { title: 'model', of: ({ model }) => MODEL_TEXTS[model] },
];

export function worstTable(worst: readonly Summary[]): Html {
  const by: SummaryColumn = { title: 'by its worst adversary', of: worstText };
  const [persons, ...rest] = LEARNED as [SummaryColumn, ...SummaryColumn[]];
  return table(
    'Each defence before the adversary that learns the most persons from it',
    [DEFENCE, persons, by, ...FRICTION.filter(({ title }) => title !== 'of these slowed'), ...CAUGHT, ...rest, ...COST, ...SAMPLE],
    worst,
  );
}

/** All that was played for an advice, the cheapest for partner and bank first. */
export function verdictsTable(verdicts: readonly Verdict[]): Html {
  return table<VerdictCells>(
    'What was played, the cheapest for partner and bank first',
    [
      { title: 'defence', of: ({ defence }) => defence },
      { title: 'verdict', of: ({ verdict }) => verdict },
      { title: 'persons learned', of: ({ persons }) => persons, isFigure: true },
      { title: 'by its worst adversary', of: ({ worst }) => worst },
      { title: 'honest leads refused or slowed', of: ({ refused }) => refused, isFigure: true },
      { title: 'price to the applicant', of: ({ applicant }) => applicant },
      { title: 'price to the bank', of: ({ bank }) => bank },
      { title: 'from', of: ({ from }) => from },
    ],
    verdicts.map(verdictCells),
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
      { title: 'model', of: ({ model }) => MODEL_TEXTS[model] },
    ],
    found,
  );
}

/** @param caption unlike any other table's of the page */
export function speedTable(caption: string, points: readonly SpeedPoint[]): Html {
  return table<SpeedPoint>(
    caption,
    [
      { title: 'defence', of: ({ defence }) => defence },
      { title: 'persons a day', of: ({ perDay }) => counted(perDay), isFigure: true },
      { title: 'persons learned', of: ({ persons }) => estimated(persons), isFigure: true },
      { title: 'what happened', of: ({ what }) => what },
      { title: 'leads until it happened', of: ({ until }) => arrived(until), isFigure: true },
      { title: 'days', of: ({ days }) => counted(days), isFigure: true },
      { title: 'seeds', of: ({ until }) => counted(until.runs), isFigure: true },
      { title: 'model', of: ({ model }) => MODEL_TEXTS[model] },
    ],
    points,
  );
}

/** How the adversary goes about it that was searched for, and what it got there; what it got from the real deciders stands beside. */
export function adaptiveTable(found: readonly Found[], exactly: (each: Found) => string): Html {
  return table<Found>(
    'The worst policy that was found before each of our modes',
    [
      { title: 'defence', of: ({ defence }) => defence },
      { title: 'persons a day, at most', of: ({ found: { policy } }) => counted(policy.perDay), isFigure: true },
      { title: 'from day', of: ({ found: { policy } }) => counted(policy.from), isFigure: true },
      { title: 'leaves of the allowance', of: ({ found: { policy } }) => counted(policy.reserve), isFigure: true },
      { title: 'covers its leads by', of: ({ found: { policy } }) => policy.cover },
      {
        title: 'share covered',
        of: ({ found: { policy } }) => (policy.cover === 'nothing' ? '0%' : percent(policy.covered)),
        isFigure: true,
      },
      { title: 'persons, count-level', of: ({ found: { persons } }) => counted(persons), isFigure: true },
      { title: 'persons, exact', of: exactly, isFigure: true },
      { title: 'policies tried', of: ({ found: { played } }) => counted(played), isFigure: true },
      { title: 'seeds of the search', of: ({ search }) => counted(search.seeds.length), isFigure: true },
      { title: 'model of the search', of: ({ model }) => MODEL_TEXTS[model] },
    ],
    found,
  );
}

/** Persons measured beside what the gate’s formula and the law leave. */
export function distanceTable(found: readonly Distance[]): Html {
  const leaves = (of: Reckoned | undefined): string => (of === undefined ? 'no formula' : counted(of.leaves));
  const ratio = (of: Reckoned | undefined): string => (of?.ratio === undefined ? '' : estimated(of.ratio));
  return table<Distance>(
    'Persons measured, and measured ÷ what the formula and the law leave',
    [
      { title: 'defence', of: ({ defence }) => defence },
      { title: 'adversary', of: ({ adversary }) => adversary },
      { title: 'persons measured', of: ({ persons }) => estimated(persons), isFigure: true },
      { title: 'its own formula leaves', of: ({ own }) => leaves(own), isFigure: true },
      { title: 'measured ÷ formula', of: ({ own }) => ratio(own), isFigure: true },
      { title: 'the law leaves', of: ({ law }) => leaves(law), isFigure: true },
      { title: 'measured ÷ law', of: ({ law }) => ratio(law), isFigure: true },
      { title: 'days', of: ({ days }) => counted(days), isFigure: true },
      { title: 'seeds', of: ({ seeds }) => counted(seeds), isFigure: true },
      { title: 'model', of: ({ model, law }) => `${MODEL_TEXTS[model]} ÷ ${MODEL_TEXTS[law.model]}` },
    ],
    found,
  );
}

export function kindsTable(defence: string, found: readonly KindSummary[]): Html {
  return table<KindSummary>(
    `What the honest pay for ${defence} while nobody scans`,
    [
      { title: 'honest partner', of: ({ kind }) => kind },
      { title: 'leads refused or slowed', of: ({ refusedShare }) => estimated(refusedShare, percent), isFigure: true },
      { title: 'of these slowed', of: ({ slowedShare }) => estimated(slowedShare, percent), isFigure: true },
      {
        title: 'notices, per owner and year',
        of: ({ noticesPerOwnerYear: rate }) => (rate === undefined ? '' : estimated(rate)),
        isFigure: true,
      },
      { title: 'days in a stricter mode', of: ({ strictDays }) => estimated(strictDays), isFigure: true },
      { title: 'seeds', of: ({ seeds }) => counted(seeds), isFigure: true },
      { title: 'model', of: ({ model }) => MODEL_TEXTS[model] },
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
