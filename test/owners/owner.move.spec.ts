import { finishMerger, finishMove } from '../../src/modules/owners/move.process.js';
import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import type { OwnerEvent } from '../../src/modules/owners/owner.events.js';
import { ownerDirectory, partnerId } from '../../src/modules/owners/policy.js';
import type { MergerDecided } from '../../src/modules/owners/policy.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  admit,
  admitted,
  anOwner,
  conversions,
  customerKey,
  leadId,
  ownerRegistered,
  probationLeft,
  termsSet,
  theAgent,
  theAnalyst,
  theOwner,
  thePartner,
  theSibling,
  aSignedPartner,
  theTerms,
} from '../support/owner.examples.js';

type Of<Type extends OwnerEvent['type']> = Extract<OwnerEvent, { type: Type }>;

const other = 'bolt';
const why = { reason: 'acquisition', by: theAnalyst } as const;
const full = { paceLeft: 350, until: day(2) };

const left = (balance = 50): Of<'PartnerLeft'> => ({
  type: 'PartnerLeft',
  data: { partner: thePartner, owner: theOwner, to: other, move: 1, balance, ...full, ...why, at: day(2) },
});
const merged = (balance = 50): Of<'OwnerMerged'> => ({
  type: 'OwnerMerged',
  data: { owner: theOwner, into: other, balance, ...full, ...why, at: day(2) },
});
const forfeited = (units: number, at = day(2)): Of<'AllowanceForfeited'> => ({ type: 'AllowanceForfeited', data: { units, at } });

const visitor = {
  name: 'Visitor',
  standing: 'good' as const,
  offered: '1',
  signed: '1',
  documents: new Map([['1', 'ab12']]),
  agents: new Map([[theAgent, 'active' as const]]),
  moves: 1,
  left: other,
};
const past = { from: other, earlier: [], capitalGiven: 0, by: theAnalyst };
const receive = (balance: number, change: object = {}): OwnerCommand => ({
  type: 'ReceivePartner',
  data: { ...past, partner: 'visitor', move: 1, as: visitor, remainder: { balance, paceLeft: 3, until: day(3) }, at: day(4), ...change },
});
const inherited = (change: object = { partner: 'visitor', move: 1 }): Of<'OwnerInherited'> => ({
  type: 'OwnerInherited',
  data: { owner: theOwner, from: other, until: day(3), earlier: [], ...change, paceLeft: 3, at: day(4) },
});
const received: Of<'PartnerReceived'> = {
  type: 'PartnerReceived',
  data: {
    partner: 'visitor',
    owner: theOwner,
    from: other,
    move: 1,
    name: 'Visitor',
    standing: 'good',
    offered: '1',
    signed: '1',
    documents: { '1': 'ab12' },
    agents: { [theAgent]: 'active' },
    at: day(4),
  },
};

describe('LeaveOwner', () => {
  const leave = (partner = thePartner, to = other): OwnerCommand => ({ type: 'LeaveOwner', data: { partner, to, ...why, at: day(2) } });

  it('ends the partner’s leads here, and notes what was left', () => {
    given(owner, ...anOwner())
      .when(leave())
      .happens(left())
      .again.staysQuiet();
  });

  it('is refused for a partner that is none, that is terminated, or that is on its way elsewhere', () => {
    given(owner, ...anOwner())
      .when(leave('nobody'))
      .refuses('PARTNER_NOT_FOUND');
    const terminated: OwnerEvent = {
      type: 'PartnerTerminated',
      data: { partner: thePartner, reason: 'misuse', by: theAnalyst, at: day(1) },
    };
    given(owner, ...anOwner(), terminated)
      .when(leave())
      .refuses('PARTNER_TERMINATED');
    given(owner, ...anOwner(), left())
      .when(leave(thePartner, 'third'))
      .refuses('OWNER_CHANGING');
  });

  it('stays quiet where the partner is already', () => {
    given(owner, ...anOwner())
      .when(leave(thePartner, theOwner))
      .staysQuiet();
  });

  it('leaves nothing to do here in the partner’s name, and the sibling alone', () => {
    const gone = [...anOwner(), ...aSignedPartner(theSibling), left()];
    given(owner, ...gone)
      .when(admit(1, { at: day(3) }))
      .refuses('OWNER_CHANGING');
    for (const type of ['RegisterAgent', 'RetireAgent'] as const) {
      given(owner, ...gone)
        .when({ type, data: { partner: thePartner, agent: 'late', at: day(3) } })
        .refuses('OWNER_CHANGING');
    }
    expect(given(owner, ...gone).when(admit(1, { partner: theSibling, at: day(3) })).events).toHaveLength(1);
  });
});

