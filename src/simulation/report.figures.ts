import escapeHtml from 'escape-html';
import { arrived, counted, estimated, percent, worstText } from './figures.text.js';
import { grouped } from './grouped.js';
import { drawn } from './report.drawing.js';
import { frontier, type FrontierEntry } from './report.frontier.js';
import { figure, type Html, legend, table } from './report.html.js';
import { MODEL_TEXTS } from './model.js';
import type { AllowanceSeries, LawFigure, SpeedPoint } from './report.input.js';
import { styleOf } from './report.marks.js';
import { allowance, law, learnedOver, speed } from './report.plots.js';
import type { Estimate, Interval } from './interval.js';
import { frontierTable, speedTable } from './report.tables.js';

export async function frontierFigure(entries: readonly FrontierEntry[], days: number): Promise<Html> {
  const told = entries.map(({ worst }) => {
    return `${worst.defence}: ${estimated(worst.persons)} persons by ${worstText(worst)}, friction ${percent(worst.refusedShare.mean)}`;
  });
  const description = `Persons learned in ${days} days over the share of honest leads refused or slowed, both logarithmic. ${told.join('; ')}.`;
  const key = `frontier-${days}`;
  const drawing = await drawn(key, description, frontier(entries, days));
  const numbers = entries.map(({ number, worst }) => `<li value="${number}">${escapeHtml(worst.defence)}</li>`).join('');
  return figure({
    key,
    title: 'What is learned, and what it costs the honest',
    caption:
      'The further down, the less an adversary learns; the further left, the less honest partners notice. A large mark is a defence before its worst adversary; a line leads from it to its number, ' +
      'the small ones of its colour are the other adversaries; lines are 95 % intervals. Both scales are logarithmic; what is zero, or nearly, stands at the axis.',
    drawing,
    legend: `${legend([
      { name: 'Vestibule', style: styleOf(0), as: 'points' },
      { name: 'what else a bank might use', style: styleOf(1), as: 'points' },
    ])}<ol class="numbered">${numbers}</ol>`,
    numbers: frontierTable(entries.flatMap(({ worst, others }) => [worst, ...others])),
    models: entries.map(({ worst }) => worst.model),
  });
}

/** One for each side: who would tell twelve lines apart? @param side `Vestibule`, or the others */
export async function speedFigure(key: string, side: string, points: readonly SpeedPoint[]): Promise<Html> {
  const series = [...grouped(points, ({ defence }) => defence)];
  const told = series.map(
    ([name, of]) => `${name}, ${of[0]?.what}: ${of.map(({ perDay, until }) => `${counted(perDay)} a day, ${arrived(until)}`).join('; ')}`,
  );
  return figure({
    key,
    title: `How long until it is noticed, by how fast it scans: ${side}`,
    caption:
      'Leads of the adversary’s owner, honest ones included, until the first time; the median over the runs with its 95 % interval (six runs or more). A triangle at the upper edge: it happened in no more than ' +
      'half of the runs (so many of so many), so there is no median, and no line to it.',
    drawing: await drawn(key, `Leads until it happened over persons a day, both logarithmic. ${told.join('. ')}.`, speed(points)),
    legend: legend(series.map(([name, of], n) => ({ name: `${name}: ${of[0]?.what}`, style: styleOf(n), as: 'both' }))),
    numbers: speedTable(`Leads until it happened at each speed: ${side}`, points),
    models: points.map(({ model }) => model),
  });
}

export async function learnedFigure(key: string, side: string, points: readonly SpeedPoint[]): Promise<Html> {
  const series = [...grouped(points, ({ defence }) => defence)];
  const told = series.map(
    ([name, of]) => `${name}: ${of.map(({ perDay, persons }) => `${counted(perDay)} a day, ${estimated(persons)}`).join('; ')}`,
  );
  return figure({
    key,
    title: `What is learned, by how fast it scans: ${side}`,
    caption:
      'Persons learned; lines are 95 % intervals of the mean. Both scales are logarithmic; who learns nobody stands at the lower edge.',
    drawing: await drawn(
      key,
      `Persons learned over persons a day that are asked about, both logarithmic. ${told.join('. ')}.`,
      learnedOver(points),
    ),
    legend: legend(series.map(([name], n) => ({ name, style: styleOf(n), as: 'both' }))),
    numbers: speedTable(`Persons learned at each speed: ${side}`, points),
    models: points.map(({ model }) => model),
  });
}

export async function allowanceFigure(series: readonly AllowanceSeries[]): Promise<Html> {
  const told = series.map(({ name, days }) => {
    const balances = days.map(({ balance }) => balance);
    const [low, high] = [Math.min(...balances), Math.max(...balances)];
    return `${name}: between ${counted(low)} and ${counted(high)}, ${counted(balances.at(-1) ?? 0)} at the end`;
  });
  const byDay = series.map(({ days }) => new Map(days.map(({ day, balance }) => [day, balance])));
  const days = [...new Set(series.flatMap((each) => each.days.map(({ day }) => day)))].sort((one, other) => one - other);
  return figure({
    key: 'allowance',
    title: 'The allowance over time',
    caption: 'Leads that an owner may still open, at the end of each day. Below one nothing is admitted.',
    drawing: await drawn('allowance', `Allowance left over the days. ${told.join('; ')}.`, allowance(series)),
    legend: legend(series.map(({ name }, n) => ({ name, style: styleOf(n), as: 'line' }))),
    numbers: table<number>(
      'Allowance left at the end of each day, leads',
      [
        { title: 'day', of: counted },
        ...series.map(({ name }, n) => {
          return { title: name, of: (day: number) => balanceText(byDay[n]?.get(day)), isFigure: true };
        }),
      ],
      days,
    ),
    models: series.map(({ model }) => model),
  });
}

export async function lawFigure(of: LawFigure): Promise<Html> {
  const rows = [
    ...of.curves.flatMap(({ name, points, model }) => points.map(([x, y]) => ({ series: name, x, y, interval: undefined, model }))),
    ...of.points,
  ];
  const measured = [...new Set(of.points.map(({ series }) => series))];
  const told = of.points.map(({ series, x, y, interval }) => `${series} at ${counted(x)}: ${estimated(withInterval(y, interval))}`);
  return figure({
    key: 'law',
    title: 'The square-root law, and what was measured',
    caption: of.caption,
    drawing: await drawn('law', `${of.yTitle} over ${of.xTitle}, both logarithmic. Measured: ${told.join('; ')}.`, law(of)),
    legend: legend([
      ...of.curves.map(({ name }, n) => ({ name, style: styleOf(n), as: 'line' as const })),
      ...measured.map((name, n) => ({ name, style: styleOf(of.curves.length + n), as: 'points' as const })),
    ]),
    numbers: table<(typeof rows)[number]>(
      `${of.yTitle} over ${of.xTitle}`,
      [
        { title: 'series', of: ({ series }) => series },
        { title: of.xTitle, of: ({ x }) => counted(x), isFigure: true },
        { title: of.yTitle, of: ({ y, interval }) => estimated(withInterval(y, interval)), isFigure: true },
        { title: 'model', of: ({ model }) => MODEL_TEXTS[model] },
      ],
      rows,
    ),
    models: rows.map(({ model }) => model),
  });
}

function withInterval(mean: number, interval: Interval | undefined): Estimate {
  return interval === undefined ? { mean } : { mean, interval };
}

function balanceText(balance: number | undefined): string {
  return balance === undefined ? 'none' : counted(balance);
}
