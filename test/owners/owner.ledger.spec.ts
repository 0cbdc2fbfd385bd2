import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import type { OwnerEvent } from '../../src/modules/owners/owner.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  admitted,
  anOwner,
  conversions,
  converted,
  customerKey,
  initialGranted,
  leadId,
  ownerRegistered,
  probationLeft,
  termsSet,
  theAnalyst,
  thePartner,
} from '../support/owner.examples.js';

type Data<Type extends OwnerCommand['type']> = Extract<OwnerCommand, { type: Type }>['data'];

describe('ResolveLead', () => {
  const resolve: OwnerCommand = { type: 'ResolveLead', data: { leadId: leadId(1), as: 'lapsed', at: day(15) } };

  it('ends a lead that needs no settlement, and earns nothing', () => {
    const resolved = { leadId: leadId(1), partner: thePartner, as: 'lapsed', admittedAt: day(1), at: day(15) } as const;
    given(owner, ...anOwner(), admitted())
      .when(resolve)
      .happens({ type: 'LeadResolved', data: resolved })
      .again.staysQuiet();
  });

  it('stays quiet for a lead that was settled, or never admitted', () => {
    given(owner, ...anOwner(), admitted(), converted(1))
      .when(resolve)
      .staysQuiet();
    given(owner, ...anOwner())
      .when(resolve)
      .staysQuiet();
  });

  it('refuses an unknown owner', () => {
    given(owner).when(resolve).refuses('OWNER_NOT_FOUND');
  });
});

