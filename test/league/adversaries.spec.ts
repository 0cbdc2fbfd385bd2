import { ADVERSARIES } from '../../src/simulation/adversaries.js';
import { leftByGate } from '../../src/simulation/gate-leaves.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import { planOf } from '../../src/simulation/league.js';
import { ours, termsUnder } from '../../src/simulation/our-defence.js';
import { nothing } from '../../src/simulation/peers/nothing.js';
import type { Plan } from '../../src/simulation/plan.js';
import { COUNTRY, Population } from '../../src/simulation/population.js';
import { Run, type RunResult, type RunSettings } from '../../src/simulation/run.js';
import { variationsOf } from '../../src/simulation/variations.js';
import { recordedRun } from './recorded-run.js';

const SEED = 20261123;
const HOST: HonestBusiness = { ...ORDINARY, leadsPerDay: 20, course: 'steady', agents: 5 };
const OTHERS = [4, 6].map((leadsPerDay) => ({ ...HOST, leadsPerDay }));
const POPULATION = { ...COUNTRY, size: 400_000 };
const settings: RunSettings = { seed: SEED, days: 40, population: POPULATION, host: HOST, others: OTHERS };
/** Nobody has to wait half a year for a turncoat. */
const soon = (plan: Plan): Plan => ({ ...plan, from: Math.min(plan.from, 3) });
const SCANNERS = ADVERSARIES.filter(({ name }) => name !== 'nobody').map(soon);

const played = (plan: Plan, defence: Parameters<typeof recordedRun>[0], days = 40): RunResult =>
  new Run(defence, plan, { ...settings, days }).run();
const scansIn = (plan: Plan, days = 40) => {
  const { asked, happened } = recordedRun(nothing, plan, { ...settings, days });
  const honest = recordedRun(nothing, planOf('nobody'), { ...settings, days });
  const known = new Set(honest.asked.map(({ question }) => `${question.owner} ${question.at} ${question.person}`));
  const scans = asked.map(({ question }) => question).filter(({ owner, at, person }) => !known.has(`${owner} ${at} ${person}`));
  return { scans, happened, asked };
};

