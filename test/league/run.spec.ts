import { DAY, FIRST_DAY } from '../../src/simulation/calendar.js';
import type { Alarm, Defence, DefendedWorld, Human } from '../../src/simulation/defence.js';
import { HONEST } from '../../src/simulation/honest-cast.js';
import { HUMAN } from '../../src/simulation/human.js';
import { planOf } from '../../src/simulation/league.js';
import { ours } from '../../src/simulation/our-defence.js';
import { nothing } from '../../src/simulation/peers/nothing.js';
import { Peer } from '../../src/simulation/peers/peer.js';
import type { Plan } from '../../src/simulation/plan.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { Run, type RunResult } from '../../src/simulation/run.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import type { DisclosureMode } from '../../src/modules/owners/terms.js';
import { recordedRun } from './recorded-run.js';

const SEED = 20261123;
const HOST: HonestBusiness = { ...ORDINARY, leadsPerDay: 20, course: 'steady', agents: 5 };
const settings = { seed: SEED, days: 90, population: COUNTRY, host: HOST, others: [{ ...HOST, leadsPerDay: 10 }] };

function play(
  mode: DisclosureMode,
  adversary: string | Plan,
  change: { isWatched?: boolean; days?: number; seed?: number } = {},
): RunResult {
  const plan = typeof adversary === 'string' ? planOf(adversary) : adversary;
  const { isWatched = false, ...others } = change;
  return new Run(ours(mode, isWatched), plan, { ...settings, ...others }).run();
}

