import { probation, type ProbationCommand } from '../../src/modules/probation/probation.js';
import type { ProbationEvent } from '../../src/modules/probation/probation.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';

const draw = (owner: string, wanted = 50): ProbationCommand => ({
  type: 'DrawProbationUnits',
  data: { owner, wanted, pool: 200, at: day(0) },
});
const giveBack = (owner: string): ProbationCommand => ({ type: 'ReturnProbationUnits', data: { owner, pool: 200, at: day(9) } });
const drawn = (owner: string, units = 50, waiting = 0, nth = 1, at = day(0)): ProbationEvent => ({
  type: 'ProbationUnitsDrawn',
  data: { owner, draw: nth, units, waiting, at },
});
const returned = (owner: string, units = 50): ProbationEvent => ({ type: 'ProbationUnitsReturned', data: { owner, units, at: day(9) } });

describe('DrawProbationUnits', () => {
  it('gives what the owner wants, once', () => {
    given(probation).when(draw('a')).happens(drawn('a')).again.staysQuiet();
  });

  it('gives what is left of the pool, and remembers who waits', () => {
    given(probation, drawn('a', 180))
      .when(draw('b'))
      .happens(drawn('b', 20, 30))
      .again.staysQuiet();
    given(probation, drawn('a', 200))
      .when(draw('b'))
      .happens(drawn('b', 0, 50));
  });

  it('gives ten nominees no more than the pool together', () => {
    const events: ProbationEvent[] = [];
    for (let i = 0; i < 10; i++) events.push(...given(probation, ...events).when(draw(`nominee-${i}`)).events);
    expect(events.reduce((sum, { data }) => sum + data.units, 0)).toBe(200);
  });

  it('gives nothing to an owner that has left probation', () => {
    given(probation, drawn('a'), returned('a')).when(draw('a')).staysQuiet();
  });
});

describe('ReturnProbationUnits', () => {
  it('frees the units of an owner that leaves, once', () => {
    given(probation, drawn('a')).when(giveBack('a')).happens(returned('a')).again.staysQuiet();
  });

  it('gives them to those who wait, in the order in which they came', () => {
    given(probation, drawn('a', 150), drawn('b'), drawn('c', 0, 50), drawn('d', 0, 30), drawn('e', 0, 200))
      .when(giveBack('a'))
      .happens(returned('a', 150), drawn('c', 50, 0, 2, day(9)), drawn('d', 30, 0, 2, day(9)), drawn('e', 70, 130, 2, day(9)))
      .again.staysQuiet();
  });

  it('gives nothing on from a pool that has shrunk meanwhile', () => {
    given(probation, drawn('a', 150), drawn('b', 150), drawn('c', 0, 50))
      .when({ type: 'ReturnProbationUnits', data: { owner: 'a', pool: 100, at: day(9) } })
      .happens(returned('a', 150));
  });

  it('stays quiet for an owner that never drew', () => {
    given(probation).when(giveBack('a')).staysQuiet();
  });
});
