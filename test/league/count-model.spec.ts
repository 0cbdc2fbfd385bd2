import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Terms } from '../../src/modules/owners/terms.js';
import { ADVERSARIES, type Plan } from '../../src/simulation/adversaries.js';
import { CountModel, type ScanPolicy } from '../../src/simulation/count-model.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import { OurDefence, ours, termsUnder } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { Run } from '../../src/simulation/run.js';

const SEEDS = [1, 2, 3, 4, 5];
const DAYS = 100;
const business: HonestBusiness = { ...ORDINARY, leadsPerDay: 30, course: 'steady', returning: 0, agents: 5 };
const terms = termsUnder('instant', business);

/** What both tell of one run; `balance` is in the morning of a day. */
type Figures = Readonly<Record<string, number>>;

const margin = ADVERSARIES.find(({ name }) => name === 'skimmer') as Plan;
const UNLIMITED: ScanPolicy = { from: 0, perDay: Infinity, reserve: 0, cover: 'nothing', covered: 0 };

const played = new Map<Plan, readonly Figures[]>();

/** Each plan is played once. */
function exactly(plan: Plan): readonly Figures[] {
  const runs = played.get(plan) ?? SEEDS.map((seed) => exact(plan, seed));
  played.set(plan, runs);
  return runs;
}

function exact(plan: Plan, seed: number): Figures {
  let service: OurDefence | undefined;
  const maker = {
    ...ours('instant'),
    make: (world: ConstructorParameters<typeof OurDefence>[0]) => (service = new OurDefence(world, 'instant')),
  };
  const run = new Run(maker, plan, { seed, days: DAYS, population: COUNTRY, host: business, others: [] });
  const balances = [service?.balance('host') ?? NaN];
  const { honest, scan } = run.run(() => balances.push(service?.balance('host') ?? NaN));
  return figuresOf({ ...honest, persons: scan.persons, yes: scan.yes, mules: scan.mules, balances });
}

function counted(policy: ScanPolicy, under: Terms): readonly Figures[] {
  const model = new CountModel({ business, terms: under, population: COUNTRY });
  return SEEDS.flatMap((seed) => [seed, seed + 1_000, seed + 2_000, seed + 3_000]).map((seed) => figuresOf(model.run(seed, DAYS, policy)));
}

function figuresOf(
  run: Record<'leads' | 'refused' | 'persons' | 'yes' | 'mules', number> & { readonly balances: readonly number[] },
): Figures {
  const { leads, refused, persons, yes, mules, balances } = run;
  const balance = Object.fromEntries([20, 50, 75, DAYS - 1].map((day) => [`balance on day ${day}`, balances[day] as number]));
  return { leads, refused, persons, yes, mules, ...balance };
}

/** How many standard errors the two means of each figure lie apart. */
function apart(one: readonly Figures[], other: readonly Figures[]): Figures {
  // Where the two agree, both spread alike; five runs alone may lie together by chance.
  const error = (...samples: number[][]): number =>
    Math.max(...samples.map(sampleStandardDeviation)) * Math.sqrt(samples.reduce((sum, { length }) => sum + 1 / length, 0));
  return Object.fromEntries(
    Object.keys(one[0] as Figures).map((name) => {
      const [ones, others] = [one, other].map((runs) => runs.map((run) => run[name] as number)) as [number[], number[]];
      // Where neither leaves anything to chance, half a unit.
      return [name, Math.abs(mean(ones) - mean(others)) / Math.max(0.5, error(ones, others))];
    }),
  );
}

const largest = (figures: Figures): number => Math.max(...Object.values(figures));
const AGREED = 4;

describe(`the count model beside the exact simulation, seeds ${SEEDS.join(', ')}`, () => {
  const cases: readonly (readonly [what: string, plan: Plan, policy: ScanPolicy])[] = [
    ['a scanner that keeps ten days of leads back', margin, { ...UNLIMITED, reserve: 10 * business.leadsPerDay }],
    ['a turncoat that takes all', { ...margin, from: 40, rate: { keepDays: 0 } }, { ...UNLIMITED, from: 40 }],
    [
      'eight a day with a mule for each fifth',
      { ...margin, rate: { perDay: 8 }, cover: 'mule', covered: 0.2 },
      { ...UNLIMITED, perDay: 8, reserve: -Infinity, cover: 'mule', covered: 0.2 },
    ],
  ];

  it.each(cases)('learns as much, refuses as many and leaves the same balances with %s', (_what, plan, policy) => {
    const difference = apart(exactly(plan), counted(policy, terms));
    expect(Object.entries(difference).filter(([, errors]) => errors > AGREED)).toEqual([]);
  });

  it('is seen to depart where a conversion earns a tenth more, or is settled after two weeks', () => {
    const [, plan, policy] = cases[0] as (typeof cases)[0];
    const runs = exactly(plan);
    expect(largest(apart(runs, counted(policy, { ...terms, perConversion: terms.perConversion * 1.1 })))).toBeGreaterThan(AGREED);
    expect(largest(apart(runs, counted(policy, { ...terms, settleAfter: 'P14D' })))).toBeGreaterThan(AGREED);
  });
});
