import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts';
import { counted } from './figures.text.js';
import { grouped } from './grouped.js';
import type { Plot, Size } from './report.drawing.js';
import type { AllowanceSeries, LawFigure, SpeedPoint } from './report.input.js';
import { axis, dots, HALO, line, type Mark, STILL, type Style, styleOf, whiskers } from './report.marks.js';

type Series = LineSeriesOption | ScatterSeriesOption | CustomSeriesOption;

const gridOf = (size: Size): object =>
  size === 'wide' ? { left: 92, right: 40, top: 28, bottom: 56 } : { left: 66, right: 22, top: 28, bottom: 52 };
const gapOf = (size: Size): number => (size === 'wide' ? 68 : 50);

/** Leads until it happened, over the scanner's speed. At the upper edge: the runs, of all, in which it happened where those were no more than half. */
export function speed(points: readonly SpeedPoint[]): Plot {
  const drawnLeads = points.flatMap(({ until: { median, interval } }) =>
    median === undefined ? [] : [median, interval?.low ?? median, finite(interval?.high) ?? median],
  );
  const { min, max } = decades(drawnLeads);
  const series = [...grouped(points, ({ defence }) => defence).values()].flatMap((of, n) => speedSeries(of, styleOf(n), { min, max }));
  return (size) => ({
    grid: gridOf(size),
    xAxis: speedAxis(points, size),
    yAxis: axis({ title: 'leads until it happened, median', type: 'log', min, max, gap: gapOf(size), wording: counted }),
    series,
  });
}

function speedAxis(points: readonly SpeedPoint[], size: Size): ReturnType<typeof axis> {
  return axis({
    title: size === 'wide' ? 'persons a day that the scanner asks about' : 'persons asked about a day',
    type: 'log',
    gap: 32,
    wording: counted,
    ...decades(points.map((each) => each.perDay)),
  });
}

/** Persons learned, over the scanner's speed. A logarithm has no zero: what is learned of nobody stands at the lower edge, which says 0 there. */
export function learnedOver(points: readonly SpeedPoint[]): Plot {
  const limits = points.flatMap(({ persons: { mean, interval } }) => [mean, interval?.high ?? mean]);
  const max = decades([1, ...limits]).max;
  const within = (value: number): number => Math.min(max, Math.max(NOBODY, value));
  const series = [...grouped(points, ({ defence }) => defence).values()].flatMap((of, n): readonly Series[] => {
    const style = styleOf(n);
    const marks = of
      .toSorted((one, other) => one.perDay - other.perDay)
      .map(({ perDay, persons: { mean, interval } }): Mark => {
        const [low, high] = [within(interval?.low ?? mean), within(interval?.high ?? mean)];
        return { x: perDay, y: within(mean), left: perDay, right: perDay, low, high };
      });
    return [
      whiskers(marks, style.color, 1),
      line(
        marks.map(({ x, y }) => [x, y]),
        style,
      ),
      dots(marks, style),
    ];
  });
  const days = points[0]?.days ?? 0;
  return (size) => ({
    grid: gridOf(size),
    xAxis: speedAxis(points, size),
    yAxis: axis({
      title: `persons learned in ${days} days`,
      type: 'log',
      min: NOBODY,
      max,
      gap: gapOf(size),
      wording: (persons) => (persons <= NOBODY * 1.01 ? '0' : counted(persons)),
    }),
    series,
  });
}

const NOBODY = 0.1;

function speedSeries(points: readonly SpeedPoint[], style: Style, { min, max }: Decades): readonly Series[] {
  const inOrder = points.toSorted((one, other) => one.perDay - other.perDay);
  const marks = inOrder.flatMap(({ perDay, until: { median, interval } }): readonly Mark[] => {
    if (median === undefined) return [];
    const y = Math.max(min, median);
    return [
      { x: perDay, y, left: perDay, right: perDay, low: Math.max(min, interval?.low ?? y), high: Math.min(max, interval?.high ?? y) },
    ];
  });
  const late = inOrder.filter(({ until }) => until.median === undefined);
  const atTop: ScatterSeriesOption = {
    ...STILL,
    type: 'scatter',
    symbol: 'triangle',
    symbolSize: 10,
    clip: false,
    data: late.map(({ perDay }) => [perDay, max]),
    itemStyle: { color: style.color, opacity: 1 },
    label: {
      show: true,
      position: 'top',
      color: style.color,
      fontSize: 12,
      ...HALO,
      formatter: ({ dataIndex }) => `${late[dataIndex]?.until.happened} of ${late[dataIndex]?.until.runs}`,
    },
    labelLayout: { hideOverlap: true },
  };
  return [
    whiskers(marks, style.color, 1),
    line(
      inOrder.map(({ perDay, until: { median } }) => [perDay, median === undefined ? null : Math.max(min, median)]),
      style,
    ),
    dots(marks, style),
    atTop,
  ];
}

/** Balances over the days of a run. */
export function allowance(series: readonly AllowanceSeries[]): Plot {
  return (size) => ({
    grid: gridOf(size),
    xAxis: axis({
      title: 'day',
      type: 'value',
      gap: 32,
      wording: counted,
      min: 0,
      max: Math.max(1, ...series.flatMap(({ days }) => days.map(({ day }) => day))),
    }),
    yAxis: axis({ title: 'allowance left, leads', type: 'value', gap: gapOf(size), wording: counted }),
    series: series.map(({ days }, n) =>
      line(
        days.map(({ day, balance }) => [day, balance]),
        styleOf(n),
      ),
    ),
  });
}

/** A law's curves with what was measured of it. */
export function law({ xTitle, yTitle, curves, points }: LawFigure): Plot {
  const drawnPoints = points.filter(({ x, y }) => x > 0 && y > 0);
  const ys = [
    ...curves.flatMap((curve) => curve.points.map(([, y]) => y)),
    ...drawnPoints.flatMap(({ y, interval }) => [y, finite(interval?.high) ?? y]),
  ];
  const xs = [...curves.flatMap((curve) => curve.points.map(([x]) => x)), ...drawnPoints.map(({ x }) => x)];
  const { min, max } = decades(ys);
  const measured = [...grouped(drawnPoints, (point) => point.series).values()].flatMap((of, n): readonly Series[] => {
    const style = styleOf(curves.length + n);
    const marks = of.map(({ x, y, interval }) => {
      return { x, y, left: x, right: x, low: Math.max(min, interval?.low ?? y), high: Math.min(max, interval?.high ?? y) };
    });
    return [whiskers(marks, style.color, 1), dots(marks, style)];
  });
  return (size) => ({
    grid: gridOf(size),
    xAxis: axis({ title: xTitle, type: 'log', gap: 32, wording: counted, ...decades(xs) }),
    yAxis: axis({ title: yTitle, type: 'log', min, max, gap: gapOf(size), wording: counted }),
    series: [
      ...curves.map(({ points }, n) =>
        line(
          points.filter(([x, y]) => x > 0 && y > 0),
          styleOf(n),
        ),
      ),
      ...measured,
    ],
  });
}

interface Decades {
  readonly min: number;
  readonly max: number;
}

/** The powers of ten around all that is above 0. */
function decades(values: readonly number[]): Decades {
  const above = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  if (above.length === 0) return { min: 1, max: 10 };
  const [from, to] = [Math.floor(Math.min(...above)), Math.ceil(Math.max(...above))];
  return { min: 10 ** from, max: 10 ** Math.max(to, from + 1) };
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
