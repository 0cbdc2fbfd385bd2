import type { ScatterSeriesOption } from 'echarts';
import { counted, percent } from './figures.text.js';
import type { Estimate } from './interval.js';
import { type Plot, type Size, SIZES } from './report.drawing.js';
import { axis, HALO, type Mark, STILL, STYLES, whiskers } from './report.marks.js';
import type { Summary } from './summary.js';

/** A logarithm has no zero: what is at this or below stands at the axis, which says 0 there. */
const LEAST_SHARE = 1e-5;
const LEAST_PERSONS = 0.1;

const [OURS, PEER] = STYLES;

/** A defence with its number in the report's list, its worst adversary, and all the others. */
export interface FrontierEntry {
  readonly number: number;
  readonly isOurs: boolean;
  readonly worst: Summary;
  readonly others: readonly Summary[];
}

/** Persons learned over friction: the further down and to the left the better. */
export function frontier(entries: readonly FrontierEntry[], days: number): Plot {
  const most = Math.max(1, ...entries.flatMap(({ worst, others }) => [worst, ...others]).map(({ persons }) => limits(persons).high));
  const top = 10 ** Math.ceil(Math.log10(most * 1.01));
  const markOf = (summary: Summary): Mark => mark(summary, top);
  return (size) => ({
    grid: size === 'wide' ? { left: 92, right: 64, top: 16, bottom: 56 } : { left: 58, right: 62, top: 12, bottom: 52 },
    xAxis: axis({
      title: size === 'wide' ? 'honest leads refused or slowed' : 'honest leads refused, slowed',
      type: 'log',
      min: LEAST_SHARE,
      max: 1,
      gap: 32,
      wording: (share) => (share <= LEAST_SHARE * 1.01 ? '0' : percent(share)),
    }),
    yAxis: axis({
      title: `persons learned in ${days} days`,
      type: 'log',
      min: LEAST_PERSONS,
      max: top,
      gap: size === 'wide' ? 72 : 48,
      wording: (persons) => (persons <= LEAST_PERSONS * 1.01 ? '0' : short(persons, size)),
    }),
    series: [false, true].flatMap((isOurs) => {
      const style = isOurs ? OURS : PEER;
      const of = entries.filter((entry) => entry.isOurs === isOurs);
      const others = of.flatMap((entry) => entry.others.map(markOf));
      return [
        whiskers(others, style.color, 0.15),
        whiskers(
          of.map(({ worst }) => markOf(worst)),
          style.color,
          1,
        ),
        { ...points(others, style, 4), itemStyle: { color: style.color, opacity: 0.35 }, z: 3 },
        labelled(of, markOf, style, size),
      ];
    }),
  });
}

function labelled(
  entries: readonly FrontierEntry[],
  markOf: (summary: Summary) => Mark,
  style: typeof OURS | typeof PEER,
  size: Size,
): ScatterSeriesOption {
  const numbers = entries.map(({ number }) => String(number));
  return {
    ...points(
      entries.map(({ worst }) => markOf(worst)),
      style,
      11,
    ),
    label: {
      show: true,
      position: 'right',
      color: style.color,
      fontSize: size === 'wide' ? 13 : 12,
      lineHeight: 17,
      fontWeight: 'bold',
      ...HALO,
      formatter: ({ dataIndex }) => numbers[dataIndex] ?? '',
    },
    // In a column at the right, with a line to each mark: who has the same figures would else be written across each other.
    labelLayout: { x: SIZES[size].width - 30, moveOverlap: 'shiftY' },
    labelLine: { show: true, lineStyle: { color: style.color, width: 0.75, opacity: 0.5 } },
  };
}

function points(marks: readonly Mark[], { color, symbol }: typeof OURS | typeof PEER, symbolSize: number): ScatterSeriesOption {
  return { ...STILL, type: 'scatter', symbol, symbolSize, data: marks.map(({ x, y }) => [x, y]), itemStyle: { color, opacity: 1 }, z: 4 };
}

function mark({ refusedShare, persons }: Summary, top: number): Mark {
  const x = (share: number): number => Math.max(LEAST_SHARE, share);
  const y = (count: number): number => Math.min(top, Math.max(LEAST_PERSONS, count));
  const [across, up] = [limits(refusedShare), limits(persons)];
  return { x: x(refusedShare.mean), y: y(persons.mean), left: x(across.low), right: x(across.high), low: y(up.low), high: y(up.high) };
}

function limits({ mean, interval }: Estimate): { readonly low: number; readonly high: number } {
  return interval ?? { low: mean, high: mean };
}

function short(persons: number, size: Size): string {
  if (size === 'wide') return counted(persons);
  return persons >= 1e6 ? `${persons / 1e6} m` : persons >= 1e4 ? `${Math.round(persons / 1e3)},000` : counted(persons);
}
