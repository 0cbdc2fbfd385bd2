import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Presets, SingleBar } from 'cli-progress';
import { readJson, runCommand, wholeNumber, WrongUse } from '../cli/command-line.js';
import { ADVERSARIES } from './adversaries.js';
import { type HonestBusiness, ORDINARY } from './honest.js';
import { DEFENCES, type Job, jobsOf, type LeagueSettings, playLeague, ResultsFile } from './league.js';
import { estimated, percent } from './figures.text.js';
import { reportInput } from './league-report.js';
import { COUNTRY } from './population.js';
import { tableOf, withTable } from './readme-table.js';
import { reportOf, seedsText } from './report.js';
import type { RunResult } from './run.js';
import { summarise, worstOf } from './summary.js';

const USAGE = `usage: npm run league -- [--full] [--seed N] [--seeds N] [--days N] [--only WORDS]... [--out FILE] [--threads N] [--json] [--report FILE] [--readme FILE]
                          [--partner FILE] [--register-share S] [--conversion C] [--existing S] [--volume L]
Virtual years of honest partners and one adversary each, before this service in each mode and before what a bank would use
instead: what a scanner learns, and what the honest pay for it.

  --full             a large host (3,000 leads a day) and 20 seeds: hours; may be broken off and goes on with the same --out
  --seed N           the first seed, 1 unless given; the same seeds give the same figures
  --seeds N          how many; 5 unless given
  --days N           of each run; 365 unless given
  --only WORDS       defences and adversaries with these words in their names; may be given again
  --out FILE         each run is put down there, a line of JSON each; runs that it has already are not played again
  --threads N        runs at a time; as many as there are cores unless given
  --report FILE      the report: one HTML page that needs no network
  --readme FILE      puts the table of the worst adversaries into this Markdown file, between its marks
  --json             all results as one JSON object on stdout, and nothing else there
  --partner FILE     the host, as a JSON object with any of leadsPerDay, existingShare, acknowledgedShare, conversion, course, ...
  --register-share S share of the population who are the bank's customers; ${COUNTRY.customerShare} unless given
  --volume L, --existing S, --conversion C  of the host`;

const OTHERS: readonly HonestBusiness[] = [
  { ...ORDINARY, leadsPerDay: 20, existingShare: 0.5, conversion: 0.3, course: 'season', isSlow: true },
];
const FULL = { leadsPerDay: 3_000, seeds: 20 };
const STANDING_SEEDS = 5;

function share(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0 && value < 1)) throw new WrongUse(`${name} is a share, above 0 and below 1`);
  return value;
}

/** Text for a terminal: each defence before the adversary that learns the most from it. */
function worstText(results: readonly RunResult[]): string {
  const rows = worstOf(summarise(results)).map(({ defence, adversary, persons, refusedShare }) => {
    return `${defence.padEnd(34)}${adversary.padEnd(18)}${estimated(persons).padStart(34)}${percent(refusedShare.mean).padStart(10)}`;
  });
  return [
    `${'defence'.padEnd(34)}${'worst adversary'.padEnd(18)}${'persons learned [95 %]'.padStart(34)}${'refused'.padStart(10)}`,
    ...rows,
  ].join('\n');
}

/** Options that change nothing about the results: where they go to, and how. Most have a value. */
const OF_THE_OUTPUT = new Set(['--out', '--report', '--readme', '--threads', '--json']);

/** The command that gives the same results again. */
function commandOf(args: readonly string[]): string {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [option = '', value] = (args[at] ?? '').split('=', 2);
    if (!OF_THE_OUTPUT.has(option)) kept.push(args[at] ?? '');
    else if (option !== '--json' && value === undefined) at += 1;
  }
  return ['npm run league --', ...kept.map((each) => (/^[\w.-]+$/.test(each) ? each : `'${each}'`))].join(' ');
}

function show(values: { readonly json: boolean; readonly report?: string | undefined; readonly readme?: string | undefined }) {
  return async (settings: LeagueSettings, seeds: readonly number[], results: readonly RunResult[]): Promise<void> => {
    const command = commandOf(process.argv.slice(2));
    if (values.report !== undefined) writeFileSync(values.report, await reportOf(reportInput(settings, results, command)));
    if (values.readme !== undefined) {
      const table = tableOf(summarise(results), { command, seeds: seedsText(seeds) });
      writeFileSync(values.readme, withTable(readFileSync(values.readme, 'utf8'), table));
    }
    console.log(values.json ? JSON.stringify({ settings, seeds, results }) : worstText(results));
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
    conversion: { type: 'string' },
  },
  run: async (values) => {
    const given = values.partner === undefined ? {} : (readJson(values.partner) as Partial<HonestBusiness>);
    const stated = { ...ORDINARY, ...(values.full && { leadsPerDay: FULL.leadsPerDay }), ...given };
    const host: HonestBusiness = {
      ...stated,
      ...(values.volume !== undefined && { leadsPerDay: wholeNumber('--volume', values.volume, { from: 1, to: 100_000 }) }),
      existingShare: share('--existing', values.existing, stated.existingShare),
      conversion: share('--conversion', values.conversion, stated.conversion),
    };
    const settings: LeagueSettings = {
      days: wholeNumber('--days', values.days, { from: 1, to: 3_650 }),
      population: { ...COUNTRY, customerShare: share('--register-share', values['register-share'], COUNTRY.customerShare) },
      host,
      others: OTHERS,
    };
    const first = wholeNumber('--seed', values.seed, { from: 0, to: 2 ** 31 });
    const many = wholeNumber('--seeds', values.seeds ?? String(values.full ? FULL.seeds : STANDING_SEEDS), { from: 1, to: 10_000 });
    const seeds = Array.from({ length: many }, (_, n) => first + n);
    const chosen = (all: readonly { readonly name: string }[]): readonly string[] => {
      const names = all.map(({ name }) => name);
      const matching = names.filter((name) => values.only.some((words) => name.includes(words)));
      return matching.length === 0 ? names : matching;
    };
    const jobs = jobsOf(chosen(DEFENCES), chosen(ADVERSARIES), seeds);
    const file = new ResultsFile(values.out, settings);
    const results = await play(settings, jobs, file, wholeNumber('--threads', values.threads, { from: 1, to: 256 }));
    await show(values)(settings, seeds, results);
    return 0;
  },
});

async function play(settings: LeagueSettings, jobs: readonly Job[], file: ResultsFile, threads: number): Promise<readonly RunResult[]> {
  const bar = process.stderr.isTTY
    ? new SingleBar(
        { format: '{bar} {value} of {total} runs, {eta_formatted} left  {what}', stream: process.stderr, hideCursor: true },
        Presets.shades_classic,
      )
    : undefined;
  const before = jobs.filter((job) => file.has(job)).length;
  let played = before;
  bar?.start(jobs.length, before, { what: '' });
  try {
    await playLeague(settings, jobs, {
      file,
      threads: Math.min(threads, Math.max(1, jobs.length)),
      done: ({ defence, adversary, seed }) => {
        played += 1;
        if (bar === undefined) console.error(`league: ${played} of ${jobs.length} runs: ${defence} against ${adversary}, seed ${seed}`);
        else bar.update(played, { what: `${defence} against ${adversary}` });
      },
    });
  } finally {
    bar?.stop();
  }
  const wanted = new Set(jobs.map(({ defence, adversary, seed }) => `${defence} ${adversary} ${seed}`));
  return file.results.filter(({ defence, adversary, seed }) => wanted.has(`${defence} ${adversary} ${seed}`));
}
