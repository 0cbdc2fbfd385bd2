import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { runCommand, wholeNumber, WrongUse } from '../cli/command-line.js';
import { ADAPTIVE_ADVERSARY } from './adaptive.js';
import { ADVERSARIES } from './adversaries.js';
import type { Asked } from './advice.js';
import { commandOf } from './league-command.js';
import { progressOf } from './league-progress.js';
import { reportInput } from './league-report.js';
import {
  BESIDE_THE_STANDING,
  VARIATIONS,
  type LeagueOutcome,
  type LeagueRequest,
  playRounds,
  roundsIn,
  type Stage,
} from './league-rounds.js';
import { FULL_VOLUME, settingsOf, share } from './league-settings.js';
import { outcomeText } from './league.text.js';
import { DEFENCES, type Job } from './league.js';
import { play } from './play.js';
import { COUNTRY } from './population.js';
import { tableOf, withTable } from './readme-table.js';
import { reportOf, seedsText } from './report.js';
import { ResultsFile } from './results-file.js';
import { summarise } from './summary.js';

/** Six, for the interval of a median. */
const STANDING = { seeds: 6, rounds: 8 };
const FULL = { seeds: 6, rounds: 20 };

const USAGE = `usage: npm run league -- [--full] [--seed N] [--seeds N] [--days N] [--only WORDS]... [--out FILE] [--threads N] [--json] [--report FILE] [--readme FILE]
                          [--partner FILE] [--register-share S] [--volume L] [--existing S] [--acknowledged S] [--conversion C]
                          [--may-leak PERSONS --may-refuse SHARE]
Virtual years of honest partners and one adversary each, before this service in each mode and before what a bank would use
instead: what a scanner learns, and what the honest pay for it.

  --full             a large host (${FULL_VOLUME} leads a day), ${FULL.seeds} seeds, and each adversary at other values too: a day or so; with --out it may be broken off and goes on
  --seed N           the first seed, 1 unless given; the same seeds give the same figures
  --seeds N          how many; ${STANDING.seeds} unless given
  --days N           of each run; 365 unless given
  --only WORDS       defences and adversaries with these words in their names, or ${BESIDE_THE_STANDING.join(', ')}; may be given again
  --out FILE         each run is put down there, a line of JSON each; runs that it has already are not played again
  --threads N        runs at a time; as many as there are cores unless given; their memory together stays below three quarters of the machine's
  --report FILE      the report: one HTML page that needs no network
  --readme FILE      puts the table of the worst adversaries into this Markdown file, between its marks
  --json             all results as one JSON object on stdout, and nothing else there
  --partner FILE     the host, as a JSON object with any of leadsPerDay, existingShare, acknowledgedShare, conversion, course, ...
  --register-share S share of the population who are the bank's customers; ${COUNTRY.customerShare} unless given
  --volume L, --existing S, --acknowledged S, --conversion C  of the host, where they are not the file's
  --may-leak PERSONS, --may-refuse SHARE  what the bank can bear: persons that the worst adversary learns in a year, and the share of honest leads
                     that are refused or slowed; the league then ends with an advice: which mode and terms, at what price`;

interface Shown {
  readonly json: boolean;
  readonly report?: string | undefined;
  readonly readme?: string | undefined;
}

async function show(values: Shown, request: LeagueRequest, outcome: LeagueOutcome): Promise<void> {
  const command = commandOf(process.argv.slice(2));
  const { settings, seeds } = request;
  if (values.report !== undefined) writeFileSync(values.report, await reportOf(reportInput(settings, outcome, command)));
  if (values.readme !== undefined) {
    const table = tableOf(summarise(outcome.results), {
      command,
      seeds: seedsText(seeds),
      adversaries: [...ADVERSARIES, ADAPTIVE_ADVERSARY],
    });
    writeFileSync(values.readme, withTable(readFileSync(values.readme, 'utf8'), table));
  }
  console.log(values.json ? JSON.stringify({ settings, seeds, ...outcome }) : outcomeText(outcome));
}