describe('SettleLead', () => {
  const settle = (n: number, change: Partial<Data<'SettleLead'>> = {}): OwnerCommand => ({
    type: 'SettleLead',
    data: { leadId: leadId(n), as: 'converted', settlesAt: day(8), revoked: false, customerKey: customerKey(n), at: day(8), ...change },
  });

  it('credits a conversion with what the terms then in force give', () => {
    given(owner, ...anOwner(), admitted(), termsSet({ perConversion: 6.5 }, 2))
      .when(settle(1))
      .happens(converted(1, 6.5))
      .again.staysQuiet();
  });

  it('shows a declined lead and credits nothing', () => {
    given(owner, ...anOwner(), admitted())
      .when({ type: 'SettleLead', data: { leadId: leadId(1), as: 'declined', settlesAt: day(8), revoked: false, at: day(8) } })
      .happens({
        type: 'LeadSettled',
        data: {
          leadId: leadId(1),
          partner: thePartner,
          as: 'declined',
          credited: 0,
          bonus: 0,
          admittedAt: day(1),
          settlesAt: day(8),
          at: day(8),
        },
      });
  });

  it('credits a customer number once, whoever brings it again', () => {
    const second = {
      leadId: leadId(2),
      partner: thePartner,
      as: 'converted',
      credited: 0,
      bonus: 0,
      admittedAt: day(1),
      settlesAt: day(8),
      at: day(8),
    } as const;
    given(owner, ...anOwner(), admitted(1), converted(1), admitted(2))
      .when(settle(2, { customerKey: customerKey(1) }))
      .happens({ type: 'LeadSettled', data: second });
  });

  it('credits nothing for a conversion that it sees revoked, nor for its number ever after', () => {
    const shown = { ...converted(1, 0).data, as: 'declined', revoked: true } as const;
    const past = [...anOwner(), admitted(1)];
    given(owner, ...past)
      .when(settle(1, { revoked: true }))
      .happens({ type: 'LeadSettled', data: shown })
      .again.staysQuiet();
    const [settled] = given(owner, ...past, { type: 'LeadSettled', data: shown }, admitted(2)).when(
      settle(2, { customerKey: customerKey(1) }),
    ).events;
    expect(settled?.data).toMatchObject({ as: 'converted', credited: 0, bonus: 0 });
  });

  it('credits up to the ceiling only', () => {
    given(owner, ...anOwner({ ceiling: 51 }), admitted())
      .when(settle(1))
      .happens(converted(1, 2));
  });

  it('doubles after ten settled conversions until initial, grants and bonuses reach the capital', () => {
    const capital = { capital: 56 };
    given(owner, ...anOwner(capital), ...conversions(10), probationLeft, admitted(11))
      .when(settle(11))
      .happens(converted(11, 4, 4));
    given(owner, ...anOwner(capital), ...conversions(10), probationLeft, admitted(11), converted(11, 4, 4), admitted(12))
      .when(settle(12))
      .happens(converted(12, 4, 2));
    given(owner, ...anOwner(), ...conversions(10), probationLeft, admitted(11))
      .when(settle(11))
      .happens(converted(11, 4, 0));
  });

  describe('counts as working capital', () => {
    const granted = (units: number, reason: 'growth' | 'goodwill' = 'growth'): OwnerEvent => ({
      type: 'AllowanceGranted',
      data: { entry: `${reason} ${units}`, units, asked: units, reason, grantedBy: theAnalyst, at: day(0) },
    });
    const revoked = (units: number, reason: 'granted-by-mistake' | 'campaign-over' | 'complaints'): OwnerEvent => ({
      type: 'AllowanceRevoked',
      data: { entry: reason, units, reason, revokedBy: theAnalyst, at: day(0) },
    });
    const bonusAfter = (...past: OwnerEvent[]): number => {
      const [settled] = given(
        owner,
        ...anOwner({ capital: 80, ceiling: 900 }),
        ...past,
        ...conversions(10),
        probationLeft,
        admitted(11),
      ).when(settle(11)).events;
      return settled?.type === 'LeadSettled' ? settled.data.bonus : Number.NaN;
    };

    it('what a human granted, whatever for: no bonus pays it once more', () => {
      expect(bonusAfter()).toBe(4);
      expect(bonusAfter(granted(30))).toBe(0);
      expect(bonusAfter(granted(20), granted(7.5, 'goodwill'))).toBe(2.5);
    });

    it('what was granted, and not what was asked for', () => {
      const cut: OwnerEvent = {
        type: 'AllowanceGranted',
        data: { entry: 'e', units: 27, asked: 500, reason: 'growth', grantedBy: theAnalyst, at: day(0) },
      };
      expect(bonusAfter(cut)).toBe(3);
    });

    it('not what was granted by mistake, or for a campaign that is over, and was taken back', () => {
      expect(bonusAfter(granted(30), revoked(28, 'granted-by-mistake'))).toBe(4);
      expect(bonusAfter(granted(30), revoked(1, 'campaign-over'))).toBe(1);
      expect(bonusAfter(granted(28), revoked(900, 'granted-by-mistake'), granted(29))).toBe(1);
    });

    it('what was taken away for what the owner did, all the same', () => {
      expect(bonusAfter(granted(30), revoked(30, 'complaints'))).toBe(0);
    });
  });

  it('lets the owner leave probation at the tenth settled conversion, once', () => {
    given(owner, ...anOwner(), ...conversions(9), admitted(10))
      .when(settle(10))
      .happens(converted(10), probationLeft)
      .again.staysQuiet();
    given(owner, ...anOwner(), ...conversions(10), probationLeft, admitted(11))
      .when(settle(11))
      .happens(converted(11));
  });

  it('does not count conversions that it saw revoked towards the ten', () => {
    const revoked = Array.from({ length: 9 }, (_, i): OwnerEvent[] => [
      admitted(i + 1),
      { type: 'LeadSettled', data: { ...converted(i + 1, 0).data, as: 'declined' } },
    ]);
    given(owner, ...anOwner(), ...revoked.flat(), admitted(10))
      .when(settle(10))
      .happens(converted(10));
  });

  it('stays quiet before its time, and for a lead that is not among the unresolved', () => {
    given(owner, ...anOwner(), admitted())
      .when(settle(1, { at: day(7) }))
      .staysQuiet();
    given(owner, ...anOwner())
      .when(settle(1))
      .staysQuiet();
    const lapsed = { leadId: leadId(1), partner: thePartner, as: 'lapsed', admittedAt: day(1), at: day(2) } as const;
    given(owner, ...anOwner(), admitted(), { type: 'LeadResolved', data: lapsed })
      .when(settle(1))
      .staysQuiet();
  });

  it('refuses an unknown owner', () => {
    given(owner).when(settle(1)).refuses('OWNER_NOT_FOUND');
  });
});

describe('CreditAcknowledgement', () => {
  const data = { leadId: leadId(1), partner: thePartner, admittedAt: day(1), at: day(3) };
  const credit: OwnerCommand = { type: 'CreditAcknowledgement', data };

  it('gives one unit back, once', () => {
    given(owner, ...anOwner(), admitted())
      .when(credit)
      .happens({ type: 'AcknowledgementCredited', data: { ...data, credited: 1 } })
      .again.staysQuiet();
  });

  it('gives at the ceiling what there is room for, and is done with it', () => {
    given(owner, ...anOwner({ ceiling: 50 }))
      .when(credit)
      .happens({ type: 'AcknowledgementCredited', data: { ...data, credited: 0 } })
      .again.staysQuiet();
  });

  it('finds the room below the ceiling after what accrued is booked', () => {
    const past = [ownerRegistered, termsSet({ perDay: 1, ceiling: 50 }), initialGranted(47.5)];
    given(owner, ...past)
      .when(credit)
      .happens(
        { type: 'AllowanceAccrued', data: { units: 2.5, from: day(0), until: day(3) } },
        { type: 'AcknowledgementCredited', data: { ...data, credited: 0 } },
      );
  });

  it('stays quiet for a lead that has earned already', () => {
    given(owner, ...anOwner(), admitted(), converted(1))
      .when(credit)
      .staysQuiet();
  });

  it('refuses an unknown owner', () => {
    given(owner).when(credit).refuses('OWNER_NOT_FOUND');
  });
});

