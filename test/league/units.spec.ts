import type { DefenceMaker } from '../../src/simulation/defence.js';
import { ORDINARY } from '../../src/simulation/honest.js';
import {
  amongWhom,
  DEFENCES,
  defenceOf,
  type Job,
  jobsOf,
  keyOf,
  type LeagueSettings,
  type PlayedRun,
  planOf,
  type RunJob,
} from '../../src/simulation/league.js';
import { ours, OURS } from '../../src/simulation/our-defence.js';
import { nothing } from '../../src/simulation/peers/nothing.js';
import { Peer, type Rule } from '../../src/simulation/peers/peer.js';
import { playedIn } from '../../src/simulation/play-unit.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { Run } from '../../src/simulation/run.js';
import { SideBySide } from '../../src/simulation/side-by-side.js';
import { sweptPlan } from '../../src/simulation/sweep.js';
import { unitsOf } from '../../src/simulation/units.js';

const ALL = DEFENCES.map(({ name }) => name);
const PEERS = ALL.filter((name) => !OURS.has(name));
const SEED = 3;
const HOST = { ...ORDINARY, leadsPerDay: 10, agents: 3 };
const settings: LeagueSettings = { days: 60, population: COUNTRY, host: HOST, others: [{ ...HOST, leadsPerDay: 4 }] };

/** What the jobs of the first unit come to, and what each of them comes to by itself; as they stand on file. */
function bothWays(jobs: readonly RunJob[], days = settings.days): readonly [together: string, alone: string] {
  const [unit] = unitsOf(jobs);
  if (unit === undefined) throw new Error('a unit of nothing');
  const alone = (unit as readonly RunJob[]).map((job) => runOf(job, days));
  return [JSON.stringify([...playedIn(unit, { ...settings, days })]), JSON.stringify(alone)];
}

function runOf(job: RunJob, days: number): PlayedRun {
  const { plan, own } = job;
  const run = new Run(defenceOf(job), plan ?? planOf(job.adversary), { ...amongWhom({ ...settings, days }, job), seed: job.seed });
  return { ...run.run(), ...(plan !== undefined && { plan }), ...(own !== undefined && { own }) };
}

describe('a unit of a league', () => {
  it('is an adversary before all that a bank would use instead, or before one of our modes, watched first', () => {
    const jobs = jobsOf(ALL, ['mules', 'shells'], [1, 2]);
    const units = unitsOf(jobs) as readonly (readonly RunJob[])[];
    expect(units.flat().map(keyOf).toSorted()).toEqual(jobs.map(keyOf).toSorted());
    const first = units.filter((unit) => unit[0]?.seed === 1 && unit[0].adversary === 'mules');
    expect(first.map((unit) => unit.map(({ defence }) => defence))).toEqual([
      ['instant, watched', 'instant'],
      ['proof'],
      ['consent, watched', 'consent'],
      ['blind'],
      PEERS,
    ]);
    for (const unit of units) expect(new Set(unit.map(({ seed, adversary }) => `${seed} ${adversary}`)).size).toBe(1);
  });

  it('has nothing in it that has another plan, or other terms, under the same name; a search is one by itself', () => {
    const own = { mode: 'instant', isWatched: false } as const;
    const tighter = { ...own, variant: { name: 'half', capital: 0.5, margin: 0.05 } };
    const job = { defence: 'instant', adversary: 'somebody', seed: 1 };
    const jobs: readonly Job[] = [
      { ...job, plan: sweptPlan(1) },
      { ...job, plan: sweptPlan(3) },
      { ...job, plan: sweptPlan(1), own: tighter },
      { own, search: { days: 1, seeds: [1], rounds: 1 } },
      { own: tighter, search: { days: 1, seeds: [1], rounds: 1 } },
    ];
    expect(unitsOf(jobs).map((unit) => unit.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it.each(['nobody', 'rogue system', 'at the edge', 'shells', 'mules'])('comes to what its runs come to one by one: %s', (adversary) => {
    const [together, alone] = bothWays(jobsOf(PEERS, [adversary], [SEED]));
    expect(together).toBe(alone);
  });

  it('comes to the same with a human who finds something to do, with one who does not, and on tighter terms', () => {
    const variant = { name: 'half', capital: 0.5, margin: 0.05 };
    for (const adversary of ['blatant', 'skimmer', 'neighbours']) {
      const jobs = jobsOf(['instant', 'instant, watched'], [adversary], [SEED]);
      const varied = jobs.map((job, n) => ({ ...job, own: { mode: 'instant', isWatched: n === 1, variant } as const }));
      for (const [together, alone] of [bothWays(jobs, 200), bothWays(varied, 40)]) expect(together).toBe(alone);
    }
  });
});

describe('defences side by side', () => {
  const alikeBefore = (adversary: string): readonly string[] => {
    let peers: SideBySide | undefined;
    const all = PEERS.map((name) => defenceOf({ defence: name }));
    const maker = { ...nothing, make: (world: ConstructorParameters<typeof SideBySide>[1]) => (peers = new SideBySide(all, world)) };
    new Run(maker, planOf(adversary), { ...amongWhom(settings, { adversary }), seed: SEED }).run();
    return (peers?.alike ?? []).map(({ name }) => name);
  };

  it('are alike in the end where none has refused anybody or raised an alarm', () => {
    // A scanner that goes faster each day comes to the limit of each that has one.
    expect(alikeBefore('at the edge')).toEqual(expect.arrayContaining(['price per call']));
    const few = alikeBefore('a thousand names');
    expect(few).toEqual(expect.arrayContaining(['price per call', 'WhatsApp tiers']));
    expect(few).not.toContain('TRW');
  });

  it('are not alike where one has raised an alarm, though it refused nobody', () => {
    const nobody = (): boolean => false;
    const world = { seed: SEED, from: 0, isCustomer: nobody, isLocked: nobody, isCanary: nobody, owners: [] };
    const maker = (name: string, rule: Rule): DefenceMaker => ({ name, description: name, make: (of) => new Peer(of, rule) });
    const loud = maker('loud', { alarms: [{ owner: 'host', at: 0, cause: 'scan', isStep: true }] });
    const [quiet, still] = [maker('quiet', {}), maker('still', {})];
    expect(new SideBySide([quiet, loud, still], world).alike.map(({ name }) => name)).toEqual(['still']);
    expect(new SideBySide([loud, quiet, still], world).alike).toEqual([]);
  });

  it('differ by a human where something was done, and not before', () => {
    const before = (adversary: string): boolean => {
      const run = new Run(ours('instant', true), planOf(adversary), { ...settings, days: 200, seed: SEED });
      run.run();
      return run.isIntervenedIn;
    };
    expect([before('blatant'), before('skimmer')]).toEqual([false, true]);
  });
});
