import { ADVERSARIES } from './adversaries.js';
import { ADAPTIVE_ADVERSARY } from './adaptive.js';
import { CountModel } from './count-model.js';
import { DEFENCES, figuresOf, type LeagueSettings } from './league.js';
import type { LeagueOutcome } from './league-rounds.js';
import { lawCurve, untilHits } from './law.js';
import { LEADS_PER_FALSE_ALARM } from './law-distance.js';
import { measuredPoints } from './law-measured.js';
import { OURS, termsUnder } from './our-defence.js';
import type { AllowanceSeries, LawFigure, ReportInput } from './report.input.js';

/** What a canary hit is worth to a watch: one person in 200 whom a scanner asks about, one honest lead in 100,000. */
const CANARIES = { scanned: 0.005, honest: 1e-5 };
const VOLUMES = [30, 100, 300, 1_000, 3_000, 10_000];
const LAW_RUNS = 200;

/** All that the report of a league says, from its results and, where it says so, from the count-level model. */
export function reportInput(settings: LeagueSettings, outcome: LeagueOutcome, command: string): ReportInput {
  const { days, population, host } = settings;
  const { results, adaptive, speeds, advice } = outcome;
  const seed = Math.min(...[...results, ...outcome.swept].map((each) => each.seed));
  return {
    title: 'What a scanner learns',
    command,
    parameters: [
      ['host, leads a weekday', String(host.leadsPerDay)],
      ['existing customers among its applicants', String(host.existingShare)],
      ['of whom acknowledge', String(host.acknowledgedShare)],
      ['conversion of the others', String(host.conversion)],
      ['course of its year', host.course],
      ['share of the population who are customers', String(population.customerShare)],
      ['canaries', String(population.canaryShare)],
      ['length of a run', `${days} days`],
    ],
    ours: DEFENCES.filter(({ name }) => OURS.has(name)),
    peers: DEFENCES.filter(({ name }) => !OURS.has(name)),
    adversaries: [...ADVERSARIES, ...(adaptive.length === 0 ? [] : [ADAPTIVE_ADVERSARY])],
    results,
    ...(advice !== undefined && { advice }),
    adaptive,
    speeds,
    distances: outcome.distances,
    varied: outcome.varied,
    ...(results.some(({ defence }) => defence === 'instant') && { baseline: 'instant' }),
    allowances: allowancesOf(settings, seed),
    law: lawOf(days, seed),
  };
}

/** Of the host by itself, and with a scanner that takes all that the allowance leaves: days and counts, not single leads. */
function allowancesOf({ host, population, days }: LeagueSettings, seed: number): readonly AllowanceSeries[] {
  const terms = termsUnder('instant', figuresOf(host));
  const model = new CountModel({ business: host, terms, population });
  const scan = { from: 0, perDay: terms.ceiling, reserve: 10 * host.leadsPerDay, cover: 'nothing', covered: 0 } as const;
  return [
    { name: 'an honest host', balances: model.run(seed, days).balances },
    { name: 'the same with a scanner inside', balances: model.run(seed, days, scan).balances },
  ].map(({ name, balances }) => ({ name, days: balances.map((balance, day) => ({ day, balance })), model: 'counted' }));
}

function lawOf(days: number, seed: number): LawFigure {
  const hidings = VOLUMES.map((leadsPerDay) => ({ leadsPerDay, days }));
  const measured = measuredPoints(CANARIES, LEADS_PER_FALSE_ALARM, hidings, { seed, runs: LAW_RUNS });
  const curve = lawCurve(
    CANARIES,
    measured.map(({ leadsPerDay, threshold }) => ({ leadsPerDay, days, threshold })),
  );
  return {
    xTitle: 'honest leads a day',
    yTitle: 'persons learned',
    caption:
      `Canaries on one person in 200, hit by one honest lead in 100,000; a watch with one false alarm in ${LEADS_PER_FALSE_ALARM.toLocaleString('en')} leads; ` +
      `${days} days; measured with ${LAW_RUNS} runs a point, the watch and the scanner each at their best. The law: Bash, Goeckel, Towsley 2013.`,
    curves: [
      { name: 'square-root law', points: curve.map(({ leadsPerDay, persons }) => [leadsPerDay, persons] as const), model: 'formula' },
      {
        name: 'two hits, where honest ones are rare',
        points: VOLUMES.map((volume) => [volume, untilHits(CANARIES)] as const),
        model: 'formula',
      },
    ],
    points: measured.flatMap(({ leadsPerDay, mean, halfInterval, p95 }) => [
      { series: 'mean', x: leadsPerDay, y: mean, interval: { low: mean - halfInterval, high: mean + halfInterval }, model: 'wire' },
      { series: '95th percentile', x: leadsPerDay, y: p95, model: 'wire' },
    ]),
  };
}
