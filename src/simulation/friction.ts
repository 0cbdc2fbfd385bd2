import { grouped } from './grouped.js';
import { COUNT, type Estimate, estimateOf, rateOf, SHARE } from './interval.js';
import type { Model } from './model.js';
import type { RunResult } from './run.js';
import type { Summary } from './summary.js';

/** The adversary that is none. */
export const NOBODY = 'nobody';

const DAYS_OF_YEAR = 365;

/**
 * What the honest pay for a defence is the same whoever scans elsewhere, so it is measured once, with all kinds of them and nobody who
 * scans; with a scanner most runs have no other owners. Where that was not played each summary has its own.
 */
export function withFriction(summaries: readonly Summary[]): readonly Summary[] {
  const alone = new Map(summaries.filter(({ adversary }) => adversary === NOBODY).map((each) => [each.defence, each]));
  return summaries.map((summary) => {
    const quiet = alone.get(summary.defence);
    if (quiet === undefined) return summary;
    const { refusedShare, slowedShare, strictDays, noticesPerOwnerYear } = quiet;
    return { ...summary, refusedShare, slowedShare, strictDays, ...(noticesPerOwnerYear !== undefined && { noticesPerOwnerYear }) };
  });
}

/** What honest partners of one kind pay for a defence while nobody scans: one that starves does not hide in a mean. */
export interface KindSummary {
  readonly defence: string;
  readonly kind: string;
  readonly refusedShare: Estimate;
  readonly slowedShare: Estimate;
  readonly noticesPerOwnerYear?: Estimate;
  /** Of all owners of the kind together, in the days of a run. */
  readonly strictDays: Estimate;
  readonly seeds: number;
  readonly model: Model;
}

export function kindSummaries(results: readonly RunResult[]): readonly KindSummary[] {
  const quiet = results.filter(({ adversary }) => adversary === NOBODY);
  return [...grouped(quiet, ({ defence }) => defence)].flatMap(([defence, runs]) => {
    const kinds = [...new Set(runs.flatMap(({ honest }) => Object.keys(honest.byKind)))];
    return kinds.map((kind) => kindOf(defence, kind, runs));
  });
}

function kindOf(defence: string, kind: string, runs: readonly RunResult[]): KindSummary {
  const of = runs.flatMap(({ honest }) => honest.byKind[kind] ?? []);
  const shares = (figure: 'refused' | 'slowed'): Estimate =>
    estimateOf(
      of.map((each) => each[figure] / Math.max(1, each.leads)),
      SHARE,
    );
  const owners = of[0]?.owners ?? 0;
  const notices = rateOf(
    of.map((each) => each.notices),
    (owners * (runs[0]?.days ?? 0)) / DAYS_OF_YEAR,
  );
  return {
    defence,
    kind,
    refusedShare: shares('refused'),
    slowedShare: shares('slowed'),
    ...(notices !== undefined && { noticesPerOwnerYear: notices }),
    strictDays: estimateOf(
      of.map((each) => each.strictDays),
      COUNT,
    ),
    seeds: runs.length,
    model: 'exact',
  };
}