describe(`a run of the league (seed ${SEED})`, () => {
  it('repeats exactly, and is another one with another seed', () => {
    expect(play('instant', 'rogue system')).toEqual(play('instant', 'rogue system'));
    expect(play('instant', 'rogue system', { seed: SEED + 1 })).not.toEqual(play('instant', 'rogue system'));
  });

  it('gives a scanner of whom nothing is known fifty persons, ten of its shells the same, and ten nominees two hundred', () => {
    expect(play('instant', 'blatant').scan.persons).toBe(50);
    expect(play('instant', 'shells').scan.persons).toBe(50);
    expect(play('instant', 'nominees').scan.persons).toBe(200);
  });

  it('has the same honest leads whatever stands before them, and refuses none of them for a stranger', () => {
    const years = (['instant', 'proof', 'consent', 'blind'] as const).map((mode) => play(mode, 'blatant').honest);
    expect(new Set(years.map(({ leads }) => leads)).size).toBe(1);
    expect(years[0]?.leads).toBeGreaterThan(1_500);
    expect(years.map(({ refusals }) => refusals)).toEqual([{}, {}, {}, {}]);
  });

  it('tells a scanner with nothing but the public register about nobody, where more is asked for', () => {
    for (const mode of ['proof', 'consent', 'blind'] as const) {
      const { persons, bits, asked, refused } = play(mode, 'rogue system').scan;
      expect(asked - refused).toBeGreaterThan(50);
      expect({ persons, bits }).toEqual({ persons: 0, bits: 0 });
    }
  });

  it('confirms a stolen list with its secrets in proof, and in no stricter mode', () => {
    expect(play('proof', 'stolen secrets').scan.yes).toBeGreaterThan(100);
    expect(play('consent', 'stolen secrets').scan.yes).toBe(0);
    expect(play('blind', 'stolen secrets').scan.yes).toBe(0);
  });

  it('counts what was told of whom, once', () => {
    const { persons, yes, no, exposed, bits } = play('instant', 'skimmer').scan;
    expect(persons).toBe(yes + no);
    expect(exposed).toBe(yes);
    // A yes is worth log2(5), a no log2(1.25).
    expect(bits).toBeCloseTo(yes * Math.log2(5) + no * Math.log2(1.25), 6);
  });

  it('lets a human stop it who reads which canaries were asked about, and nobody else', () => {
    const unwatched = play('instant', 'skimmer', { days: 365 });
    const watched = play('instant', 'skimmer', { days: 365, isWatched: true });
    expect(unwatched.scan.untilNotice).toBe(watched.scan.untilNotice);
    expect(unwatched.scan).not.toHaveProperty('untilStop');
    expect(watched.scan.untilStop).toBeGreaterThan(watched.scan.untilNotice as number);
    // Most of the capital is gone before the human has acted; the margin of a year is not.
    expect(watched.scan.persons).toBeLessThan(0.75 * unwatched.scan.persons);
    expect(watched.honest.notices).toBe(0);
  });

  it('starts an adversary on its day', () => {
    expect(play('instant', 'turncoat').scan.asked).toBe(0);
    expect(play('instant', { ...planOf('turncoat'), from: 60 }).scan.asked).toBeGreaterThan(100);
  });

  it('has nobody in it but the honest, where there is no adversary', () => {
    const { honest, scan } = play('instant', 'nobody');
    expect(scan).toMatchObject({ asked: 0, persons: 0, mules: 0, cost: 0 });
    expect(honest.owners).toBe(2);
    expect(honest.crowdedOut).toEqual({ leads: 0, refused: 0, slowed: 0 });
    expect(honest.undisturbed.leads).toBe(honest.leads);
    expect(honest.leads).toBeGreaterThan(1_500);
  });

  it('tells what a scanner crowds out of its host from what the others pay for the defence', () => {
    const { honest } = play('instant', { ...planOf('skimmer'), rate: { keepDays: 0 } });
    expect(honest.owners).toBe(1);
    expect(honest.crowdedOut.refused).toBeGreaterThan(20);
    expect(honest.undisturbed.refused).toBe(0);
    expect(honest.undisturbed.leads + honest.crowdedOut.leads).toBe(honest.leads);
    expect(honest.undisturbed.refused + honest.crowdedOut.refused).toBe(honest.refused);
  });

  it('has the same honest questions in the same order, whatever the defence and the adversary', () => {
    const settings = { seed: SEED, days: 40, population: COUNTRY, host: HOST, others: HONEST };
    const questionsOf = (defence: Parameters<typeof recordedRun>[0], adversary: string): readonly string[] => {
      const { asked } = recordedRun(defence, planOf(adversary), settings);
      const honest = asked.filter(({ question }) => question.owner.startsWith('other'));
      return honest.map(({ question: { id: _, ...rest } }) => JSON.stringify(rest));
    };
    const alone = questionsOf(nothing, 'nobody');
    expect(alone.length).toBeGreaterThan(1_000);
    expect(questionsOf(ours('instant', true), 'register walk')).toEqual(alone);
    expect(questionsOf(ours('consent'), 'nominees')).toEqual(alone);
    expect(questionsOf(ours('blind'), 'colluders')).toEqual(alone);
  });

  it('counts the honest by their kind, so that one that starves does not hide', () => {
    const starving = { ...HOST, kind: 'liar', leadsPerDay: 60, conversion: 0.01 };
    const claimed = (world: DefendedWorld): Defence => ours('instant').make({ ...world, owners: world.owners.map(believed) });
    const believed = (owner: DefendedWorld['owners'][number]): typeof owner =>
      owner.figures === undefined ? owner : { ...owner, figures: { ...owner.figures, leadsPerDay: 20, conversion: 0.4 } };
    const others = [{ ...HOST, kind: 'shop' }, { ...HOST, kind: 'shop' }, starving];
    const { honest } = new Run({ ...ours('instant'), make: claimed }, planOf('nobody'), { ...settings, others }).run();
    expect(Object.keys(honest.byKind)).toEqual(['host', 'shop', 'liar']);
    expect(honest.byKind['shop']).toMatchObject({ owners: 2, refused: 0, notices: 0 });
    expect(honest.byKind['liar']?.refused).toBeGreaterThan(0.2 * (honest.byKind['liar']?.leads ?? 0));
    expect(Object.values(honest.byKind).reduce((sum, { leads }) => sum + leads, 0)).toBe(honest.leads);
  });

  it.each(['instant', 'proof', 'consent', 'blind'] as const)('lets each kind of honest partner work: %s', (mode) => {
    const { honest } = new Run(ours(mode), planOf('nobody'), { ...settings, others: HONEST }).run();
    const starving = Object.entries(honest.byKind).filter(([, { refused, leads }]) => refused > 0.01 * leads);
    expect(starving).toEqual([]);
    expect(Object.keys(honest.byKind).length).toBe(HONEST.length + 1);
  });

  it('counts the days that an honest owner was kept in a stricter mode, as the defence says', () => {
    const strict = (isStricter: (owner: string) => boolean): RunResult['honest'] => {
      const make = (world: DefendedWorld): Defence => Object.assign(nothing.make(world), { isStricter });
      return new Run({ ...nothing, make }, planOf('rogue agent'), settings).run().honest;
    };
    expect(strict(() => true).strictDays).toBe(90);
    expect(strict((owner) => owner === 'host').strictDays).toBe(0);
    expect(play('instant', 'rogue agent').honest.strictDays).toBe(0);
  });

  it('lets a scanner go on until the human has acted, not only until something was noticed', () => {
    const { scan } = play('instant', 'skimmer', { days: 365, isWatched: true });
    const { asked } = recordedRun(ours('instant', true), planOf('skimmer'), { ...settings, days: 365 });
    const suspended = asked.filter(({ question, reply }) => question.owner === 'host' && codeOf(reply) === 'PARTNER_SUSPENDED');
    const before = asked.filter(({ question }) => question.owner === 'host').length - suspended.length;
    expect(scan.untilStop).toBe(before);
  });

  describe('before a human', () => {
    const seventyLeads = { ...settings, days: 70 };

    /** On which day whom the human stops, before made-up notices of the host, each on a day. */
    function stopsFor(human: Human, noticed: readonly (readonly [day: number, cause: string])[], leadsPerDay = 0) {
      const stops: { readonly owner: string; readonly day: number }[] = [];
      const alarms: Alarm[] = [];
      const make = (world: DefendedWorld): Defence => {
        const left = [...noticed];
        const raise = (now: number): void => {
          for (let [next] = left; next !== undefined && FIRST_DAY + next[0] * DAY <= now; [next] = left) {
            const [day, cause] = left.shift() as (typeof noticed)[number];
            alarms.push({ owner: 'host', at: FIRST_DAY + day * DAY, cause, isStep: cause === 'step' });
          }
        };
        const stop = (owner: string, at: number): number => stops.push({ owner, day: Math.floor((at - FIRST_DAY) / DAY) });
        let today = 0;
        const advance = (now: number): void => {
          today = (now - FIRST_DAY) / DAY;
          raise(now);
        };
        return Object.assign(new Peer(world, { alarms, advance }), { stop, admitted: () => today * leadsPerDay });
      };
      const plan = { ...planOf('rogue system'), rate: { perDay: 10 } };
      const { scan } = new Run({ ...nothing, human, make }, plan, seventyLeads).run();
      return { stops, scan };
    }

    it('is stopped when the human has taken their days', () => {
      const { stops, scan } = stopsFor({ atLeast: 1, within: 30, after: 5, falseStops: 0.01 }, [[3.5, 'made up']]);
      expect(stops).toEqual([{ owner: 'host', day: 8 }]);
      // Of the ninth day what was planned in the morning.
      expect(scan.asked).toBe(9 * 10);
    });

    it('is stopped for two canaries within a month, whatever its volume, and for no two with more between them, nor for steps', () => {
      for (const leadsPerDay of [50, 3_000]) {
        const days = (...all: readonly number[]) =>
          stopsFor(
            HUMAN,
            all.map((day) => [day, 'canary'] as const),
            leadsPerDay,
          ).stops;
        expect(days(33.5, 50.5)).toEqual([{ owner: 'host', day: 52 }]);
        expect(days(20.5, 51.5)).toEqual([]);
      }
      expect(
        stopsFor(HUMAN, [
          [33.5, 'step'],
          [34.5, 'step'],
          [35.5, 'canary'],
        ]).stops,
      ).toEqual([]);
    });

    it('is stopped for two denials with 50 leads a day, and not before the sixth with 3,000', () => {
      const days = (leadsPerDay: number, count: number) =>
        stopsFor(
          HUMAN,
          Array.from({ length: count }, (_, n) => [40.5 + n, 'denial'] as const),
          leadsPerDay,
        ).stops;
      expect(days(50, 2)).toEqual([{ owner: 'host', day: 43 }]);
      expect(days(3_000, 5)).toEqual([]);
      expect(days(3_000, 6)).toEqual([{ owner: 'host', day: 47 }]);
    });
  });

  it('makes an adversary pay for mules, papers and calls at the prices of its plan', () => {
    const plan: Plan = { ...planOf('mules'), prices: { mule: 7, papers: 11, accomplice: 5, call: 13 } };
    const { mules, cost } = play('instant', plan).scan;
    expect(mules).toBeGreaterThan(5);
    expect(cost).toBe(7 * mules);
    const stolen = play('instant', { ...plan, cover: 'stolen papers' }).scan;
    expect(stolen).toMatchObject({ mules: 0, cost: 11 * stolen.papers });
    expect(stolen.papers).toBeGreaterThan(5);
    const make = (world: DefendedWorld): Defence => Object.assign(nothing.make(world), { charged: () => 100 });
    expect(new Run({ ...nothing, make }, { ...plan, cover: 'nothing' }, settings).run().scan.cost).toBe(1_300);
  });
});

function codeOf(reply: { readonly kind: string; readonly code?: string }): string | undefined {
  return reply.code;
}
