import type { Outage } from '../../src/event-sourcing/process.js';
import { lead } from '../../src/modules/leads/lead.js';
import { settlementOf, type Settling } from '../../src/modules/leads/settlement.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  aLead,
  answered,
  check,
  confirm,
  convertedLead,
  create,
  created,
  decline,
  declinedLead,
  endedExisting,
  lapse,
  lapsed,
  link,
  midnightAfter,
  revoke,
  settlesFrom,
  turnDown,
  withdraw,
  withdrawn,
} from '../support/lead.examples.js';
import { customerKey, leadId, personKey, theOwner, thePartner, theSibling } from '../support/owner.examples.js';

const of = { leadId: leadId(1), owner: theOwner, partner: thePartner };

describe('SubmitCustomer', () => {
  it('follows a no, or comes without a check', () => {
    given(lead, aLead(), answered('no')).when(create()).happens(created()).again.refuses('LEAD_CREATED');
    given(lead, aLead()).when(create()).happens(created());
    given(lead, aLead({ carried: 'no' }))
      .when(create())
      .happens(created());
    given(lead, aLead({ mode: 'blind' }))
      .when(create())
      .happens(created());
  });

  it('refuses after a yes, a withdrawal, a lapse', () => {
    given(lead, aLead(), answered('yes'), endedExisting()).when(create()).refuses('LEAD_ENDED');
    given(lead, aLead(), withdrawn()).when(create()).refuses('LEAD_WITHDRAWN');
    given(lead, aLead(), lapsed())
      .when(create({ at: day(16) }))
      .refuses('LEAD_LAPSED');
  });

  it('refuses from the deadline on, put off by outages', () => {
    given(lead, aLead())
      .when(create({ at: day(15) }))
      .refuses('LEAD_LAPSED');
    const outages = [{ from: day(2), until: day(3) }];
    given(lead, aLead())
      .when(create({ at: day(15), outages }))
      .happens(created({ at: day(15), confirmBy: day(45) }));
  });

  it('refuses another person, another partner, and a lead that does not exist', () => {
    given(lead, aLead())
      .when(create({ personKeys: [personKey(2)] }))
      .refuses('PERSON_MISMATCH');
    given(lead, aLead())
      .when(create({ partner: theSibling }))
      .refuses('LEAD_NOT_FOUND');
    given(lead).when(create()).refuses('LEAD_NOT_FOUND');
  });
});

describe('WithdrawLead', () => {
  it('ends an open lead, with the reason', () => {
    given(lead, aLead()).when(withdraw()).happens(withdrawn()).again.staysQuiet();
    given(lead, aLead(), answered('no')).when(withdraw()).happens(withdrawn());
  });

  it('refuses what was created, before and after anybody knows what became of it (I6)', () => {
    given(lead, aLead(), created())
      .when(withdraw({ at: day(6) }))
      .refuses('LEAD_CREATED');
    given(lead, aLead(), created(), convertedLead())
      .when(withdraw({ at: day(6) }))
      .refuses('LEAD_CREATED');
    given(lead, aLead(), created(), declinedLead('turned-down', day(5)))
      .when(withdraw({ at: day(6) }))
      .refuses('LEAD_CREATED');
  });

  it("refuses what has ended, and what is another partner's", () => {
    given(lead, aLead(), answered('yes'), endedExisting()).when(withdraw()).refuses('LEAD_ENDED');
    given(lead, aLead(), lapsed())
      .when(withdraw({ at: day(16) }))
      .refuses('LEAD_LAPSED');
    given(lead, aLead())
      .when(withdraw({ at: day(15) }))
      .refuses('LEAD_LAPSED');
    given(lead, aLead())
      .when(withdraw({ partner: theSibling }))
      .refuses('LEAD_NOT_FOUND');
  });
});

describe('LapseLead', () => {
  it('ends a lead that nobody followed up, at its deadline', () => {
    given(lead, aLead()).when(lapse()).happens(lapsed()).again.staysQuiet();
    given(lead, aLead(), answered('no'))
      .when(lapse({ at: day(17) }))
      .happens(lapsed(day(17)));
  });

  it('stays quiet before the deadline, which outages put off', () => {
    given(lead, aLead())
      .when(lapse({ at: day(14, 23) }))
      .staysQuiet();
    const outages = [{ from: day(14), until: day(16) }];
    given(lead, aLead())
      .when(lapse({ at: day(16), outages }))
      .staysQuiet();
    given(lead, aLead())
      .when(lapse({ at: day(17), outages }))
      .happens(lapsed(day(17), day(17)));
  });

  it('stays quiet for a lead that has ended, or was created', () => {
    given(lead, aLead(), withdrawn()).when(lapse()).staysQuiet();
    given(lead, aLead(), answered('yes'), endedExisting()).when(lapse()).staysQuiet();
    given(lead, aLead(), created())
      .when(lapse({ at: day(99) }))
      .staysQuiet();
    given(lead, aLead(), created(), convertedLead())
      .when(lapse({ at: day(99) }))
      .staysQuiet();
  });

  it('refuses a lead that does not exist', () => {
    given(lead).when(lapse()).refuses('LEAD_NOT_FOUND');
  });
});