describe('MergeOwner', () => {
  const merge: OwnerCommand = { type: 'MergeOwner', data: { into: other, ...why, at: day(2) } };

  it('takes the balance and lets all partners go, at once', () => {
    given(owner, ...anOwner())
      .when(merge)
      .happens(merged(), forfeited(50), left())
      .again.staysQuiet();
  });

  it('is refused once it went into another one, or into itself', () => {
    given(owner, ...anOwner(), merged(), left())
      .when({ type: 'MergeOwner', data: { ...merge.data, into: 'third' } as never })
      .refuses('OWNER_MERGED');
    given(owner, ...anOwner())
      .when({ type: 'MergeOwner', data: { ...merge.data, into: theOwner } as never })
      .refuses('OWNER_MERGED');
  });

  it('leaves an owner that nobody grants anything to, and that no partner joins', () => {
    const gone = [...anOwner(), merged(), forfeited(50), left()];
    const grant: OwnerCommand = { type: 'GrantAllowance', data: { entry: 'e', units: 5, reason: 'goodwill', by: theAnalyst, at: day(3) } };
    given(owner, ...gone)
      .when(grant)
      .refuses('OWNER_MERGED');
    given(owner, ...gone)
      .when({ type: 'RegisterPartner', data: { partner: 'late', name: 'x', at: day(3) } })
      .refuses('OWNER_MERGED');
    const draw: OwnerCommand = { type: 'GrantInitial', data: { units: 20, draw: 2, at: day(3) } };
    given(owner, ...gone)
      .when(draw)
      .happens({ type: 'InitialGranted', data: { units: 0, draw: 2, at: day(3) } });
  });

  it('accrues nothing any more', () => {
    const daily = [...anOwner({ perDay: 5 }, 10), merged(10), forfeited(10), left(10)];
    const declare: OwnerCommand = { type: 'RevokeAllowance', data: { entry: 'e', units: 1, reason: 'other', by: theAnalyst, at: day(9) } };
    expect(
      given(owner, ...daily)
        .when(declare)
        .events.map(({ type }) => type),
    ).toEqual(['AllowanceRevoked']);
  });
});