describe(`the adversaries of the league (seed ${SEED})`, () => {
  it('have names of their own, and nobody is among them who does nothing', () => {
    expect(new Set(ADVERSARIES.map(({ name }) => name)).size).toBe(ADVERSARIES.length);
    expect(ADVERSARIES[0]?.name).toBe('nobody');
    expect(played(planOf('nobody'), nothing).scan).toMatchObject({ asked: 0, persons: 0, bits: 0 });
  });

  it.each(SCANNERS.map((plan) => [plan.name, plan] as const))('learn something before no defence at all: %s', (_name, plan) => {
    const { scan } = played(plan, nothing, 12);
    expect(scan.persons).toBeGreaterThan(4);
    expect(scan.persons).toBe(scan.yes + scan.no);
    expect(scan.bits).toBeCloseTo(scan.bitsOfYes + scan.bitsOfNo, 9);
    expect(scan.bitsOfYes).toBeCloseTo(scan.yes * Math.log2(5), 6);
    expect(scan.exposed).toBe(scan.yes);
  });

  describe('before the gate alone', () => {
    const terms = termsUnder('instant', HOST);
    const DAYS = 60;
    const { once, margin } = leftByGate(terms, HOST, DAYS);
    const learned = (name: string): number => played(soon(planOf(name)), ours('instant'), DAYS).scan.persons;

    it.each(['blatant', 'register walk', 'at the edge', 'shells', 'sleeping shells'])('get fifty persons, once: %s', (name) => {
      expect(learned(name)).toBe(50);
    });

    it('get a person a day until the fifty are gone, where they ask for no more', () => {
      expect(learned('one a day')).toBe(50);
    });

    it('get the pool of two hundred, where they are ten owners', () => {
      expect(learned('nominees')).toBe(200);
    });

    it.each([
      'skimmer',
      'turncoat',
      'rogue system',
      'rogue agent',
      'withdrawals',
      'fake creates',
      'by birth date',
      'by family name',
      'a thousand names',
    ])('get no more than the capital and the margin out of a host: %s', (name) => {
      expect(learned(name)).toBeGreaterThan(10);
      expect(learned(name)).toBeLessThan(once + 1.2 * margin);
    });

    it('get what three hosts leave, where they collude', () => {
      const greedy: Plan = { ...planOf('colluders'), rate: { keepDays: 10 } };
      const three = played(greedy, ours('instant'), DAYS).scan.persons;
      const one = played({ ...planOf('skimmer'), order: 'register' }, ours('instant'), DAYS).scan.persons;
      expect(three / one).toBeCloseTo(3, 0);
    });

    it('get more by what they claimed than by what is true, where they have two lines', () => {
      const plan = planOf('two lines');
      const [front] = plan.fronts;
      const truthful: Plan = { ...plan, fronts: [{ ...(front as Plan['fronts'][number]), claims: {} }] };
      const YEAR = 365;
      expect(played(plan, ours('instant'), YEAR).scan.persons).toBeGreaterThan(3 * played(truthful, ours('instant'), YEAR).scan.persons);
    });

    it('buy leads with mules, and lose what stolen papers earned', () => {
      const plan: Plan = { ...planOf('padded'), yields: true };
      const honestMules = played(plan, ours('instant'), 120).scan;
      expect(honestMules.persons).toBeGreaterThan(50);
      expect(honestMules.cost).toBe(200 * honestMules.mules);
      const bought = (cover: Plan['cover']): number =>
        played({ ...planOf('mules'), cover, rate: { keepDays: 10 } }, ours('instant'), 180).scan.persons - once;
      expect(bought('mule')).toBeGreaterThan(1.2 * bought('stolen papers'));
    });
  });

  it('get more out of a pool of partners with accomplices who acknowledge, and pay each of them', () => {
    const plan = planOf('accomplices');
    const YEAR = 365;
    const [alone, together] = [0, 0.15].map((accomplices) => played({ ...plan, accomplices }, ours('instant'), YEAR).scan);
    expect(alone).toMatchObject({ accomplices: 0, cost: 0 });
    expect(together?.cost).toBe(20 * (together?.accomplices ?? 0));
    expect(together?.persons).toBeGreaterThan(1.2 * (alone?.persons ?? 0));
    // Without a pool to compare with the machine raises nothing, whoever acknowledges.
    const [own] = plan.fronts;
    const { hasPool: _, ...unknown } = own as Plan['fronts'][number];
    expect(played({ ...plan, fronts: [unknown] }, ours('instant'), YEAR).scan.persons).toBeLessThan(together?.persons ?? 0);
  });

  it('who hold nothing but the public register learn nothing where more is asked for', () => {
    const tells = SCANNERS.filter(({ brings }) => !brings.secret).flatMap((plan) =>
      [ours('proof'), ours('consent'), ours('blind')].map((defence) => played(plan, defence, 12)).filter(({ scan }) => scan.persons > 0),
    );
    expect(tells.map(({ adversary, defence }) => `${adversary} before ${defence}`)).toEqual([]);
  });

  describe('who know one person', () => {
    it('ask once, one a day, each through another partner, and expose those who are customers', () => {
      const { scans } = scansIn(planOf('neighbours'));
      expect(scans.length).toBe(40);
      expect(new Set(scans.map(({ person }) => person)).size).toBe(40);
      expect(new Set(scans.map(({ owner }) => owner)).size).toBe(3);
      const { scan } = played(planOf('neighbours'), ours('instant'));
      expect(scan.exposed).toBe(scan.yes);
      expect(scan.persons).toBe(40);
    });

    it('are told in proof where they have the secret on paper, and in consent by nobody’s paper', () => {
      expect(played(planOf('neighbours'), ours('proof'), 120).scan.exposed).toBe(0);
      expect(played(planOf('former spouses'), ours('proof'), 120).scan.exposed).toBeGreaterThan(5);
      expect(played(planOf('former spouses'), ours('consent'), 120).scan.exposed).toBe(0);
    });
  });

  describe('who collude', () => {
    const { scans, asked } = scansIn(planOf('colluders'), 20);
    const theirs = asked.map(({ question }) => question).filter(({ owner }) => owner.startsWith('colluder'));

    it('do honest business each, and go through a third of the register each', () => {
      expect(new Set(theirs.map(({ owner }) => owner)).size).toBe(3);
      expect(theirs.length).toBeGreaterThan(3 * 200);
      const { scan } = played(planOf('colluders'), nothing, 20);
      expect(scan.asked).toBeLessThan(0.1 * theirs.length);
      expect(scans.length).toBe(theirs.length);
    });

    it('ask about nobody twice between them, each in a part of the register that is its own', () => {
      const greedy = recordedRun(nothing, { ...planOf('colluders'), rate: { perDay: 500 } }, { ...settings, days: 20 });
      expect(greedy.result.scan.asked).toBe(3 * 500 * 20);
      expect(greedy.result.scan.persons).toBe(3 * 500 * 20);
      const honest = new Set(theirs.map(({ owner, at, person }) => `${owner} ${at} ${person}`));
      const scanned = greedy.asked
        .map(({ question }) => question)
        .filter(({ owner, at, person }) => !honest.has(`${owner} ${at} ${person}`));
      const parts = [1, 2, 3].map((n) => scanned.filter(({ owner }) => owner === `colluder-${n}`).map(({ person }) => person));
      const spread = parts.map((persons) => Math.max(...persons) - Math.min(...persons));
      // Ten thousand and those whom everybody can see to be nobody's applicants; taking turns, it would be three times as much.
      for (const each of spread) expect(each).toBeLessThan(1.5 * 500 * 20);
    });
  });

  it('who have two lines earn at one partner and scan at the other', () => {
    const { asked } = scansIn({ ...planOf('two lines'), rate: { perDay: 30 } }, 20);
    const theirs = asked.map(({ question }) => question).filter(({ owner }) => owner === 'two-lines');
    const at = (partner: string): number => theirs.filter((question) => question.partner === partner).length;
    expect(at('two-lines-2')).toBe(30 * 20);
    expect(at('two-lines-1')).toBeGreaterThan(200);
    expect(at('two-lines-1') + at('two-lines-2')).toBe(theirs.length);
  });

  it('walk in the order that they say', () => {
    const { register } = new Population(POPULATION, SEED);
    const walked = (order: Plan['order']): readonly number[] =>
      scansIn({ ...planOf('register walk'), order, rate: { perDay: 100 }, yields: false }, 4).scans.map(({ person }) => person);
    const ascends = (keys: readonly (number | string)[]): boolean => keys.every((key, n) => n === 0 || key >= (keys[n - 1] as typeof key));
    const identifierOf = (person: number): string =>
      `${register.births.dateOf(person).toISODate()} ${String(register.births.serialOf(person)).padStart(4, '0')}`;
    expect(walked('register').length).toBe(400);
    expect(ascends(walked('register'))).toBe(true);
    expect(ascends(walked('birth date').map(identifierOf))).toBe(true);
    expect(new Set(walked('family name').map((person) => register.familyNames.of(person))).size).toBeLessThan(4);
    for (const order of ['shuffled', 'random'] as const) {
      expect(ascends(walked(order))).toBe(false);
      expect(ascends(walked(order).map(identifierOf))).toBe(false);
      expect(new Set(walked(order).map((person) => register.familyNames.of(person))).size).toBeGreaterThan(100);
    }
    expect(new Set(walked('shuffled')).size).toBe(400);
  });

  it('leave out whom everybody can see to be nobody’s applicant, where they say so', () => {
    const { register } = new Population(POPULATION, SEED);
    const visible = (name: string): number =>
      scansIn({ ...planOf(name), rate: { perDay: 300 }, yields: false }, 3).scans.filter(({ person }) =>
        register.isVisiblyNoApplicant(person),
      ).length;
    expect(visible('at the edge')).toBe(0);
    expect(visible('blatant')).toBeGreaterThan(100);
  });

  it('take papers back to the bank: what was proved with stolen ones is revoked a month later', () => {
    const { happened } = scansIn(planOf('stolen papers'), 60);
    const revoked = happened.filter(({ outcome }) => outcome === 'revoked');
    expect(revoked.length).toBeGreaterThan(5);
    const proved = new Map(happened.filter(({ outcome }) => outcome === 'proved').map(({ question, at }) => [question.id, at] as const));
    expect(revoked.every(({ question, at }) => at - (proved.get(question.id) ?? at) === 28 * 86_400_000)).toBe(true);
  });

  describe('in a sweep', () => {
    const all = ADVERSARIES.flatMap((plan) => variationsOf(plan).map((variation) => ({ plan, variation })));

    it('have names of their own, and say what was varied', () => {
      const names = [...ADVERSARIES, ...all.map(({ variation }) => variation)].map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(all.length).toBeGreaterThan(60);
      expect(variationsOf(planOf('nobody'))).toEqual([]);
      const [first] = variationsOf(planOf('blatant'));
      expect(first).toMatchObject({
        name: 'blatant, 30 persons a day',
        varied: { of: 'blatant', over: 'persons a day', value: 30 },
        rate: { perDay: 30 },
      });
    });

    it('each do something else than the plan that they vary', () => {
      const essence = ({ name: _, description: __, sweep: ___, ...rest }: Plan): object => rest;
      const same = all.filter(
        ({ plan, variation: { varied: _, ...variation } }) => JSON.stringify(essence(plan)) === JSON.stringify(essence(variation)),
      );
      expect(same.map(({ variation }) => variation.name)).toEqual([]);
    });

    it('learn the more before nothing, the more they ask', () => {
      const persons = variationsOf(planOf('rogue system')).map((plan) => played(plan, nothing, 20).scan.persons);
      expect(persons).toEqual(persons.toSorted((one, other) => one - other));
      expect(persons.at(-1)).toBeGreaterThan(10 * (persons[0] as number));
    });

    it('have as many owners, shells and names as they say', () => {
      const named = (name: string): Plan => all.find(({ variation }) => variation.name === name)?.variation as Plan;
      expect(new Set(named('nominees, 30 owners').fronts.map(({ owner }) => owner)).size).toBe(30);
      expect(named('shells, 3 shells').fronts[0]?.partners.length).toBe(3);
      expect(named('colluders, 6 owners').fronts.every(({ business }) => business !== undefined)).toBe(true);
      expect(played(named('a thousand names, 100 names'), nothing, 200).scan.asked).toBeLessThanOrEqual(100);
    });
  });
});