const settlement = (settles: Settling, outages: readonly Outage[] = []): string => new Date(settlementOf(settles, outages)).toISOString();

/** The bank has three days from an act to tell of it; while the service is down it cannot. */
describe('an outage after the act', () => {
  const acted = day(4);
  const outages = [{ from: day(5), until: day(9) }];

  it('puts the settlement off, whether the bank had told of it before or could only after (I6)', () => {
    for (const told of [day(4, 12), day(9), day(11)]) expect(settlement(settlesFrom(acted, told), outages)).toBe(midnightAfter(11));
    expect(settlement(settlesFrom(acted, day(12)), outages)).toBe(midnightAfter(12));
  });

  it('puts off nothing when it is over before the act, or begins when the bank need not tell any more', () => {
    const past = [{ from: day(1), until: day(3) }];
    const later = [{ from: day(7), until: day(20) }];
    for (const none of [past, later]) expect(settlement(settlesFrom(acted, day(5)), none)).toBe(midnightAfter(7));
  });

  it('is not held against the bank that tells as soon as it can', () => {
    const late = (at: string, down: readonly Outage[]): unknown => {
      const [event] = given(lead, aLead(), created()).when(confirm({ at, outages: down })).events;
      return (event?.data as { toldLate: boolean }).toldLate;
    };
    expect(late(day(10), [])).toBe(true);
    expect(late(day(10), outages)).toBe(false);
    expect(late(day(12), outages)).toBe(true);
  });

  it('does not decline what was proved in time and cannot be told of', () => {
    const down = [{ from: day(34), until: day(40) }];
    for (const at of [day(36), day(41)])
      given(lead, aLead(), created())
        .when(decline({ at, outages: down }))
        .staysQuiet();
    given(lead, aLead(), created())
      .when(confirm({ actedAt: day(32), at: day(41), outages: down }))
      .happens(convertedLead({ actedAt: day(32), at: day(41), settles: settlesFrom(day(32), day(41)) }));
    given(lead, aLead(), created())
      .when(decline({ at: day(42), outages: down }))
      .happens(declinedLead('not-proved', day(42)));
  });

  it('moves the end of the cool-down and of the time to read an answer with the settlement', () => {
    const past = [aLead({ answerReadableFor: 'P5D' }), answered('no'), created(), convertedLead()];
    const end = 12; // The settlement is at midnight after day 11.
    for (const [at, none, down] of [
      [day(end + 4), 'ANSWER_EXPIRED', undefined],
      [day(end + 5), 'ANSWER_EXPIRED', 'ANSWER_EXPIRED'],
    ] as const) {
      given(lead, ...past)
        .when(check({ at, unresolved: false }))
        .refuses(none);
      const seen = given(lead, ...past).when(check({ at, unresolved: false, outages }));
      if (down === undefined) seen.staysQuiet();
      else seen.refuses(down);
    }
  });
});

describe('ConfirmIdentity', () => {
  it('converts a created lead; its settlement follows from the act alone', () => {
    given(lead, aLead(), created()).when(confirm()).happens(convertedLead()).again.staysQuiet();
  });

  it('settles at the same moment whenever the bank tells of the act within settleAfter (I6)', () => {
    for (const at of [day(4), day(5, 7), day(7)]) {
      given(lead, aLead(), created())
        .when(confirm({ at }))
        .happens(convertedLead({ at, settles: settlesFrom(day(4), at) }));
      expect(settlement(settlesFrom(day(4), at))).toBe(midnightAfter(7));
    }
  });

  it('settles later, and says so, when the bank tells of it too late', () => {
    given(lead, aLead(), created())
      .when(confirm({ at: day(9) }))
      .happens(convertedLead({ at: day(9), settles: settlesFrom(day(4), day(9)), toldLate: true }));
    expect(settlement(settlesFrom(day(4), day(9)))).toBe(midnightAfter(9));
  });

  it('takes an act in time that is told of after the deadline', () => {
    given(lead, aLead(), created())
      .when(confirm({ actedAt: day(33), at: day(35) }))
      .happens(convertedLead({ actedAt: day(33), at: day(35), settles: settlesFrom(day(33), day(35)) }));
  });

  it('refuses an act after the deadline, which outages put off', () => {
    const late = { actedAt: day(33, 1), at: day(34) };
    given(lead, aLead(), created()).when(confirm(late)).refuses('CONFIRMATION_TOO_LATE');
    given(lead, aLead(), created())
      .when(confirm({ ...late, outages: [{ from: day(32), until: day(33) }] }))
      .happens(convertedLead({ ...late, settles: settlesFrom(late.actedAt, late.at) }));
  });

  it('takes an act told in whole seconds for one after the create in the same second, and none from before that', () => {
    const before = (ms: number): string => new Date(Date.parse(created().data.at) - ms).toISOString();
    const [event] = given(lead, aLead(), created()).when(confirm({ actedAt: before(999) })).events;
    expect(event?.type).toBe('LeadConverted');
    given(lead, aLead(), created())
      .when(confirm({ actedAt: before(1_000) }))
      .refuses('CONFIRMATION_INVALID');
  });

  it('refuses an act before the create, or in the future', () => {
    given(lead, aLead(), created())
      .when(confirm({ actedAt: day(2) }))
      .refuses('CONFIRMATION_INVALID');
    given(lead, aLead(), created())
      .when(confirm({ actedAt: day(6) }))
      .refuses('CONFIRMATION_INVALID');
    given(lead, aLead(), created())
      .when(confirm({ actedAt: 'yesterday' }))
      .refuses('CONFIRMATION_INVALID');
  });

  it('refuses a second customer number, and a lead that was declined', () => {
    given(lead, aLead(), created(), convertedLead())
      .when(confirm({ customerKey: customerKey(2) }))
      .refuses('CONFIRMATION_INVALID');
    given(lead, aLead(), created(), declinedLead('turned-down', day(5)))
      .when(confirm({ at: day(6) }))
      .refuses('CONFIRMATION_TOO_LATE');
  });

  it('refuses what was never created', () => {
    given(lead, aLead()).when(confirm()).refuses('CUSTOMER_NOT_FOUND');
    given(lead).when(confirm()).refuses('LEAD_NOT_FOUND');
  });
});

