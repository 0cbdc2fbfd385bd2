import type { ServiceStarted } from '../../src/modules/gate/gate.events.js';
import type { CommandRefused, RefusalsFolded } from '../../src/modules/refusals/refusal.events.js';
import { flushGaps, refusalCounts, refusals } from '../../src/projections/refusals.js';
import { day } from '../support/calendar.js';
import { projected } from './projected.js';
import { RecordedLog } from './recorded-log.js';

const of = { owner: 'acme', partner: 'acme-shops', process: 'p1' };

function refused(code: string, at: string, agent?: string): CommandRefused {
  const data = { ...of, client: 'acme-1', command: 'POST /v1/leads', code, ...(agent !== undefined && { agent }), at };
  return { type: 'CommandRefused', data };
}
function folded(code: string, count: number, from: string, until: string, afterUncleanStop?: true): RefusalsFolded {
  const counts = [{ command: 'POST /v1/leads', code, count }];
  return { type: 'RefusalsFolded', data: { ...of, counts, from, until, ...(afterUncleanStop && { afterUncleanStop }) } };
}
const log = (...facts: (CommandRefused | RefusalsFolded | ServiceStarted)[]) =>
  projected(refusals, new RecordedLog().write('refusals-acme-shops', ...facts).events).db;
const ask = (db: ReturnType<typeof log>, by: string[], filters = {}) => refusalCounts(db, { by, filters, limit: 100 }).rows;

describe('refusals', () => {
  it('count the first of each hour and all that was folded since, with first and last seen', () => {
    const db = log(
      refused('ALLOWANCE_SPENT', day(1)),
      folded('ALLOWANCE_SPENT', 41, day(1, 0.1), day(1, 0.2)),
      refused('PERSON_MISMATCH', day(1, 0.5)),
    );
    expect(ask(db, ['code'])).toEqual([
      { code: 'ALLOWANCE_SPENT', count: 42, firstSeen: day(1), lastSeen: day(1, 0.2), mayMissAFlush: 0 },
      { code: 'PERSON_MISMATCH', count: 1, firstSeen: day(1, 0.5), lastSeen: day(1, 0.5), mayMissAFlush: 0 },
    ]);
  });

  it('can be told by agent, where the refusal names one', () => {
    const counts = [
      { command: 'POST /v1/leads', code: 'ALLOWANCE_SPENT', agent: 'anna', count: 4 },
      { command: 'POST /v1/leads', code: 'ALLOWANCE_SPENT', count: 5 },
    ];
    const db = log(
      refused('ALLOWANCE_SPENT', day(1), 'anna'),
      refused('ALLOWANCE_SPENT', day(1), 'bert'),
      refused('IDENTIFIER_INVALID', day(1)),
      { type: 'RefusalsFolded', data: { ...of, counts, from: day(1), until: day(1, 0.1) } },
    );
    expect(ask(db, ['agent']).map(({ agent, count }) => [agent, count])).toEqual([
      ['', 6],
      ['anna', 5],
      ['bert', 1],
    ]);
    expect(ask(db, ['code'], { agent: 'anna' }).map(({ code, count }) => [code, count])).toEqual([['ALLOWANCE_SPENT', 5]]);
    expect(ask(db, ['partner'])[0]?.count).toBe(12);
  });

  it('can be told by hour and day, for a stretch of time', () => {
    const db = log(refused('ALLOWANCE_SPENT', day(1)), refused('ALLOWANCE_SPENT', day(1, 2)), refused('ALLOWANCE_SPENT', day(2)));
    expect(ask(db, ['day']).map(({ day: on, count }) => [on, count])).toEqual([
      ['2025-03-04', 2],
      ['2025-03-05', 1],
    ]);
    expect(ask(db, ['hour'], { from: day(1, 1), to: day(1, 3) }).map(({ hour }) => hour)).toEqual(['2025-03-04T11:00:00.000Z']);
  });

  it('say where a flush may be missing', () => {
    const started: ServiceStarted = {
      type: 'ServiceStarted',
      data: { process: 'p2', previous: 'p1', previousEndedCleanly: false, at: day(2) },
    };
    const clean: ServiceStarted = {
      type: 'ServiceStarted',
      data: { process: 'p3', previous: 'p2', previousEndedCleanly: true, at: day(3) },
    };
    const db = log(refused('ALLOWANCE_SPENT', day(1)), started, folded('ALLOWANCE_SPENT', 3, day(2), day(2), true), clean);
    expect(flushGaps(db)).toEqual([{ at: day(2), process: 'p1' }]);
    expect(ask(db, ['day']).map(({ mayMissAFlush }) => mayMissAFlush)).toEqual([0, 1]);
  });

  it('count a flush once, however often it is told', () => {
    const { events } = new RecordedLog().write('refusals-x', refused('A', day(1)), folded('A', 5, day(1), day(1)));
    expect(ask(projected(refusals, [...events, ...events]).db, ['code'])).toEqual([expect.objectContaining({ count: 6 })]);
  });
});
