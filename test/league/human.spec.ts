import { poissonDistribution } from 'simple-statistics';
import { Chance } from '../../src/simulation/chance.js';
import type { Human } from '../../src/simulation/defence.js';
import { type Course, deniedByMistake, leadsOn, ORDINARY } from '../../src/simulation/honest.js';
import { denialsEnough, enough, HUMAN, honestNotices, humanText, Reading } from '../../src/simulation/human.js';
import { countInterval } from '../../src/simulation/interval.js';
import { ours } from '../../src/simulation/our-defence.js';

const SEED = 20261123;
const YEAR = 365;
const FIGURES = ORDINARY;
/** Who acts on two denials, whatever the volume. */
const BLUNT: Human = { ...HUMAN, falseStops: Infinity };

interface Noticed {
  readonly on: number;
  readonly kind: string;
}

/** The day on which it is enough, of an owner that opens so many leads a day. */
function enoughOn(leadsPerDay: number, noticed: readonly Noticed[], honest = honestNotices(FIGURES)): number | undefined {
  const reading = new Reading(HUMAN, honest);
  for (let day = 0; day < 120; day++) {
    reading.morning(day * leadsPerDay);
    const today = noticed.filter(({ on }) => on === day);
    if (today.some(({ kind }) => reading.noticed(kind, day, (day + 1) * leadsPerDay))) return day;
  }
  return undefined;
}

const on = (kind: string, ...days: readonly number[]): readonly Noticed[] => days.map((day) => ({ kind, on: day }));

describe('a human who reads canaries and denials', () => {
  it('needs two of what never comes of an honest lead, and of the rest as many as are too many for chance', () => {
    expect(enough(HUMAN, 0, 30)).toBe(2);
    for (const mean of [0.01, 0.1, 0.5, 2]) {
      const chances = poissonDistribution(mean) as unknown as readonly number[];
      const atLeast = (many: number): number => 1 - chances.slice(0, many).reduce((sum, chance) => sum + chance, 0);
      const stops = (many: number): number => ((mean * YEAR) / 30) * atLeast(many - 1);
      const many = enough(HUMAN, mean, 30);
      expect(stops(many)).toBeLessThanOrEqual(HUMAN.falseStops);
      if (many > 2) expect(stops(many - 1)).toBeGreaterThan(HUMAN.falseStops);
    }
  });

  it('needs the more denials, the more leads an owner opens, and no fewer canaries or more', () => {
    const denials = [50, 300, 3_000, 30_000].map((leads) => denialsEnough(HUMAN, FIGURES, { leads: 30 * leads, days: 30 }));
    expect(denials).toEqual([2, 3, 6, 20]);
    for (const leads of [50, 3_000, 30_000]) {
      expect(enoughOn(leads, on('canary', 40, 60))).toBe(60);
      expect(enoughOn(leads, on('canary', 40, 71))).toBeUndefined();
    }
  });

  it('stops a small owner for two denials within a month, and a large one for six', () => {
    expect(enoughOn(50, on('denial', 40, 60))).toBe(60);
    expect(enoughOn(50, on('denial', 40, 70))).toBeUndefined();
    expect(enoughOn(3_000, on('denial', 40, 45, 50, 55, 60))).toBeUndefined();
    expect(enoughOn(3_000, on('denial', 40, 45, 50, 55, 60, 65))).toBe(65);
    expect(enoughOn(3_000, on('denial', 35, 45, 50, 55, 60, 65))).toBeUndefined();
  });

  it('adds a canary to denials, each as its part of what is enough', () => {
    expect(enoughOn(50, [...on('canary', 40), ...on('denial', 50)])).toBe(50);
    expect(enoughOn(3_000, [...on('canary', 40), ...on('denial', 50, 51)])).toBeUndefined();
    expect(enoughOn(3_000, [...on('canary', 40), ...on('denial', 50, 51, 52)])).toBe(52);
  });

  it('goes by the leads of the window: those of a busy year before do not count', () => {
    const reading = new Reading(HUMAN, honestNotices(FIGURES));
    let admitted = 0;
    const days = (many: number, leadsPerDay: number): void => {
      for (let day = 0; day < many; day++) {
        reading.morning(admitted);
        admitted += leadsPerDay;
      }
    };
    days(100, 3_000);
    days(31, 50);
    expect(reading.noticed('denial', 120, admitted)).toBe(false);
    expect(reading.noticed('denial', 130, admitted)).toBe(true);
  });

  it('takes every lead for a customer’s who acknowledges nothing, where nothing is known of an owner', () => {
    expect(honestNotices(undefined)).toEqual({ denial: deniedByMistake({ existingShare: 1, acknowledgedShare: 0 }) });
    expect(enoughOn(2, on('denial', 40, 60), honestNotices(undefined))).toBe(60);
  });

  it('says what it comes to for a small and a large partner, as it is reckoned', () => {
    const [small, large] = [50, 3_000].map((leads) => denialsEnough(HUMAN, FIGURES, { leads: 23.4 * leads, days: 30 }));
    expect(humanText(HUMAN)).toContain(`(${small} at 50 leads a day, ${large} at 3,000)`);
    expect(humanText(HUMAN)).toContain('one in 100 owner-years');
    expect(ours('instant', true).description).toContain(humanText(HUMAN));
  });
});

