import { LedgerBound } from './bound.ledger.js';
import { assertBound, Bound, type LogEvent } from './bound.js';
import { day } from './calendar.js';
import { aLead, answered, convertedLead, created, declinedLead, endedExisting, lapsed, midnightAfter, withdrawn } from './lead.examples.js';
import {
  admitted,
  converted,
  customerKey,
  leadId,
  leadStream,
  ownerRegistered,
  personKey,
  termsSet,
  theOwner,
  thePartner,
  theSibling,
} from './owner.examples.js';

interface Fact {
  readonly type: string;
  readonly data: object;
}
/** Some facts in one stream. */
type Part = readonly [stream: string, ...facts: Fact[]];

const ofOwner = `owner-${theOwner}`;
const ofLead = leadStream(1);

/** A forged log: whatever facts, in whatever streams. */
function log(...parts: readonly Part[]): LogEvent[] {
  const flat = parts.flatMap(([stream, ...of]) => of.map((fact) => ({ ...fact, stream })));
  return flat.map(({ stream, type, data }, position) => {
    const { at } = data as { at?: string };
    return { stream, type, data: structuredClone(data), position, recordedAt: at ?? day(40) };
  });
}

const drawn: Part = ['probation', { type: 'ProbationUnitsDrawn', data: { owner: theOwner, draw: 1, units: 50, waiting: 0, at: day(0) } }];
const initial = (units: number): Fact => ({ type: 'InitialGranted', data: { units, draw: 1, at: day(0) } });
const granted = (units: number, at = day(0)): Fact => ({
  type: 'AllowanceGranted',
  data: { entry: 'e0', units, asked: units, reason: 'growth', grantedBy: 'analyst-1', at },
});
const owner = (change = {}, ...more: Fact[]): Part => [ofOwner, ownerRegistered, termsSet(change), granted(50), ...more];
const opened: Part = [ofLead, aLead()];
const resolved = (as: string): Fact => ({
  type: 'LeadResolved',
  data: { leadId: leadId(1), partner: thePartner, as, admittedAt: day(1), at: day(16) },
});
const settled = (change: object = {}): Fact => ({
  type: 'LeadSettled',
  data: { ...converted(1).data, settlesAt: midnightAfter(7), ...change },
});
const revoked: Fact = {
  type: 'ConversionRevoked',
  data: { leadId: leadId(1), owner: theOwner, partner: thePartner, customerKey: customerKey(1), reason: 'other', at: day(9) },
};
const takenBack = (units: number): Fact => ({
  type: 'CreditRevoked',
  data: { leadId: leadId(1), partner: thePartner, units, at: day(10) },
});
const acknowledged: Fact = {
  type: 'ExistingAcknowledged',
  data: { leadId: leadId(1), owner: theOwner, partner: thePartner, admittedAt: day(1), at: day(4) },
};
const acknowledgement = (credited = 1): Fact => ({
  type: 'AcknowledgementCredited',
  data: { leadId: leadId(1), partner: thePartner, credited, admittedAt: day(1), at: day(5) },
});
const accrued = (units: number, from: string, until: string): Fact => ({ type: 'AllowanceAccrued', data: { units, from, until } });
const claimed = (by = leadId(1)): Fact => ({
  type: 'CustomerNumberClaimed',
  data: { customerKey: customerKey(1), leadId: by, customerId: 'c', personKeys: [], corroborations: [], sealed: '', at: day(6) },
});
const ack = [aLead(), answered('yes'), endedExisting(), acknowledged];
const conversion = [aLead(), answered(), created(), convertedLead()];

const holds = async (...parts: readonly Part[]): Promise<void> => {
  await expect(assertBound(log(...parts))).resolves.toBeInstanceOf(Bound);
};
const breaks = async (rule: string, why: string, ...parts: readonly Part[]): Promise<void> => {
  await expect(assertBound(log(...parts))).rejects.toMatchObject({ rule, message: expect.stringContaining(why) as string });
};

describe('the bound holds, by a fold that knows no decider (R1), for', () => {
  it('a lead that converts, is settled, claimed, revoked and taken back', () =>
    holds(
      drawn,
      [ofOwner, ownerRegistered, termsSet(), initial(50), admitted()],
      [ofLead, ...conversion],
      [`claim-${customerKey(1)}`, claimed()],
      [ofOwner, settled()],
      [ofLead, revoked],
      [ofOwner, takenBack(4)],
    ));
  it('a lead that ends as existing and is acknowledged', () =>
    holds(owner({}, admitted()), [ofLead, ...ack], [ofOwner, resolved('existing'), acknowledgement()]));
  it('a lead that lapses, and another one for the same person, carrying the answer', () =>
    holds(
      owner({}, admitted()),
      [ofLead, aLead(), answered(), lapsed()],
      [ofOwner, admitted(1, { leadId: leadId(1, 2), number: 2, carried: 'no', at: day(16) })],
      [ofOwner, resolved('lapsed')],
    ));
  it('a revocation that its settlement has seen', () =>
    holds(owner({}, admitted()), [ofLead, ...conversion, revoked], [ofOwner, settled({ as: 'declined', credited: 0 }), takenBack(0)]));
});

