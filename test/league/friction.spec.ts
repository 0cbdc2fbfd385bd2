import { kindSummaries, withFriction } from '../../src/simulation/friction.js';
import { ORDINARY } from '../../src/simulation/honest.js';
import { amongWhom, DEFENCES, jobsOf, type LeagueSettings, withoutLikes } from '../../src/simulation/league.js';
import { COUNTRY } from '../../src/simulation/population.js';
import { summarise } from '../../src/simulation/summary.js';
import { aRun } from './made-up-runs.js';

const settings: LeagueSettings = { days: 30, population: COUNTRY, host: ORDINARY, others: [ORDINARY] };
const figures = (owners: number, refused: number) => ({
  owners,
  leads: 100,
  refused,
  slowed: 0,
  notices: refused,
  steps: 0,
  strictDays: 1,
});

describe('what the honest pay for a defence', () => {
  it('is measured while nobody scans, and stands beside whatever scans', () => {
    const runs = [
      aRun({ adversary: 'nobody', honest: { refused: 20, notices: 3 } }),
      aRun({ adversary: 'skimmer', honest: { refused: 0 } }),
    ];
    const [nobody, margin] = withFriction(summarise(runs));
    expect(margin?.refusedShare).toEqual({ mean: 0.02 });
    expect(margin?.noticesPerOwnerYear).toEqual(nobody?.noticesPerOwnerYear);
    expect(margin?.persons).toEqual({ mean: 50 });
    // Of a defence that was not played without a scanner there is nothing better than what there is.
    const alone = summarise(runs.slice(1));
    expect(withFriction(alone)).toEqual(alone);
  });

  it('is told for each kind of honest partner, so that one that starves does not hide in a mean', () => {
    const byKind = { shop: figures(2, 50), employer: figures(1, 0) };
    const found = kindSummaries([aRun({ adversary: 'nobody', honest: { byKind } }), aRun({ adversary: 'skimmer', honest: { byKind } })]);
    expect(
      found.map(({ kind, refusedShare, noticesPerOwnerYear, seeds, model }) => [
        kind,
        refusedShare.mean,
        noticesPerOwnerYear?.mean,
        seeds,
        model,
      ]),
    ).toEqual([
      ['shop', 0.5, 25, 1, 'exact'],
      ['employer', 0, 0, 1, 'exact'],
    ]);
  });
});

describe('what is not played, because nothing could come of it', () => {
  it('are the other honest partners where the adversary has nothing to do with them', () => {
    expect(amongWhom(settings, { adversary: 'skimmer' }).others).toEqual([]);
    expect(amongWhom(settings, { adversary: 'blatant' }).others).toEqual([]);
    expect(amongWhom(settings, { adversary: 'nobody' })).toBe(settings);
    expect(amongWhom(settings, { adversary: 'neighbours' })).toBe(settings);
  });

  it('are adversaries that only this service can tell from another, before what else a bank might use', () => {
    const peer = DEFENCES.at(-1)?.name ?? '';
    const played = withoutLikes(jobsOf(['instant', peer], ['blatant', 'register walk', 'stolen secrets'], [1]));
    expect(played.map(({ defence, adversary }) => `${defence}: ${adversary}`)).toEqual([
      'instant: blatant',
      `${peer}: blatant`,
      'instant: register walk',
      'instant: stolen secrets',
    ]);
  });
});
