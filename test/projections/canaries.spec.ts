import type { CanaryKind } from '../../src/modules/canaries/canary.events.js';
import { canariesByKind, canaries, canaryHits } from '../../src/projections/canaries.js';
import { Projected, projected } from './projected.js';
import { RecordedLog } from './recorded-log.js';

const AT = '2026-11-23T09:00:00.000Z';
const NOW = Date.parse(AT);

interface Lead {
  readonly keys?: readonly string[];
  readonly at?: string;
  readonly partner?: string;
  readonly agent?: string;
}

/** A log by hand, of what a canary's read model follows. */
class Log extends RecordedLog {
  private leads = 0;

  registers(kind: CanaryKind, keys: readonly string[], until?: string): this {
    return this.write(`canary-${keys[0]}`, {
      type: 'CanaryRegistered',
      data: { personKeys: keys, kind, ...(until !== undefined && { until }) },
    });
  }

  retires(...personKeys: readonly string[]): this {
    return this.write(`canary-${personKeys[0]}`, { type: 'CanaryRetired', data: { personKeys } });
  }

  admits({ keys: [personKey, ...otherKeys] = ['e1.a'], at = AT, partner = 'shops', agent = 'anna' }: Lead = {}): this {
    this.leads += 1;
    const person = { personKey, ...(otherKeys.length > 0 && { otherKeys }) };
    const data = { leadId: `lead-${this.leads}`, owner: 'acme', partner, agent, purpose: 'onboarding', ...person, at };
    return this.write('owner-acme', { type: 'LeadAdmitted', data });
  }

  retiresEpoch(epoch: string): this {
    return this.write('keys', { type: 'EpochRetired', data: { epoch } });
  }

  get hits(): readonly string[] {
    return canaryHits(projected(canaries, this.events).db, { limit: 100 }).rows.map(({ leadId }) => leadId);
  }

  get registered(): Readonly<Record<string, number>> {
    const kinds = canariesByKind(projected(canaries, this.events).db, NOW).filter(({ registered }) => registered > 0);
    return Object.fromEntries(kinds.map(({ kind, registered }) => [kind, registered]));
  }
}

describe('a lead that is opened on a canary', () => {
  it('is a hit, with who opened it and the events that it rests on', () => {
    const log = new Log()
      .admits({ keys: ['e1.b'] })
      .registers('staff', ['e1.a'])
      .admits();
    expect(canaryHits(projected(canaries, log.events).db, { limit: 10 })).toEqual({
      rows: [
        {
          position: 2,
          canary: 1,
          kind: 'staff',
          visible: false,
          leadId: 'lead-2',
          owner: 'acme',
          partner: 'shops',
          agent: 'anna',
          purpose: 'onboarding',
          openedAt: AT,
        },
      ],
    });
  });

  it('is none when it was opened before the canary was registered, or after it was retired', () => {
    expect(new Log().admits().registers('staff', ['e1.a']).hits).toEqual([]);
    expect(new Log().registers('staff', ['e1.a']).retires('e1.a').admits().hits).toEqual([]);
    expect(new Log().registers('staff', ['e1.a']).admits().retires('e1.a').hits).toEqual(['lead-1']);
  });

  it('is none from the month on in which the canary ends', () => {
    const log = new Log().registers('minor', ['e1.a'], '2026-11');
    expect(log.admits({ at: '2026-10-31T23:59:59.999Z' }).admits({ at: '2026-11-01T00:00:00.000Z' }).hits).toEqual(['lead-1']);
  });

  it('is found in whichever epoch the two have in common', () => {
    const log = new Log().registers('deceased', ['e2.a', 'e1.a']);
    expect(
      log
        .admits({ keys: ['e1.a'] })
        .admits({ keys: ['e3.a', 'e2.a'] })
        .admits({ keys: ['e3.a'] }).hits,
    ).toEqual(['lead-2', 'lead-1']);
  });

  it('says as what the canary was registered then, and which hits are on the same one', () => {
    const log = new Log()
      .registers('minor', ['e1.a'], '2030-01')
      .admits()
      .registers('staff', ['e2.a', 'e1.a'])
      .admits({ keys: ['e2.a'] });
    const { rows } = canaryHits(projected(canaries, log.events).db, { limit: 10 });
    expect(rows.map(({ kind, visible, canary }) => [kind, visible, canary])).toEqual([
      ['staff', false, 0],
      ['minor', true, 0],
    ]);
  });

  it('is listed in pages, the latest first, by partner, agent, kind and time', () => {
    const log = new Log().registers('staff', ['e1.a']).registers('deceased', ['e1.b']);
    log
      .admits()
      .admits({ keys: ['e1.b'], partner: 'online', agent: 'bert' })
      .admits({ at: '2026-11-24T00:00:00.000Z' });
    const { db } = projected(canaries, log.events);
    const ids = (question: object): string[] => canaryHits(db, { limit: 10, ...question }).rows.map(({ leadId }) => leadId);
    expect(ids({ partner: 'online' })).toEqual(['lead-2']);
    expect(ids({ agent: 'anna' })).toEqual(['lead-3', 'lead-1']);
    expect(ids({ owner: 'acme', kind: 'deceased' })).toEqual(['lead-2']);
    expect(ids({ owner: 'zenith' })).toEqual([]);
    expect(ids({ from: '2026-11-24T00:00:00.000Z' })).toEqual(['lead-3']);
    expect(ids({ to: '2026-11-24T00:00:00.000Z' })).toEqual(['lead-2', 'lead-1']);
    const first = canaryHits(db, { limit: 2 });
    expect(first.rows.map(({ leadId }) => leadId)).toEqual(['lead-3', 'lead-2']);
    expect(canaryHits(db, { limit: 2, after: first.next! })).toMatchObject({ rows: [{ leadId: 'lead-1' }] });
  });

  it('costs the read model what any lead costs it: as many rows, of the same size (R41)', () => {
    const changes = (lead: Lead): number => {
      const log = new Log().registers('staff', ['e1.a']).admits({ keys: ['e1.b'] });
      const model = projected(canaries, log.events);
      const total = (): number => (model.db.prepare('SELECT total_changes() AS n').get() as { n: number }).n;
      const before = total();
      model.apply(log.admits(lead).events.slice(-1));
      return total() - before;
    };
    expect([changes({ keys: ['e1.a'] }), changes({ keys: ['e1.b'] })]).toEqual([1, 1]);
  });
});

