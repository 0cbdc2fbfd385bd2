import escapeHtml from 'escape-html';
import { ADAPTIVE } from './adaptive.js';
import { counted, estimated, worstText } from './figures.text.js';
import { kindSummaries, withFriction } from './friction.js';
import { grouped } from './grouped.js';
import { allowanceFigure, frontierFigure, lawFigure, learnedFigure, speedFigure } from './report.figures.js';
import type { FrontierEntry } from './report.frontier.js';
import type { Distance } from './law-distance.js';
import type { Found } from './league.js';
import { folded, type Html, paragraphs } from './report.html.js';
import type { ReportInput, SpeedPoint } from './report.input.js';
import { STYLE } from './report.style.js';
import {
  adaptiveTable,
  adversariesTable,
  differencesTable,
  distanceTable,
  kindsTable,
  namedTable,
  verdictsTable,
  worstTable,
} from './report.tables.js';
import { differences, summarise, type Summary, worstOf } from './summary.js';

/** What the page may load: nothing but its own style. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * The report as one HTML page, which needs no network and no script to be read. The same input gives the same page.
 *
 * @throws RangeError as `summarise`, and when there are no results
 */
export async function reportOf(input: ReportInput): Promise<Html> {
  const { title, advice, speeds, allowances, law, distances, varied } = input;
  const summaries = withFriction(summarise(input.results));
  if (summaries.length === 0) throw new RangeError('there are no results to report');
  const worst = worstOf(summaries);
  const parts = [
    advice === undefined ? '' : section('advice', 'What follows', `${paragraphs(advice.sentences)}\n${verdictsTable(advice.verdicts)}`),
    section('worst', 'Each defence at its worst', `${worstTable(worst)}\n${namesOf(worst, input)}`),
    ...(await frontiers(input, summaries, worst)),
    ...(await speedFigures(speeds ?? [])),
    searched(input, summaries),
    allowances === undefined || allowances.length === 0 ? '' : await allowanceFigure(allowances),
    law === undefined ? '' : await lawFigure(law),
    distances === undefined || distances.length === 0 ? '' : section('distances', 'How far from the law', farFromTheLaw(distances)),
    compared(input),
    section('all', 'Every adversary', everyAdversary(summaries)),
    varied === undefined || varied.length === 0 ? '' : section('varied', 'Adversaries at other values', everyAdversary(summarise(varied))),
    everyKind(input),
    section('names', 'Who is who', whoIsWho(input)),
    section('method', 'How to read the figures', paragraphs(METHOD)),
    section('again', 'How to make this again', howAgain(input)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${parts.filter((part) => part !== '').join('\n')}
</main></body></html>
`;
}

/** Of the adversaries in the first table, who they are. */
function namesOf(worst: readonly Summary[], { adversaries }: ReportInput): Html {
  const names = new Set(worst.map(worstText));
  const terms = adversaries.filter(({ name }) => names.has(name));
  return `<dl>${terms.map(({ name, description }) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(description)}</dd>`).join('\n')}</dl>`;
}

const METHOD = [
  'Persons learned: everybody about whom an adversary was told yes, and those about whom it was told “not confirmed”, each of these weighed by how likely a customer would have been confirmed with what it brought. ' +
    'Bits are the information of the same answers about who is a customer. Exposed are the customers among them whose membership was told without their wish.',
  'Figures are means over runs, each with a seed of its own, and in brackets Student’s 95 % interval of that mean; where the interval has no width, all runs gave the same. Notices of the honest are rare events: ' +
    'their interval is never narrower than that of a Poisson count (Garwood), so that none seen is not taken for none ever. Intervals are for each figure by itself.',
  'What happened for the first time is given as the median over all runs, a run in which it never happened counting as later than every other, with the distribution-free interval of a median (six runs or more). ' +
    'Where it happened in no more than half of the runs there is no median, and the average is of the runs in which it happened, which leaves out the later ones.',
  'What was learned, given and paid is of the whole run and is not scaled to a year where runs are shorter: a first allowance is spent once, and an adversary that was stopped learns nothing more. ' +
    'Only notices of the honest are a rate per year.',
  'What the honest pay (leads refused or slowed, notices) is measured while nobody scans, with all kinds of honest partners; beside it stands what the honest leads of an adversary’s own host lose to it.',
  'The worst adversary is the one with the highest mean of persons learned. The highest of many means is more likely too high than too low.',
  'Each figure says which model it came from. Exact: lead by lead, with the deciders, policies and processes of the service. Count-level: days and counts instead of single leads, with the service’s own terms and the functions ' +
    'of its ledger; a test holds it to the exact one. Hits of a wire alone: one lead after the other before a watch’s statistic, without an allowance. A formula: nothing was played.',
  'Differences between defences are taken run by run with the same seed, which is the same honest partners and the same adversary before both.',
] as const;

/** One for each length of runs: what was learned in a month does not stand beside what was learned in a year. */
function frontiers({ ours }: ReportInput, summaries: readonly Summary[], worst: readonly Summary[]): Promise<readonly Html[]> {
  const numbers = new Map(worst.map(({ defence }, n) => [defence, n + 1]));
  const isOurs = new Set(ours.map(({ name }) => name));
  const figures = [...grouped(summaries, ({ days }) => days)].map(([days, of]) => {
    const entries = worstOf(of).map((each): FrontierEntry => {
      const { defence } = each;
      const others = of.filter((summary) => summary.defence === defence && summary !== each);
      return { number: numbers.get(defence) ?? 0, isOurs: isOurs.has(defence), worst: each, others };
    });
    return frontierFigure(entries, days);
  });
  return Promise.all(figures);
}

/** Of each side what there is: how long it takes, and what is learned meanwhile. */
async function speedFigures(points: readonly SpeedPoint[]): Promise<readonly Html[]> {
  const sides = [
    { key: 'ours', side: 'Vestibule', of: points.filter(({ isOurs }) => isOurs) },
    { key: 'others', side: 'what else a bank might use', of: points.filter(({ isOurs }) => !isOurs) },
  ].filter(({ of }) => of.length > 0);
  const figures = sides.map(async ({ key, side, of }) => [
    await learnedFigure(`learned-${key}`, side, of),
    await speedFigure(`speed-${key}`, side, of),
  ]);
  return (await Promise.all(figures)).flat();
}

function searched({ adaptive = [] }: ReportInput, summaries: readonly Summary[]): Html {
  if (adaptive.length === 0) return '';
  const exactly = ({ defence }: Found): string => {
    const summary = summaries.find((each) => each.defence === defence && each.adversary === ADAPTIVE);
    return summary === undefined ? 'not played' : estimated(summary.persons);
  };
  return section('adaptive', 'Who knows every parameter', [paragraphs([SEARCHED]), adaptiveTable(adaptive, exactly)].join('\n'));
}

const SEARCHED =
  'An adversary who has read the documentation and knows every parameter of the terms, the modes and the watch, but no secret, inside one honest partner: a search (DIRECT) over its speed, its first day, what it leaves of the allowance, ' +
  'and whether and how often it covers a lead, in the count-level model; the worst policy is then played by the real deciders. It is the worst that one partner alone can do without help; several owners together, paid customers, a lie at signing or a stolen list may do more, and stand in the table above.';

function farFromTheLaw(found: readonly Distance[]): Html {
  return [paragraphs([FORMULA]), distanceTable(found)].join('\n');
}

const FORMULA =
  'A defence’s own formula is what its terms leave to somebody inside an honest partner (the working capital once, and the margin of each honest lead, also where the terms rest on a lie), or to owners of whom nothing is known (the pool); where ' +
  'a human reads canaries and denials it is no more than until the hits that it takes, owner by owner. The law is what the best watch on the hidden canaries would leave of each owner, whatever the gate: the larger of the square-root law and of two hits. ' +
  'Above one where a human reads: until the human acts, days after the hits, whoever is fast takes what the allowance has. Below one: the defence was better than its formula or the law says. Both are averages that a run may exceed by chance. Who pays others for it (mules, papers, accomplices) is left out.';

function compared({ baseline, results }: ReportInput): Html {
  if (baseline === undefined) return '';
  const defences = [...new Set(results.map(({ defence }) => defence))].filter((defence) => defence !== baseline);
  const found = defences.flatMap((one) => differences(results, { one, other: baseline, figure: 'persons' }));
  return section('differences', `Compared with ${baseline}`, folded('The differences', differencesTable(baseline, found)));
}

function everyAdversary(summaries: readonly Summary[]): Html {
  return [...grouped(summaries, ({ defence }) => defence)]
    .map(([defence, of]) => folded(defence, adversariesTable(defence, of)))
    .join('\n');
}

function everyKind({ results }: ReportInput): Html {
  const found = kindSummaries(results);
  if (found.length === 0) return '';
  const tables = [...grouped(found, ({ defence }) => defence)].map(([defence, of]) =>
    folded(`The honest before ${defence}`, kindsTable(defence, of)),
  );
  return section('kinds', 'Every kind of honest partner', tables.join('\n'));
}

function whoIsWho({ ours, peers, adversaries }: ReportInput): Html {
  return [
    folded('Vestibule', namedTable('Vestibule', ours)),
    folded('What else a bank might use', namedTable('What else a bank might use', peers)),
    folded('Adversaries', namedTable('Adversaries', adversaries)),
  ].join('\n');
}

function howAgain({ command, parameters, results }: ReportInput): Html {
  const seeds = [...new Set(results.map(({ seed }) => seed))].sort((one, other) => one - other);
  const rows = [...parameters, ['seeds', seedsText(seeds)], ['runs', counted(results.length)]] as const;
  const list = rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('\n');
  return `<p><code>${escapeHtml(command)}</code></p>\n<dl>${list}</dl>`;
}

/** `1 to 20`, or one by one where some are missing in between. */
export function seedsText(seeds: readonly number[]): string {
  const [first, last] = [seeds[0], seeds.at(-1)];
  if (first === undefined || last === undefined) return 'none';
  const isWhole = seeds.length > 2 && last - first + 1 === seeds.length;
  return isWhole ? `${first} to ${last}` : seeds.join(', ');
}

function section(id: string, title: string, body: Html): Html {
  return `<section id="${id}"><h2>${escapeHtml(title)}</h2>\n${body}</section>`;
}
