import { ADVERSARIES, type Plan } from '../../src/simulation/adversaries.js';
import { planOf } from '../../src/simulation/league.js';
import { ours } from '../../src/simulation/our-defence.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { Run, type RunResult } from '../../src/simulation/run.js';
import { type HonestBusiness, ORDINARY } from '../../src/simulation/honest.js';
import type { DisclosureMode } from '../../src/modules/owners/terms.js';

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
    const { persons, yes, no, exposed, bits } = play('instant', 'the margin').scan;
    expect(persons).toBe(yes + no);
    expect(exposed).toBe(yes);
    // A yes is worth log2(5), a no log2(1.25).
    expect(bits).toBeCloseTo(yes * Math.log2(5) + no * Math.log2(1.25), 6);
  });

  it('lets a human stop it who reads which canaries were asked about, and nobody else', () => {
    const unwatched = play('instant', 'the margin', { days: 365 });
    const watched = play('instant', 'the margin', { days: 365, isWatched: true });
    expect(unwatched.scan.untilNotice).toBe(watched.scan.untilNotice);
    expect(unwatched.scan).not.toHaveProperty('untilStop');
    expect(watched.scan.untilStop).toBeGreaterThan(watched.scan.untilNotice as number);
    expect(watched.scan.persons).toBeLessThan(unwatched.scan.persons / 2);
    expect(watched.honest.notices).toBe(0);
  });

  it('starts an adversary on its day', () => {
    expect(play('instant', 'turncoat').scan.asked).toBe(0);
    expect(play('instant', { ...planOf('turncoat'), from: 60 }).scan.asked).toBeGreaterThan(100);
  });

  it('has adversaries whose names are their own', () => {
    expect(new Set(ADVERSARIES.map(({ name }) => name)).size).toBe(ADVERSARIES.length);
  });
});
