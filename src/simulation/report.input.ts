import type { Verdict } from './advice.js';
import type { Arrival } from './arrival.js';
import type { Estimate, Interval } from './interval.js';
import type { Distance } from './law-distance.js';
import type { Found } from './league.js';
import type { Model } from './model.js';
import type { RunResult } from './run.js';

/** A defence or an adversary, as the report explains it. */
export interface Named {
  readonly name: string;
  readonly description: string;
}

/** What came of a scanner of one speed; the points of one defence are joined. */
export interface SpeedPoint {
  readonly defence: string;
  readonly isOurs: boolean;
  /** What `until` counts to: `stopped by a human`. */
  readonly what: string;
  /** Persons a day that the scanner asks about; above 0. */
  readonly perDay: number;
  /** Leads of the scanner's owner, honest ones included. */
  readonly until: Arrival;
  /** Persons learned in `days`. */
  readonly persons: Estimate;
  readonly days: number;
  readonly model: Model;
}

/** An owner's allowance at the end of each day. */
export interface AllowanceSeries {
  readonly name: string;
  readonly days: readonly { readonly day: number; readonly balance: number }[];
  readonly model: Model;
}

export interface LawCurve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly model: Model;
}

export interface LawPoint {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  readonly interval?: Interval;
  readonly model: Model;
}

/** Curves of a law, and what was measured; both axes are logarithmic, so only what is above 0 is drawn. */
export interface LawFigure {
  /** With its unit. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** What the curves rest on, and from where they are. */
  readonly caption: string;
  readonly curves: readonly LawCurve[];
  readonly points: readonly LawPoint[];
}

/** All that a report is made of. Every text is plain text. */
export interface ReportInput {
  readonly title: string;
  /** What gives these results again. */
  readonly command: string;
  /** Name and value of what the runs were made with, and of where and when they were. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** The product's own, one for each mode. */
  readonly ours: readonly Named[];
  /** What a bank would use instead. */
  readonly peers: readonly Named[];
  readonly adversaries: readonly Named[];
  readonly results: readonly RunResult[];
  /** Name of the defence that all others are compared with, seed by seed. */
  readonly baseline?: string;
  /** What follows for the bank, in sentences, and all that they were chosen from. */
  readonly advice?: { readonly sentences: readonly string[]; readonly verdicts: readonly Verdict[] };
  /** How the adversary goes about it that knows every parameter, before each of our modes. */
  readonly adaptive?: readonly Found[];
  readonly speeds?: readonly SpeedPoint[];
  readonly distances?: readonly Distance[];
  /** Standing adversaries at other values of their main parameter. */
  readonly varied?: readonly RunResult[];
  readonly allowances?: readonly AllowanceSeries[];
  readonly law?: LawFigure;
}