describe('the number of canaries', () => {
  it('is counted by kind, each person once, retired ones and those that have ended left out', () => {
    const log = new Log().registers('staff', ['e2.a', 'e1.a']).registers('staff', ['e1.b']).registers('minor', ['e1.c'], '2026-12');
    expect(log.registered).toEqual({ staff: 2, minor: 1 });
    expect(log.registers('minor', ['e1.c'], '2026-11').registered).toEqual({ staff: 2 });
    expect(log.registers('staff', ['e3.a', 'e2.a']).registered).toEqual({ staff: 2 });
    expect(log.registers('locked', ['e1.b']).registered).toEqual({ staff: 1, locked: 1 });
    expect(log.retires('e3.a').registered).toEqual({ locked: 1 });
    expect(log.admits({ keys: ['e1.a'] }).hits).toEqual([]);
  });

  it('goes with the last epoch that they were known in: no lead can come on them any more', () => {
    const log = new Log().registers('staff', ['e2.a', 'e1.a']).registers('staff', ['e1.b']).registers('deceased', ['e10.c']);
    expect(log.retiresEpoch('e1').registered).toEqual({ staff: 1, deceased: 1 });
  });

  it('stands beside the hits of all time, and how many were hit', () => {
    const log = new Log().registers('staff', ['e1.a']).registers('staff', ['e1.b']);
    log
      .admits()
      .admits()
      .admits({ keys: ['e1.b'] })
      .admits({ keys: ['e1.c'] })
      .retires('e1.b');
    const kinds = canariesByKind(projected(canaries, log.events).db, NOW);
    expect(kinds.map(({ kind }) => kind)).toEqual(['minor', 'deceased', 'invented', 'staff', 'locked']);
    expect(kinds[3]).toEqual({ kind: 'staff', visible: false, registered: 1, hits: 3, hitCanaries: 2 });
    expect(kinds[0]).toEqual({ kind: 'minor', visible: true, registered: 0, hits: 0, hitCanaries: 0 });
  });

  it('and the hits are the same after each event has come twice (R19), and after a rebuild (I10)', () => {
    const log = new Log()
      .registers('staff', ['e2.a', 'e1.a'])
      .admits()
      .admits({ keys: ['e1.x'] })
      .registers('locked', ['e1.a'])
      .admits();
    log.retires('e2.a').admits().retiresEpoch('e1');
    const live = new Projected(canaries as never);
    for (const event of log.events) live.apply([event], 2);
    expect(live.hash).toBe(projected(canaries, log.events).hash);
  });
});
