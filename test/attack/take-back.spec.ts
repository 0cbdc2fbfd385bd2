import { takeBack } from '../../src/modules/customers/take-back.process.js';

type Followed = Parameters<typeof takeBack.evolve>[1];

const SETTLES_AT = '2026-03-05T00:00:00.000Z';
const SETTLES = { from: '2026-03-01T12:00:00.000Z', after: 'P3D', told: '2026-03-02T00:00:00.000Z', every: 86_400_000 };

const on = (type: Followed['type']): Followed =>
  ({ type, stream: '', data: { leadId: 'lead', owner: 'owner', partner: 'partner', settles: SETTLES } }) as unknown as Followed;

describe('a conversion that was revoked while its settlement was under way', () => {
  it('is taken back as soon as the settlement shows, and not when the rest since the first try is over', () => {
    const waiting = takeBack.evolve(undefined, on('ConversionRevoked'));
    const settled = takeBack.evolve(waiting, on('LeadSettled'));
    // The runtime goes on resting where an event leaves the state as it was.
    expect(settled).not.toEqual(waiting);
    expect(takeBack.owed(settled ?? fail(), { now: 0, outages: [] }).commands).toEqual([
      { type: 'TakeBackCredit', data: { leadId: 'lead', owner: 'owner', partner: 'partner' } },
    ]);
  });

  it('is not asked for again and again before its settlement', () => {
    const waiting = takeBack.evolve(undefined, on('ConversionRevoked')) ?? fail();
    const settlesAt = Date.parse(SETTLES_AT);
    expect(takeBack.owed(waiting, { now: settlesAt - 1, outages: [] })).toEqual({ commands: [], wakeAt: settlesAt });
    expect(takeBack.owed(waiting, { now: settlesAt, outages: [] }).commands).toHaveLength(1);
  });

  it('owes nothing when it was settled long before and never revoked', () => {
    expect(takeBack.evolve(undefined, on('LeadSettled'))).toBeUndefined();
  });
});

function fail(): never {
  throw new Error('nothing is followed');
}
