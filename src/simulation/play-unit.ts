import { foundBy } from './adaptive.js';
import type { DefenceMaker } from './defence.js';
import {
  amongWhom,
  defenceOf,
  isSearch,
  type LeagueSettings,
  type Played,
  type PlayedRun,
  planOf,
  type RunJob,
  type Unit,
} from './league.js';
import { Run, type RunResult } from './run.js';
import { SideBySide } from './side-by-side.js';
import { isWatched, ownOf } from './units.js';

/** In the order of the jobs; each comes to what it would come to by itself. */
export function* playedIn(unit: Unit, settings: LeagueSettings): Generator<Played, void> {
  const [first] = unit;
  if (isSearch(first)) yield foundBy(settings, first);
  else if (ownOf(first) === undefined) yield* beforePeers(unit as readonly [RunJob, ...RunJob[]], settings);
  else yield* beforeOwn(unit as readonly RunJob[], settings);
}

/** Whoever never refused anybody, and raised no alarm, has made no difference. */
function* beforePeers(jobs: readonly [RunJob, ...RunJob[]], settings: LeagueSettings): Generator<PlayedRun, void> {
  const [first, ...others] = jobs;
  let peers: SideBySide | undefined;
  const make: DefenceMaker['make'] = (world) => (peers = new SideBySide(jobs.map(defenceOf), world));
  const run = runOf(first, settings, { ...defenceOf(first), make });
  yield of(first, run.run());
  const alike = new Map(peers?.alike.map(({ name, defence }) => [name, defence]));
  for (const job of others) {
    const same = alike.get(job.defence);
    yield of(job, same === undefined ? runOf(job, settings).run() : run.resultBefore(job.defence, same));
  }
}

/** Nor has a human who found nothing to do. */
function* beforeOwn(jobs: readonly RunJob[], settings: LeagueSettings): Generator<PlayedRun, void> {
  let quiet: RunResult | undefined;
  for (const job of jobs) {
    if (quiet !== undefined) {
      yield of(job, { ...quiet, defence: defenceOf(job).name });
      continue;
    }
    const run = runOf(job, settings);
    const result = run.run();
    if (isWatched(job) && !run.isIntervenedIn) quiet = result;
    yield of(job, result);
  }
}

function runOf(job: RunJob, settings: LeagueSettings, maker = defenceOf(job)): Run {
  return new Run(maker, job.plan ?? planOf(job.adversary), { ...amongWhom(settings, job), seed: job.seed });
}

function of({ plan, own }: RunJob, result: RunResult): PlayedRun {
  return { ...result, ...(plan !== undefined && { plan }), ...(own !== undefined && { own }) };
}