describe(`honest owners before the human (seed ${SEED})`, () => {
  /** Of so many years of an owner whose denials are all by mistake, those in which it is stopped. */
  function falseStops(human: Human, business: { leadsPerDay: number; course: Course }, years: number): number {
    const chance = new Chance(SEED, `${business.course} ${business.leadsPerDay}`);
    const perLead = deniedByMistake(FIGURES);
    let stops = 0;
    for (let year = 0; year < years; year++) {
      const reading = new Reading(human, honestNotices(FIGURES));
      let admitted = 0;
      let isStopped = false;
      for (let day = 0; day < YEAR && !isStopped; day++) {
        const leads = leadsOn(day, business);
        reading.morning(admitted);
        admitted += leads;
        const denials = chance.count(leads * perLead);
        for (let n = 0; n < denials; n++) isStopped ||= reading.noticed('denial', day, admitted);
      }
      if (isStopped) stops += 1;
    }
    return stops;
  }

  const VOLUMES = [50, 165, 300, 1_000, 3_000, 10_000];
  const COURSES: readonly Course[] = ['steady', 'campaigns', 'season', 'growth', 'outage', 'holidays'];
  const YEARS = 1_000;

  it.each([
    ...VOLUMES.map((leadsPerDay) => ({ leadsPerDay, course: 'campaigns' as const })),
    ...COURSES.map((course) => ({ leadsPerDay: 3_000, course })),
  ])('are stopped in no more of their years than stated: %o', (business) => {
    // Fewer than stated would be seen with a chance of one in forty or more only where there are fewer.
    expect(countInterval(falseStops(HUMAN, business, YEARS)).low / YEARS).toBeLessThanOrEqual(HUMAN.falseStops);
  });

  it('are stopped within most years with 3,000 leads a day, where two denials are enough for anybody', () => {
    expect(falseStops(BLUNT, { leadsPerDay: 3_000, course: 'steady' }, 200)).toBeGreaterThan(150);
    expect(falseStops(BLUNT, { leadsPerDay: 50, course: 'steady' }, 200)).toBeLessThan(10);
  });

  it('are not spared more than need be: with as many denials as one fewer would be too often', () => {
    const one = { ...HUMAN, falseStops: 0.3 };
    const stops = falseStops(one, { leadsPerDay: 3_000, course: 'steady' }, YEARS) / YEARS;
    expect(stops).toBeGreaterThan(0.02);
    expect(stops).toBeLessThanOrEqual(0.3);
  });
});