function askedOf(leak: string | undefined, refuse: string | undefined): Asked | undefined {
  if (leak === undefined && refuse === undefined) return undefined;
  if (leak === undefined || refuse === undefined) throw new WrongUse('--may-leak and --may-refuse go together');
  return { persons: wholeNumber('--may-leak', leak, { from: 0, to: 1_000_000_000 }), refused: share('--may-refuse', refuse, 0) };
}

/** @throws WrongUse for words that are in no name */
function chosen(only: readonly string[], isFull: boolean): { defences: readonly string[]; adversaries: readonly string[] } {
  const defences = DEFENCES.map(({ name }) => name);
  const adversaries = [...ADVERSARIES.map(({ name }) => name), ...BESIDE_THE_STANDING];
  const unknown = only.find((words) => ![...defences, ...adversaries].some((name) => name.includes(words)));
  if (unknown !== undefined) throw new WrongUse(`nobody in the league has ${unknown} in their name`);
  const matching = (names: readonly string[]): readonly string[] => {
    const found = names.filter((name) => only.some((words) => name.includes(words)));
    return found.length === 0 ? names.filter((name) => isFull || name !== VARIATIONS) : found;
  };
  return { defences: matching(defences), adversaries: matching(adversaries) };
}

/** What is on file at the start is gone on with; of Ctrl-C, whether the same command will. */
function sayWhenStopped(file: ResultsFile, path: string | undefined): void {
  const kept = (): number => file.results.length;
  if (kept() > 0) process.stderr.write(`league: goes on with ${kept()} results in ${path}\n`);
  process.once('SIGINT', () => {
    const what =
      path === undefined
        ? 'nothing was put down; with --out FILE it could go on'
        : `the same command goes on with ${kept()} results in ${path}`;
    process.stderr.write(`\nleague: stopped; ${what}\n`);
    process.exit(130);
  });
}

function stageOf(request: LeagueRequest, file: ResultsFile, threads: number): Stage {
  const { settings } = request;
  const rounds = roundsIn(request);
  const withProgress = async <Result>(
    what: string,
    jobs: readonly Job[],
    go: (done: (job: Job) => void) => Promise<Result>,
  ): Promise<Result> => {
    if (jobs.length === 0) return go(() => undefined);
    const round = `${what} (round ${rounds.indexOf(what) + 1} of ${rounds.length})`;
    const progress = progressOf(round, jobs.length, jobs.filter((job) => file.has(job)).length);
    try {
      return await go((job) => progress.done(job));
    } finally {
      progress.end();
    }
  };
  return {
    runs: (what, jobs) => withProgress(what, jobs, (done) => play(settings, jobs, { file, threads, done })),
    searches: (what, jobs) => withProgress(what, jobs, (done) => play(settings, jobs, { file, threads, done })),
  };
}

await runCommand({
  name: 'league',
  usage: USAGE,
  operands: [],
  options: {
    full: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    days: { type: 'string', default: '365' },
    only: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    report: { type: 'string' },
    readme: { type: 'string' },
    partner: { type: 'string' },
    'register-share': { type: 'string' },
    volume: { type: 'string' },
    existing: { type: 'string' },
    acknowledged: { type: 'string' },
    conversion: { type: 'string' },
    'may-leak': { type: 'string' },
    'may-refuse': { type: 'string' },
  },
  run: async (values) => {
    const usual = values.full ? FULL : STANDING;
    const asked = askedOf(values['may-leak'], values['may-refuse']);
    const settings = settingsOf(values, wholeNumber('--days', values.days, { from: 1, to: 3_650 }), values.full);
    const first = wholeNumber('--seed', values.seed, { from: 0, to: 2 ** 31 });
    const many = wholeNumber('--seeds', values.seeds ?? String(usual.seeds), { from: 1, to: 10_000 });
    const seeds = Array.from({ length: many }, (_, n) => first + n);
    const request: LeagueRequest = {
      settings,
      ...chosen(values.only, values.full),
      isFull: values.full,
      seeds,
      rounds: usual.rounds,
      ...(asked !== undefined && { asked }),
    };
    const threads = wholeNumber('--threads', values.threads, { from: 1, to: 256 });
    const file = new ResultsFile(values.out, settings);
    sayWhenStopped(file, values.out);
    const outcome = await playRounds(request, stageOf(request, file, threads));
    await show(values, request, outcome);
    return 0;
  },
});