describe('TakeBackCredit', () => {
  const data = { leadId: leadId(1), partner: thePartner, at: day(20) };
  const takeBack: OwnerCommand = { type: 'TakeBackCredit', data };

  it('takes back exactly what was credited, bonus included, though the terms have changed', () => {
    given(owner, ...anOwner(), admitted(), converted(1, 3.7, 1.2), termsSet({ perConversion: 1 }, 2))
      .when(takeBack)
      .happens({ type: 'CreditRevoked', data: { ...data, units: 4.9 } })
      .again.staysQuiet();
  });

  it('takes back thousandths, not what binary fractions make of them', () => {
    given(owner, ...anOwner(), admitted(), converted(1, 2.3, 1.1))
      .when(takeBack)
      .happens({ type: 'CreditRevoked', data: { ...data, units: 3.4 } });
  });

  it('may leave the balance below zero, and then nothing is admitted', () => {
    const spent = Array.from({ length: 5 }, (_, i) => admitted(i + 2));
    const past = [...anOwner({}, 1), admitted(1), converted(1, 5), ...spent];
    const [revoked] = given(owner, ...past).when(takeBack).events;
    expect(revoked).toEqual({ type: 'CreditRevoked', data: { ...data, units: 5 } });
    expect(given(owner, ...past, revoked!).state).toMatchObject({ allowance: { balance: -5 } });
  });

  it('says so where nothing had been credited', () => {
    given(owner, ...anOwner({ ceiling: 49 }), admitted(), converted(1, 0))
      .when(takeBack)
      .happens({ type: 'CreditRevoked', data: { ...data, units: 0 } })
      .again.staysQuiet();
  });

  it('stays quiet while the settlement is still to come', () => {
    given(owner, ...anOwner(), admitted())
      .when(takeBack)
      .staysQuiet();
  });

  it('refuses an unknown owner', () => {
    given(owner).when(takeBack).refuses('OWNER_NOT_FOUND');
  });
});

