/** What a row has to reach. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export interface Row {
  readonly name: string;
  /** What is divided by what; or the unit, where it is an amount. */
  readonly what: string;
  readonly goal: Goal;
}

/** How much is measured. Anything less than the defaults is for trying and says so in the results. */
export interface Amounts {
  /** Leads that are checked in one measured phase at 64 connections. */
  readonly checks: number;
  /** Whole flows (open, check, create) in one measured phase. */
  readonly flows: number;
  /** Seconds that each store is appended to. */
  readonly appendSeconds: number;
  /** Events in the log that funnels are rebuilt from. */
  readonly rebuildEvents: number;
  /** Customers in memory for the look-up. */
  readonly customers: number;
  /** Rows of the import. */
  readonly importRows: number;
  /** Events in the long log. */
  readonly longLog: number;
  /** Events in the long stream of one owner. */
  readonly longStream: number;
}

export interface Bench {
  readonly amounts: Amounts;
  readonly rounds: number;
  /** Names of the rows that were asked for. */
  readonly wanted: ReadonlySet<string>;
  /** An empty directory on the disk that is measured; gone at the end. */
  readonly directory: string;
  /** A line about what is being done, replaced by the next. */
  say(line: string): void;
  /** A version to be printed with the results. */
  uses(name: string, version: string): void;
}

export interface Measured {
  readonly ratios: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, number>>;
}

/** Ready to be measured. */
export interface OpenGroup {
  /** @param round from 0 */
  round(round: number): Promise<Measured>;
  close(): Promise<void>;
}

/** Rows that share what they measure: all of them in each round, one after the other. */
export interface Group {
  readonly name: string;
  readonly rows: readonly Row[];
  /** @throws Absent when something that is needed is not to be had here */
  open(bench: Bench): Promise<OpenGroup>;
}

/** The rows are skipped, and this is why. */
export class Absent extends Error {
  override name = 'Absent';
}
