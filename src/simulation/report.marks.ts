import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts';

/** Where a point lies, and how far its interval reaches each way; all of it within the axes. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly right: number;
  readonly low: number;
  readonly high: number;
}

/** Series are told apart by colour, by dash and by symbol, for those who do not tell the colours apart. */
export const STYLES = [
  { color: 'var(--s1)', dash: 'solid', symbol: 'circle' },
  { color: 'var(--s2)', dash: [7, 4], symbol: 'rect' },
  { color: 'var(--s3)', dash: [2, 3], symbol: 'triangle' },
  { color: 'var(--s4)', dash: [10, 3, 2, 3], symbol: 'diamond' },
  { color: 'var(--s5)', dash: [4, 2], symbol: 'pin' },
  { color: 'var(--s6)', dash: [12, 5], symbol: 'roundRect' },
] as const;
export type Style = (typeof STYLES)[number];

export function styleOf(n: number): Style {
  return STYLES[n % STYLES.length] as Style;
}

/** Nothing answers to a pointer in a drawing that stands still. */
export const STILL = { silent: true, emphasis: { disabled: true } } as const;
/** Letters stay legible where they cross a line. */
export const HALO = { textBorderColor: 'var(--paper)', textBorderWidth: 3 } as const;

const GRID = { lineStyle: { color: 'var(--grid)' } };
const AXIS = {
  axisLine: { show: true, onZero: false, lineStyle: { color: 'var(--line)' } },
  axisTick: { lineStyle: { color: 'var(--line)' } },
  splitLine: { show: true, ...GRID },
  minorSplitLine: { show: false },
  nameLocation: 'middle',
  nameTextStyle: { color: 'var(--ink)', fontSize: 13 },
} as const;
const LABEL = { color: 'var(--ink)', fontSize: 12, hideOverlap: true } as const;

interface AxisSettings {
  readonly title: string;
  readonly type: 'log' | 'value';
  readonly min?: number;
  readonly max?: number;
  /** Between the axis and its title, px. */
  readonly gap: number;
  readonly wording: (value: number) => string;
}

/** As ECharts takes an axis, of either direction. */
export function axis({ title, type, min, max, gap, wording }: AxisSettings): typeof AXIS & Record<'name', string> {
  const limits = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  return { ...AXIS, type, name: title, nameGap: gap, ...limits, axisLabel: { ...LABEL, formatter: wording } } as typeof AXIS &
    Record<'name', string>;
}

/** A line through each interval, with a bar across its ends, as a series of their own below the points. */
export function whiskers(marks: readonly Mark[], color: string, opacity: number): CustomSeriesOption {
  return {
    silent: true,
    type: 'custom',
    z: 2,
    data: marks.map(({ x, y, left, right, low, high }) => [x, y, left, right, low, high]),
    renderItem: (_, api) => {
      const at = (dimension: number): number => Number(api.value(dimension));
      const [x, y, left, right, low, high] = [at(0), at(1), at(2), at(3), at(4), at(5)];
      return {
        type: 'group',
        children: [
          ...whisker(api.coord([x, low]), api.coord([x, high]), 'across', { color, opacity }),
          ...whisker(api.coord([left, y]), api.coord([right, y]), 'up', { color, opacity }),
        ],
      };
    },
  };
}

type Pixel = readonly number[];

function whisker(from: Pixel, to: Pixel, ends: 'across' | 'up', { color, opacity }: { color: string; opacity: number }): Line[] {
  const [x1, y1, x2, y2] = [...from, ...to] as [number, number, number, number];
  if (Math.abs(x1 - x2) + Math.abs(y1 - y2) < 1) return [];
  const [dx, dy] = ends === 'across' ? [3, 0] : [0, 3];
  const style = { stroke: color, lineWidth: 1.5, opacity };
  return [
    { type: 'line', shape: { x1, y1, x2, y2 }, style },
    { type: 'line', shape: { x1: x1 - dx, y1: y1 - dy, x2: x1 + dx, y2: y1 + dy }, style },
    { type: 'line', shape: { x1: x2 - dx, y1: y2 - dy, x2: x2 + dx, y2: y2 + dy }, style },
  ];
}

interface Line {
  readonly type: 'line';
  readonly shape: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  readonly style: { readonly stroke: string; readonly lineWidth: number; readonly opacity: number };
}

/** @param data broken where a value is `null` */
export function line(data: readonly (readonly (number | null)[])[], { color, dash }: Style): LineSeriesOption {
  return {
    ...STILL,
    type: 'line',
    showSymbol: false,
    data: data.map((each) => [...each]),
    lineStyle: { color, width: 2, type: dash === 'solid' ? 'solid' : [...dash] },
    z: 3,
  };
}

export function dots(marks: readonly Mark[], { color, symbol }: Style, size = 9): ScatterSeriesOption {
  return {
    ...STILL,
    type: 'scatter',
    symbol,
    symbolSize: size,
    data: marks.map(({ x, y }) => [x, y]),
    itemStyle: { color, opacity: 1 },
    z: 4,
  };
}