describe('TurnDown', () => {
  it('declines a created lead; it settles when a conversion by the same act would', () => {
    given(lead, aLead(), created())
      .when(turnDown())
      .happens(declinedLead('turned-down', day(5)))
      .again.staysQuiet();
  });

  it('refuses what was confirmed, what was never created, and an impossible act', () => {
    given(lead, aLead(), created(), convertedLead()).when(turnDown()).refuses('CONFIRMATION_INVALID');
    given(lead, aLead()).when(turnDown()).refuses('CUSTOMER_NOT_FOUND');
    given(lead, aLead(), created())
      .when(turnDown({ actedAt: day(1) }))
      .refuses('CONFIRMATION_INVALID');
  });
});

describe('DeclineLead', () => {
  it('declines what was not proved in time, when word of a timely act can no longer be on its way', () => {
    given(lead, aLead(), created())
      .when(decline())
      .happens(declinedLead('not-proved', day(36)))
      .again.staysQuiet();
  });

  it('stays quiet before, also where an outage puts the deadline off', () => {
    given(lead, aLead(), created())
      .when(decline({ at: day(35, 23) }))
      .staysQuiet();
    given(lead, aLead(), created())
      .when(decline({ outages: [{ from: day(30), until: day(31) }] }))
      .staysQuiet();
  });

  it('stays quiet for a lead that was not created, or is decided', () => {
    given(lead, aLead())
      .when(decline({ at: day(99) }))
      .staysQuiet();
    given(lead, aLead(), created(), convertedLead())
      .when(decline({ at: day(99) }))
      .staysQuiet();
  });

  it('refuses a lead that does not exist', () => {
    given(lead).when(decline()).refuses('LEAD_NOT_FOUND');
  });
});

describe('RevokeConversion', () => {
  const revoked = {
    type: 'ConversionRevoked',
    data: { ...of, customerKey: customerKey(1), reason: 'stolen-identity', settles: convertedLead().data.settles, at: day(20) },
  } as const;

  it('takes a conversion back, once', () => {
    given(lead, aLead(), created(), convertedLead()).when(revoke()).happens(revoked).again.staysQuiet();
  });

  it('does not let the lead be confirmed again', () => {
    given(lead, aLead(), created(), convertedLead(), revoked)
      .when(confirm({ at: day(21) }))
      .staysQuiet();
    given(lead, aLead(), created(), convertedLead(), revoked)
      .when(confirm({ customerKey: customerKey(2) }))
      .refuses('CONFIRMATION_INVALID');
  });

  it('refuses where there is nothing to take back', () => {
    given(lead, aLead(), created()).when(revoke()).refuses('CONFIRMATION_INVALID');
    given(lead).when(revoke()).refuses('LEAD_NOT_FOUND');
  });
});

describe('LinkCustomer', () => {
  it('says that the customer is one whom another lead brought first (I8)', () => {
    given(lead, aLead(), created(), convertedLead())
      .when(link('lead-of-somebody-else'))
      .happens({ type: 'CustomerLinked', data: { ...of, customerKey: customerKey(1), claimedByLead: 'lead-of-somebody-else', at: day(6) } })
      .again.staysQuiet();
  });

  it('stays quiet for the lead that claimed the number itself, and for one without a number', () => {
    given(lead, aLead(), created(), convertedLead())
      .when(link(leadId(1)))
      .staysQuiet();
    given(lead, aLead(), created()).when(link('lead-of-somebody-else')).staysQuiet();
  });

  it('refuses a lead that does not exist', () => {
    given(lead).when(link('x')).refuses('LEAD_NOT_FOUND');
  });
});