describe('the bound sees', () => {
  it('an admission beyond the credits (I2)', () =>
    breaks('I2', 'beyond credits', [ofOwner, ownerRegistered, termsSet(), granted(1), admitted(1), admitted(2)]));
  it('an admission of what a revocation took (I2)', () =>
    breaks(
      'I2',
      'less revocations',
      owner({}, { type: 'AllowanceRevoked', data: { entry: 'e1', units: 49.5, reason: 'other', revokedBy: 'y', at: day(0) } }, admitted(1)),
    ));
  it('a lead admitted twice (I2)', () => breaks('I2', 'admitted twice', owner({}, admitted(), admitted())));
  it('a second lead for a person while the first is open, or created and not settled (I3)', async () => {
    const second = admitted(1, { leadId: leadId(1, 2), number: 2 });
    await breaks('I3', 'has a lead for this person', owner({}, admitted(), second));
    await breaks('I3', 'has a lead for this person', owner({}, admitted()), [ofLead, ...conversion], [ofOwner, second]);
  });
  it('an opening without its admission, or another than it (I3)', async () => {
    await breaks('I3', 'never admitted', owner(), opened);
    await breaks('I3', 'not its admission', owner({}, admitted()), [ofLead, aLead({ agent: 'somebody' })]);
  });
  it('a lead that opens twice (I2)', () => breaks('I2', 'opens twice', owner({}, admitted()), opened, opened));
  it('a second answer (I1), also beside a carried one', async () => {
    await breaks('I1', 'second answer', owner({}, admitted()), [ofLead, aLead(), answered(), answered()]);
    await breaks('I1', 'second answer', owner({}, admitted(1, { carried: 'no' })), [ofLead, aLead({ carried: 'no' }), answered()]);
  });
  it('an answer without an opened lead (I3)', async () => {
    await breaks('I3', 'never admitted', owner(), [ofLead, answered()]);
    await breaks('I3', 'not opened', owner({}, admitted()), [ofLead, answered()]);
  });
  it('an answer in the lead of another person, partner or owner (I3)', async () => {
    await breaks('I3', 'another person', owner({}, admitted()), opened, [leadStream(2), answered()]);
    await breaks('I3', 'another owner or partner', owner({}, admitted()), opened, [ofLead, answered('no', { partner: theSibling })]);
    await breaks('I3', 'another owner or partner', owner({}, admitted()), opened, [ofLead, answered('no', { owner: 'other' })]);
  });
  it('an answer after the end, after the deadline, after a create (I3)', async () => {
    await breaks('I3', 'not active', owner({}, admitted()), [ofLead, aLead(), withdrawn(day(2)), answered('no', { at: day(3) })]);
    await breaks('I3', 'deadline', owner({}, admitted()), [ofLead, aLead(), answered('no', { at: day(15) })]);
    await breaks('I3', 'not active', owner({}, admitted()), [ofLead, aLead(), created(), answered('no', { at: day(4) })]);
  });
  it('a create for another person, after a yes, or after the deadline', async () => {
    await breaks('I3', 'another person', owner({}, admitted()), [ofLead, aLead(), created({ personKeys: [personKey(2)] })]);
    await breaks('I9', 'after a yes', owner({}, admitted()), [ofLead, aLead(), answered('yes'), created()]);
    await breaks('I3', 'deadline', owner({}, admitted()), [ofLead, aLead(), created({ at: day(15) })]);
  });
  it('a lead that ends twice, or too early, or otherwise than it can (I9)', async () => {
    await breaks('I9', 'ends twice', owner({}, admitted()), [ofLead, aLead(), withdrawn(), lapsed()]);
    await breaks('I9', 'before the deadline', owner({}, admitted()), [ofLead, aLead(), lapsed(day(14))]);
    await breaks('I9', 'ends otherwise', owner({}, admitted()), [ofLead, aLead(), created(), lapsed()]);
    await breaks('I9', 'not created', owner({}, admitted()), [ofLead, aLead(), convertedLead()]);
    await breaks('I9', 'without a yes', owner({}, admitted()), [ofLead, aLead(), answered(), endedExisting()]);
    await breaks('I9', 'out of time', owner({}, admitted()), [ofLead, aLead(), created(), convertedLead({ actedAt: day(34) })]);
  });
  it('a ledger that resolves what has not ended so, or twice (I9)', async () => {
    await breaks('I9', 'has not ended', owner({}, admitted()), opened, [ofOwner, resolved('lapsed')]);
    await breaks('I9', 'resolves what withdrawn', owner({}, admitted()), [ofLead, aLead(), withdrawn()], [ofOwner, resolved('lapsed')]);
    await breaks(
      'I9',
      'resolved twice',
      owner({}, admitted()),
      [ofLead, aLead(), lapsed()],
      [ofOwner, resolved('lapsed'), resolved('lapsed')],
    );
    await breaks(
      'I9',
      'settles what declined',
      owner({}, admitted()),
      [ofLead, aLead(), created(), declinedLead('turned-down', day(5))],
      [ofOwner, settled()],
    );
  });
  it('a settlement before its time (I6)', () =>
    breaks('I6', 'before its time', owner({}, admitted()), [ofLead, ...conversion], [ofOwner, settled({ at: day(7) })]));
  it('a lead still open after its deadline and the lag (I9)', async () => {
    const bound = await assertBound(log(owner({}, admitted()), opened));
    expect(() => bound.assertEnded(Date.parse(day(16)), 3_600_000)).toThrow('lead-1 should have ended');
    expect(() => bound.assertEnded(Date.parse(day(15)), 3_600_000)).not.toThrow();
  });
  it('a lead that earns twice, by an acknowledgement or a settlement (I2)', () =>
    breaks('I2', 'earns twice', owner({}, admitted()), [ofLead, ...ack], [ofOwner, acknowledgement(), acknowledgement(0)]));
  it('an earning that nobody acknowledged, or larger than a unit (I2)', async () => {
    await breaks('I2', 'nobody acknowledged', owner({}, admitted()), [ofLead, ...ack.slice(0, 3)], [ofOwner, acknowledgement()]);
    await breaks('I2', 'more than one unit', owner({}, admitted()), [ofLead, ...ack], [ofOwner, acknowledgement(1.001)]);
  });
  it('a decline that earns, or a conversion that earns more than the terms give (I2)', async () => {
    await breaks(
      'I2',
      'only a conversion earns',
      owner({}, admitted()),
      [ofLead, ...conversion, revoked],
      [ofOwner, settled({ as: 'declined' })],
    );
    await breaks('I2', 'more than the terms', owner({}, admitted()), [ofLead, ...conversion], [ofOwner, settled({ credited: 4.001 })]);
    await breaks('I2', 'working capital', owner({}, admitted()), [ofLead, ...conversion], [ofOwner, settled({ bonus: 1 })]);
    // What was granted is capital, too.
    const paid = (capital: number): Part[] => [owner({ capital }, admitted()), [ofLead, ...conversion], [ofOwner, settled({ bonus: 4 })]];
    await holds(...paid(54));
    await breaks('I2', 'working capital', ...paid(53.999));
  });
  it('a customer number that earns twice for one owner, or none, or another (I8)', async () => {
    const second = { leadId: leadId(2) };
    const twice = [admitted(1), admitted(2)];
    const other = [aLead(second), created(second), convertedLead(second)].map(({ type, data }) => ({
      type,
      data: {
        ...data,
        ...(type === 'LeadOpened' ? admitted(2).data : {}),
        ...(type === 'CustomerSubmitted' ? { personKeys: [personKey(2)] } : {}),
      },
    }));
    await breaks(
      'I8',
      'earns twice',
      owner({}, ...twice),
      [ofLead, ...conversion],
      [leadStream(2), ...other],
      [ofOwner, settled(), settled({ ...second, credited: 0 })],
    );
    await breaks(
      'I8',
      'without a customer number',
      owner({}, admitted()),
      [ofLead, ...conversion],
      [ofOwner, settled({ customerKey: undefined })],
    );
    await breaks(
      'I8',
      'another number',
      owner({}, admitted()),
      [ofLead, ...conversion],
      [ofOwner, settled({ customerKey: customerKey(2) })],
    );
  });
  it('a revocation of something else than was credited, or that nobody asked for (I2)', async () => {
    await breaks(
      'I2',
      'something else',
      owner({}, admitted()),
      [ofLead, ...conversion],
      [ofOwner, settled()],
      [ofLead, revoked],
      [ofOwner, takenBack(3.999)],
    );
    await breaks(
      'I2',
      'something else',
      owner({}, admitted()),
      [ofLead, ...conversion],
      [ofOwner, settled()],
      [ofLead, revoked],
      [ofOwner, takenBack(4), takenBack(4)],
    );
    await breaks('I2', 'nobody revoked', owner({}, admitted()), [ofLead, ...conversion], [ofOwner, settled(), takenBack(4)]);
  });
  it('two customers of one number (I8), or one that nobody confirmed', async () => {
    const claim = `claim-${customerKey(1)}`;
    await breaks('I8', 'claimed twice', owner({}, admitted()), [ofLead, ...conversion], [claim, claimed(), claimed()]);
    await breaks('I8', 'without a confirmation', owner({}, admitted()), opened, [claim, claimed()]);
    await breaks('I8', 'another number', owner({}, admitted()), [ofLead, ...conversion], ['claim-x', claimed()]);
    const linked: Fact = {
      type: 'CustomerLinked',
      data: { leadId: leadId(1), owner: theOwner, partner: thePartner, customerKey: customerKey(1), claimedByLead: leadId(2), at: day(6) },
    };
    await breaks('I8', 'not there', owner({}, admitted()), [ofLead, ...conversion, linked]);
  });
  it('an admission after a restore before the balance is forfeited and a human grants, and a credit meanwhile', async () => {
    const restored: Part = ['gate', { type: 'LogRestored', data: { restores: 1, at: day(0) } }];
    const forfeited = (units: number, restores = 1): Fact => ({ type: 'AllowanceForfeited', data: { units, restores, at: day(0) } });
    await holds(owner(), restored, [ofOwner, forfeited(50), granted(2), admitted()]);
    await holds(restored, owner({}, admitted()));
    await breaks('restore', 'before a human granted', owner(), restored, [ofOwner, admitted()]);
    await breaks('restore', 'before a human granted', owner(), restored, [ofOwner, granted(1), forfeited(51), admitted()]);
    await breaks('restore', 'a balance is left', owner(), restored, [ofOwner, forfeited(49.999)]);
    await breaks('restore', 'another restore', owner(), restored, [ofOwner, forfeited(50, 2)]);
    await breaks('restore', 'a credit', owner({ perDay: 1 }), restored, [ofOwner, forfeited(50), accrued(1, day(0), day(1))]);
  });
  it('a balance above the ceiling, or a stricter ceiling that has no effect', async () => {
    await breaks('ceiling', 'rises above', owner({}, granted(151)));
    await breaks('ceiling', 'not taken effect', owner({}, termsSet({ ceiling: 10 }, 2), admitted()));
  });
  it('an accrual of more than the time allows, of time counted twice, or to come', async () => {
    await holds(owner({ perDay: 2 }, accrued(2, day(0), day(1)), accrued(2, day(1), day(2))));
    await breaks('accrual', 'more than perDay', owner({ perDay: 2 }, accrued(2.001, day(0), day(1))));
    await breaks('accrual', 'counted twice', owner({ perDay: 2 }, accrued(2, day(0), day(1)), accrued(2, day(0), day(1))));
    await breaks('accrual', 'not come yet', owner({ perDay: 2 }, accrued(2, day(50), day(51))));
    await breaks('accrual', 'counted twice', owner({ perDay: 2 }, termsSet({ perDay: 9 }, 2, day(3)), accrued(9, day(2), day(3))));
  });
  it('figures finer than a thousandth, negative, or none', async () => {
    await breaks('exact', 'finer', owner({}, granted(0.0005)));
    await breaks('I2', 'negative', owner({}, granted(-1)));
    await breaks('shape', 'no figure', owner({}, granted(Number.NaN)));
  });
  it('initial units that were not drawn, and a pool that gives more than it holds', async () => {
    await breaks('pool', 'not drawn', [ofOwner, ownerRegistered, termsSet(), initial(50)]);
    await breaks('pool', 'not drawn', drawn, [ofOwner, ownerRegistered, termsSet(), initial(50), initial(50)]);
    await breaks('pool', 'than the pool holds', ...Array.from({ length: 5 }, (): Part => drawn));
  });
  it('more answers than admissions, however they came about (I2)', () => {
    const [event] = log(opened);
    expect(() => new LedgerBound().countAnswer(event!)).toThrow('more leads are answered than admitted');
  });
  it('a log that goes back', async () => {
    const [first] = log(owner());
    await expect(assertBound([first!, first!])).rejects.toMatchObject({ rule: 'order' });
  });
});
