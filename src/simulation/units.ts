import { grouped } from './grouped.js';
import { isSearch, type Job, keyOf, OWN_DEFENCES, type OwnDefence, ownName, type RunJob, type Unit } from './league.js';

/**
 * What of a league may come to the same, and is best played in one place: an adversary of one seed before all that a bank would use
 * instead; and before one of our modes, with a human who watches and without. In the order of the first of each; who is watched
 * comes before who is not. A search is a unit by itself.
 */
export function unitsOf(jobs: readonly Job[]): readonly Unit[] {
  const watchedFirst = (one: Job, other: Job): number => Number(isWatched(other)) - Number(isWatched(one));
  return [...grouped(jobs, unitKey).values()].map((unit) => unit.toSorted(watchedFirst) as unknown as Unit);
}

/** Which of ours it is before; undefined where it is none. */
export function ownOf({ defence, own }: RunJob): OwnDefence | undefined {
  return own ?? OWN_DEFENCES.find((each) => ownName(each) === defence);
}

export function isWatched(job: Job): boolean {
  return !isSearch(job) && ownOf(job)?.isWatched === true;
}

function unitKey(job: Job): string {
  if (isSearch(job)) return keyOf(job);
  const { adversary, seed, plan } = job;
  const own = ownOf(job);
  return JSON.stringify([seed, adversary, plan ?? null, own === undefined ? null : [own.mode, own.variant ?? null]]);
}