describe('GrantInitial', () => {
  const grant = (units: number, draw = 1): OwnerCommand => ({ type: 'GrantInitial', data: { units, draw, at: day(0) } });
  const before = [ownerRegistered, termsSet()];

  it('books what the pool gave, once per draw', () => {
    given(owner, ...before)
      .when(grant(30))
      .happens(initialGranted(30))
      .again.staysQuiet();
    given(owner, ...before, initialGranted(30))
      .when(grant(20, 2))
      .happens(initialGranted(20, 2));
  });

  it('never adds up to more than the initial of the terms, whatever they were when it stood in line', () => {
    const figures = { leadsPerDay: 10, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
    given(owner, ...before, initialGranted(0), termsSet({ figures }, 2), initialGranted(50, 0))
      .when(grant(50, 2))
      .happens(initialGranted(0, 2))
      .again.staysQuiet();
  });

  it('never rises above the ceiling', () => {
    given(owner, ownerRegistered, termsSet({ ceiling: 20 }))
      .when(grant(50))
      .happens(initialGranted(20));
  });

  it('refuses an owner without terms', () => {
    given(owner, ownerRegistered).when(grant(50)).refuses('TERMS_INVALID');
  });
});

describe('GrantAllowance', () => {
  const grant = (units: number, entry = 'ticket-1'): OwnerCommand => ({
    type: 'GrantAllowance',
    data: { entry, units, reason: 'campaign', by: theAnalyst, at: day(3) },
  });
  const granted = (units: number, asked = units) =>
    ({
      type: 'AllowanceGranted',
      data: { entry: 'ticket-1', units, asked, reason: 'campaign', grantedBy: theAnalyst, at: day(3) },
    }) as const;

  it('books what a human grants, for a reason, once', () => {
    given(owner, ...anOwner())
      .when(grant(25))
      .happens(granted(25))
      .again.staysQuiet();
  });

  it('books up to the ceiling only, after what accrued, and no more when it is sent again', () => {
    given(owner, ...anOwner())
      .when(grant(1000))
      .happens(granted(150, 1000));
    given(owner, ownerRegistered, termsSet({ perDay: 10 }), initialGranted(150))
      .when(grant(1000))
      .happens({ type: 'AllowanceAccrued', data: { units: 30, from: day(0), until: day(3) } }, granted(20, 1000));
    given(owner, ...anOwner(), granted(150, 1000), admitted(1))
      .when(grant(1000))
      .staysQuiet();
  });

  it('is another grant under another id', () => {
    given(owner, ...anOwner(), granted(25))
      .when(grant(25, 'ticket-2'))
      .happens({ type: 'AllowanceGranted', data: { ...granted(25).data, entry: 'ticket-2' } });
  });

  it('refuses an id that stands for other units, or for a revocation', () => {
    const data = { entry: 'ticket-1', units: 25, reason: 'other', revokedBy: theAnalyst, at: day(2) } as const;
    given(owner, ...anOwner(), granted(25))
      .when(grant(26))
      .refuses('ALREADY_EXISTS');
    given(owner, ...anOwner(), { type: 'AllowanceRevoked', data })
      .when(grant(25))
      .refuses('ALREADY_EXISTS');
  });

  it('refuses what is no positive number, and an owner without terms', () => {
    for (const units of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      given(owner, ...anOwner())
        .when(grant(units))
        .refuses('TERMS_INVALID');
    given(owner, ownerRegistered).when(grant(1)).refuses('TERMS_INVALID');
  });
});

describe('RevokeAllowance', () => {
  const revoke = (units: number): OwnerCommand => ({
    type: 'RevokeAllowance',
    data: { entry: 'ticket-2', units, reason: 'complaints', by: theAnalyst, at: day(3) },
  });
  const taken: OwnerEvent = {
    type: 'AllowanceRevoked',
    data: { entry: 'ticket-2', units: 80, reason: 'complaints', revokedBy: theAnalyst, at: day(3) },
  };

  it('takes units away, once, below zero if need be', () => {
    given(owner, ...anOwner())
      .when(revoke(80))
      .happens(taken)
      .again.staysQuiet();
    expect(given(owner, ...anOwner(), taken).state).toMatchObject({ allowance: { balance: -30, revocations: 80 } });
  });

  it('refuses an id that stands for other units', () => {
    given(owner, ...anOwner(), taken)
      .when(revoke(81))
      .refuses('ALREADY_EXISTS');
  });

  it('refuses what is no positive number', () => {
    given(owner, ...anOwner())
      .when(revoke(0))
      .refuses('TERMS_INVALID');
  });
});

describe('what accrues', () => {
  const look = (at: string): OwnerCommand => ({
    type: 'GrantAllowance',
    data: { entry: at, units: 1, reason: 'other', by: theAnalyst, at },
  });
  const accruedBy = (at: string, ...past: OwnerEvent[]): OwnerEvent[] =>
    given(owner, ...past)
      .when(look(at))
      .events.filter(({ type }) => type === 'AllowanceAccrued') as OwnerEvent[];

  it('is nothing where the terms give nothing a day', () => {
    expect(accruedBy(day(300), ...anOwner())).toEqual([]);
  });

  it('keeps a started thousandth for the next time', () => {
    const past = [ownerRegistered, termsSet({ perDay: 1 }), initialGranted(0)];
    const minuteLater = new Date(Date.parse(day(0)) + 100_000).toISOString();
    const [accrued] = accruedBy(minuteLater, ...past);
    expect(accrued).toEqual({
      type: 'AllowanceAccrued',
      data: { units: 0.001, from: day(0), until: new Date(Date.parse(day(0)) + 86_400).toISOString() },
    });
  });

  it('is not saved up at the ceiling: neither an admission nor a revocation brings it back', () => {
    const full = [ownerRegistered, termsSet({ perDay: 5, ceiling: 50 }), initialGranted(50)];
    const revoked = {
      type: 'AllowanceRevoked',
      data: { entry: 'e1', units: 40, reason: 'complaints', revokedBy: theAnalyst, at: day(30) },
    } as const;
    expect(accruedBy(day(30), ...full, revoked)).toEqual([]);
    expect(accruedBy(day(30), ...full, admitted(1, { at: day(30) }))).toEqual([]);
    expect(accruedBy(day(31), ...full, revoked)).toEqual([{ type: 'AllowanceAccrued', data: { units: 5, from: day(30), until: day(31) } }]);
  });

  it('changes its rate with the terms, from then on', () => {
    given(owner, ownerRegistered, termsSet({ perDay: 1 }), initialGranted(0))
      .when({
        type: 'SetTerms',
        data: { terms: { ...termsSet().data.terms, perDay: 9 }, reason: 'volume-changed', by: theAnalyst, at: day(2) },
      })
      .happens(
        { type: 'AllowanceAccrued', data: { units: 2, from: day(0), until: day(2) } },
        { type: 'TermsSet', data: { ...termsSet({ perDay: 9 }, 2, day(2)).data, reason: 'volume-changed' } },
      );
  });
});