describe('ReceivePartner', () => {
  it('takes the partner in with the smaller balance, and with the past that it has', () => {
    given(owner, ...anOwner())
      .when(receive(7))
      .happens(forfeited(43, day(4)), inherited(), received)
      .again.staysQuiet();
    given(owner, ...anOwner())
      .when(receive(90))
      .happens(inherited(), received);
  });

  it('takes over what the agents opened of late, so that a move gives none of them a new day', () => {
    const today = Math.floor(Date.parse(day(4)) / 86_400_000);
    const limits = { agentLimits: { leadsPerDay: 3 } };
    const [, , arrival] = given(owner, ...anOwner(limits)).when(receive(7, { leadsByDay: { [theAgent]: [[today, 2]] } })).events;
    expect(arrival).toEqual({ type: 'PartnerReceived', data: { ...received.data, leadsByDay: { [theAgent]: [[today, 2]] } } });
    const open = (n: number) => admit(n, { partner: 'visitor', at: day(4) });
    const after = [...anOwner(limits), arrival as OwnerEvent];
    const [admission] = given(owner, ...after).when(open(1)).events;
    given(owner, ...after, admission as OwnerEvent)
      .when(open(2))
      .refuses('AGENT_LIMIT_LEADS');
  });

  it('counts what it knew already once, for a partner that comes back', () => {
    const today = Math.floor(Date.parse(day(4)) / 86_400_000);
    const limits = { agentLimits: { leadsPerDay: 4 } };
    const back = { type: 'PartnerReceived', data: { ...received.data, partner: thePartner, leadsByDay: { [theAgent]: [[today, 3]] } } };
    const past = [...anOwner(limits), admitted(1, { at: day(4) }), admitted(2, { at: day(4) }), back as OwnerEvent];
    const [admission] = given(owner, ...past).when(admit(3, { at: day(4) })).events;
    given(owner, ...past, admission as OwnerEvent)
      .when(admit(4, { at: day(4) }))
      .refuses('AGENT_LIMIT_LEADS');
  });

  it('has been given as much working capital as the one with more: no bonus pays again what the other has spent', () => {
    const terms = { capital: 80, ceiling: 900 };
    const bonusAfter = (capitalGiven: number): unknown => {
      const arrival = given(owner, ...anOwner(terms)).when(receive(900, { capitalGiven })).events;
      const settle = {
        leadId: leadId(11),
        as: 'converted',
        settlesAt: day(8),
        revoked: false,
        customerKey: customerKey(11),
        at: day(8),
      } as const;
      const before = [...anOwner(terms), ...arrival, ...conversions(10), probationLeft, admitted(11)];
      return given(owner, ...before).when({ type: 'SettleLead', data: settle }).events[0]?.data;
    };
    expect(bonusAfter(0)).toMatchObject({ bonus: 4 });
    expect(bonusAfter(50)).toMatchObject({ bonus: 4 });
    expect(bonusAfter(78)).toMatchObject({ bonus: 2 });
    expect(bonusAfter(500)).toMatchObject({ bonus: 0 });
    given(owner, ...anOwner(terms))
      .when(receive(900, { capitalGiven: 78 }))
      .happens(inherited({ partner: 'visitor', move: 1, capitalGiven: 78 }), received);
  });

  it('goes into debt with an owner that is in debt', () => {
    given(owner, ...anOwner())
      .when(receive(-5))
      .happens(forfeited(55, day(4)), inherited(), received);
  });

  it('goes on under the stricter terms, and a proposal of looser ones is void', () => {
    const proposal: OwnerEvent = {
      type: 'TermsProposed',
      data: { version: 2, terms: theTerms({ perConversion: 20, mode: 'proof' }), reason: 'agreed', proposedBy: theAnalyst, at: day(1) },
    };
    const terms = theTerms({ mode: 'consent', ceiling: 30, perConversion: 99 });
    const events = given(owner, ...anOwner(), proposal).when(receive(90, { terms })).events;
    expect(events[0]).toMatchObject({
      type: 'TermsSet',
      data: { version: 3, reason: 'owner-changed', terms: { mode: 'consent', ceiling: 30, perConversion: 4 } },
    });
    expect(events[1]).toEqual(forfeited(20, day(4)));
    const after = [...anOwner(), proposal, ...events];
    given(owner, ...after)
      .when({ type: 'ApproveTerms', data: { version: 2, by: 'analyst-2', at: day(5) } })
      .refuses('NOT_FOUND');
  });

  it('goes on under the other’s terms where its own wait for a second person, and these are void', () => {
    const proposal: OwnerEvent = {
      type: 'TermsProposed',
      data: {
        version: 1,
        terms: theTerms({ perConversion: 20, mode: 'proof' }),
        reason: 'registration',
        proposedBy: theAnalyst,
        at: day(0),
      },
    };
    const events = given(owner, ownerRegistered, proposal).when(receive(7, { terms: theTerms({ mode: 'blind' }) })).events;
    expect(events[0]).toMatchObject({
      type: 'TermsSet',
      data: { version: 2, reason: 'owner-changed', terms: { mode: 'blind', perConversion: 4 } },
    });
    given(owner, ownerRegistered, proposal, ...events)
      .when({ type: 'ApproveTerms', data: { version: 1, by: 'analyst-2', at: day(5) } })
      .refuses('NOT_FOUND');
  });

  it('is measured by the larger share of acknowledgements that was expected of either: the other’s hide no strangers among the leads', () => {
    const agreed = { leadsPerDay: 5, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
    const beside = (share: number) => ({ ...agreed, acknowledgedBaseline: { share, sigma: 0.01 } });
    const baselineAfter = (own: object, other: object): unknown => {
      const [first] = given(owner, ...anOwner({ figures: own as never })).when(
        receive(90, { terms: theTerms({ figures: other as never }) }),
      ).events;
      return first?.type === 'TermsSet' ? first.data.terms.figures : first?.type;
    };
    expect(baselineAfter(beside(0.05), beside(0.12))).toEqual(beside(0.12));
    expect(baselineAfter(beside(0.05), agreed)).toEqual(beside(0.1));
    expect(baselineAfter(beside(0.15), beside(0.12))).toBe('OwnerInherited');
    expect(baselineAfter(agreed, beside(0.12))).toBe('OwnerInherited');
  });

  it('gives the pace of the one that had less left, and no initial units any more', () => {
    const after = [...anOwner({}, 10), forfeited(3, day(4)), inherited(), received];
    const opened = [1, 2, 3].flatMap((n) => given(owner, ...after).when(admit(n, { partner: 'visitor', at: day(4) })).events);
    given(owner, ...after, ...opened)
      .when(admit(4, { partner: 'visitor', at: day(4) }))
      .refuses('PACE_EXCEEDED');
    given(owner, ...after)
      .when({ type: 'GrantInitial', data: { units: 20, draw: 2, at: day(5) } })
      .happens({ type: 'InitialGranted', data: { units: 0, draw: 2, at: day(5) } });
  });

  it('passes the partner on where the owner was merged meanwhile, with the least that any of the two had left', () => {
    const gone = [...anOwner({}, 20), merged(20), forfeited(20), left(20)];
    const onward = (balance: number): OwnerEvent => ({
      type: 'PartnerLeft',
      data: { partner: 'visitor', owner: theOwner, to: other, move: 2, balance, paceLeft: 3, until: day(4), at: day(4) },
    });
    const from = { from: 'third' };
    const there = [
      { ...inherited(), data: { ...inherited().data, ...from } },
      { ...received, data: { ...received.data, ...from } },
    ] as const;
    given(owner, ...gone)
      .when(receive(30, from))
      .happens(...there, onward(20))
      .again.staysQuiet();
    given(owner, ...gone)
      .when(receive(6, from))
      .happens(...there, onward(6));
  });
});

describe('InheritOwner', () => {
  const inherit = (change: object = {}): OwnerCommand => ({
    type: 'InheritOwner',
    data: { ...past, remainder: { balance: 7, paceLeft: 3, until: day(3) }, at: day(4), ...change },
  });

  it('takes over all of a past, once', () => {
    given(owner, ...anOwner())
      .when(inherit())
      .happens(forfeited(43, day(4)), inherited({ merged: true }))
      .again.staysQuiet();
  });

  it('is not done with because a partner had come from there before', () => {
    const after = [...anOwner(), inherited(), received];
    expect(
      given(owner, ...after)
        .when(inherit())
        .events.at(-1),
    ).toEqual(inherited({ merged: true }));
  });

  it('knows whose past the other’s was, and not itself', () => {
    const earlier = [
      { owner: 'third', until: day(1) },
      { owner: theOwner, until: day(1) },
    ];
    const { state } = given(owner, ...anOwner(), inherited({ merged: true, earlier }));
    if (state.status === 'unknown') throw new Error('no owner');
    expect([...state.predecessors.keys()]).toEqual(['third', other]);
  });
});

describe('DecideMerger', () => {
  const decided = (one: string, into: string): MergerDecided => ({ type: 'MergerDecided', data: { owner: one, into, ...why, at: day(1) } });
  const decide = (one: string, into: string) => ({ type: 'DecideMerger' as const, data: decided(one, into).data });
  const listed = ['a', 'b', 'c'].map((each) => ({ type: 'OwnerListed' as const, data: { owner: each, at: day(0) } }));

  it('sends one owner into another, for good', () => {
    given(ownerDirectory, ...listed)
      .when(decide('a', 'b'))
      .happens(decided('a', 'b'))
      .again.staysQuiet();
  });

  it('is refused where it would make a circle, or one of them is none', () => {
    given(ownerDirectory, ...listed, decided('a', 'b'))
      .when(decide('b', 'a'))
      .refuses('OWNER_MERGED');
    given(ownerDirectory, ...listed, decided('a', 'b'))
      .when(decide('a', 'c'))
      .refuses('OWNER_MERGED');
    given(ownerDirectory, ...listed)
      .when(decide('a', 'a'))
      .refuses('OWNER_MERGED');
    given(ownerDirectory, ...listed)
      .when(decide('a', 'nobody'))
      .refuses('OWNER_NOT_FOUND');
  });
});

describe('MovePartnerId', () => {
  const taken = { type: 'PartnerIdTaken' as const, data: { partner: thePartner, owner: theOwner, at: day(0) } };
  const moved = (move: number, to: string) => ({
    type: 'PartnerIdMoved' as const,
    data: { partner: thePartner, owner: to, move, at: day(move) },
  });

  it('says where the partner is, and is never undone by a move of before', () => {
    given(partnerId, taken)
      .when({ type: 'MovePartnerId', data: moved(1, other).data })
      .happens(moved(1, other))
      .again.staysQuiet();
    given(partnerId, taken, moved(2, 'third'))
      .when({ type: 'MovePartnerId', data: moved(1, other).data })
      .staysQuiet();
  });

  it('keeps the id taken', () => {
    given(partnerId, taken, moved(1, other)).when({ type: 'TakePartnerId', data: taken.data }).refuses('ALREADY_EXISTS');
  });
});

describe('what a change of owners still owes', () => {
  const at = (event: object): never => ({ stream: 'x', ...event }) as never;
  const NOW = Date.parse(day(2));

  it('is sent by the process only when whoever asked has had the time for it', () => {
    const state = finishMove.evolve(undefined, at(left()));
    expect(state && finishMove.owed(state, { now: NOW, outages: [] })).toEqual({ commands: [], wakeAt: NOW + 2_000 });
    expect(state && finishMove.owed(state, { now: NOW + 2_000, outages: [] }).commands).toEqual([
      { type: 'FinishMove', data: { left: left().data } },
    ]);
  });

  it('is done when the partner’s own stream says where it is, and not by a move of before', () => {
    const second = { ...left(), data: { ...left().data, move: 2 } };
    const state = finishMove.evolve(finishMove.evolve(undefined, at(left())), at(second));
    const moved = (move: number): never => at({ type: 'PartnerIdMoved', data: { partner: thePartner, owner: other, move, at: day(3) } });
    expect(finishMove.evolve(state, moved(1))).toEqual(second.data);
    expect(finishMove.evolve(state, moved(2))).toBeUndefined();
  });

  it('of a merger is done when all of the past is there, and not when a partner brought some of it', () => {
    const decided = { type: 'MergerDecided', data: { owner: other, into: theOwner, ...why, at: day(2) } };
    const state = finishMerger.evolve(undefined, at(decided));
    expect(finishMerger.evolve(state, at(inherited()))).toEqual(decided.data);
    expect(finishMerger.evolve(state, at(inherited({ merged: true })))).toBeUndefined();
    expect(state && finishMerger.owed(state, { now: NOW + 2_000, outages: [] }).commands).toHaveLength(1);
  });
});

it('an owner of before these events stood in the log is read as one without a past', () => {
  const { state } = given(owner, ...anOwner(), termsSet({}, 2));
  expect(state).toMatchObject({ merged: undefined, predecessors: new Map() });
});
