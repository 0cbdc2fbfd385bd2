import type { Recorded } from '../../src/event-sourcing/message.js';
import type { LogRestored } from '../../src/modules/gate/gate.events.js';
import type { AllowanceForfeited, OwnerEvent, OwnerRegistered } from '../../src/modules/owners/owner.events.js';
import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import { forfeitAfterRestore } from '../../src/modules/owners/restore.process.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  admit,
  admitted,
  aSignedPartner,
  anOwner,
  conversions,
  converted,
  customerKey,
  initialGranted,
  leadId,
  probationLeft,
  termsSet,
  theAnalyst,
  theOwner,
  thePartner,
  theTerms,
} from '../support/owner.examples.js';

const forfeit = (restores = 1): OwnerCommand => ({ type: 'ForfeitAfterRestore', data: { restores, at: day(2) } });
const forfeited = (units: number, restores = 1): OwnerEvent => ({ type: 'AllowanceForfeited', data: { units, restores, at: day(2) } });
const grant = (units: number, at = day(3)): OwnerCommand => ({
  type: 'GrantAllowance',
  data: { entry: at, units, reason: 'log-restored', by: theAnalyst, at },
});
const granted = (units: number, at = day(3)): OwnerEvent => ({
  type: 'AllowanceGranted',
  data: { entry: at, units, asked: units, reason: 'log-restored', grantedBy: theAnalyst, at },
});
const growth: Extract<OwnerEvent, { type: 'AllowanceGranted' }> = {
  type: 'AllowanceGranted',
  data: { entry: 'growth', units: 28, asked: 28, reason: 'growth', grantedBy: theAnalyst, at: day(4) },
};
/** An owner whose ledger has said that the log was restored. */
const restored = (change = {}): readonly OwnerEvent[] => [...anOwner(change), forfeited(50)];

describe('after the log was restored from a backup', () => {
  it('an owner forfeits its whole balance, once for each restore', () => {
    given(owner, ...anOwner())
      .when(forfeit())
      .happens(forfeited(50))
      .again.staysQuiet();
    given(owner, ...restored(), granted(7))
      .when(forfeit(2))
      .happens(forfeited(7, 2));
  });

  it('a balance below zero stays what it is', () => {
    given(owner, ...anOwner({}, 0), {
      type: 'AllowanceRevoked',
      data: { entry: 'e1', units: 3, reason: 'other', revokedBy: theAnalyst, at: day(1) },
    })
      .when(forfeit())
      .happens(forfeited(0));
  });

  it('no lead is admitted before the ledger has said so, however much it holds', () => {
    given(owner, ...anOwner())
      .when(admit(1, { restores: 1 }))
      .refuses('ALLOWANCE_SPENT');
    given(owner, ...anOwner())
      .when(admit(1, { restores: 0 }))
      .happens(admitted());
  });

  it('a lead that was admitted before is the same lead still, and free', () => {
    given(owner, ...anOwner(), admitted())
      .when(admit(1, { restores: 1 }))
      .staysQuiet();
  });

  it('leads are admitted again when a human grants, and to the extent of the grant', () => {
    given(owner, ...restored())
      .when(admit(1, { restores: 1 }))
      .refuses('ALLOWANCE_SPENT');
    given(owner, ...restored())
      .when(grant(2))
      .happens(granted(2));
    expect(given(owner, ...restored(), granted(1), admitted()).state).toMatchObject({ allowance: { balance: 0 } });
  });

  it('nothing else is credited before: no conversion, no acknowledgement, no initial units, no accrual', () => {
    const settle: OwnerCommand = {
      type: 'SettleLead',
      data: { leadId: leadId(11), as: 'converted', settlesAt: day(8), revoked: false, customerKey: customerKey(11), at: day(8) },
    };
    const seasoned = [...anOwner({ capital: 500 }), ...conversions(10), admitted(11), forfeited(79)];
    given(owner, ...seasoned)
      .when(settle)
      .happens(converted(11, 0, 0), probationLeft);
    given(owner, ...restored())
      .when({ type: 'CreditAcknowledgement', data: { leadId: leadId(1), partner: thePartner, admittedAt: day(1), at: day(4) } })
      .happens({
        type: 'AcknowledgementCredited',
        data: { leadId: leadId(1), partner: thePartner, credited: 0, admittedAt: day(1), at: day(4) },
      });
    given(owner, ...anOwner({}, 20), forfeited(20))
      .when({ type: 'GrantInitial', data: { units: 30, draw: 2, at: day(4) } })
      .happens(initialGranted(0, 2, day(4)));
    given(owner, ...restored({ perDay: 2 }))
      .when({ type: 'RevokeAllowance', data: { entry: 'e2', units: 1, reason: 'other', by: theAnalyst, at: day(9) } })
      .happens({ type: 'AllowanceRevoked', data: { entry: 'e2', units: 1, reason: 'other', revokedBy: theAnalyst, at: day(9) } });
  });

  it('what a human gives back of what was lost is no new capital, and what is more than that is', () => {
    const bonusAfter = (...grants: OwnerEvent[]): unknown => {
      const past = [...anOwner({ capital: 80, ceiling: 900 }), forfeited(50), ...grants, ...conversions(10), probationLeft, admitted(11)];
      const settle = {
        leadId: leadId(11),
        as: 'converted',
        settlesAt: day(8),
        revoked: false,
        customerKey: customerKey(11),
        at: day(8),
      } as const;
      return given(owner, ...past).when({ type: 'SettleLead', data: settle }).events[0]?.data;
    };
    expect(bonusAfter(granted(50))).toMatchObject({ bonus: 4 });
    expect(bonusAfter(granted(20), granted(58.5, day(4)))).toMatchObject({ bonus: 1.5 });
    expect(bonusAfter(granted(80))).toMatchObject({ bonus: 0 });
    // Whatever else a human grants later was never lost.
    expect(bonusAfter(granted(20), growth)).toMatchObject({ bonus: 2 });
  });

  it('what would have accrued meanwhile is not saved up for the grant', () => {
    given(owner, ...restored({ perDay: 2 }), granted(1, day(9)))
      .when(grant(1, day(10)))
      .happens({ type: 'AllowanceAccrued', data: { units: 2, from: day(9), until: day(10) } }, granted(1, day(10)));
  });

  it('agreed figures bring no initial units either', () => {
    const figures = { leadsPerDay: 5, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
    const [registered, first] = anOwner();
    given(owner, registered!, first!, ...aSignedPartner(), forfeited(0))
      .when({ type: 'SetTerms', data: { terms: theTerms({ figures }), reason: 'agreed', by: theAnalyst, at: day(0) } })
      .happens(termsSet({ figures }, 2));
  });

  it('an owner that is registered afterwards has nothing to forfeit', () => {
    const data = { owner: theOwner, name: 'Acme', terms: theTerms(), by: theAnalyst, policyVersion: 0, restores: 1, at: day(0) };
    const registered = given(owner).when({ type: 'RegisterOwner', data }).events;
    expect(registered[0]).toEqual({ type: 'OwnerRegistered', data: { owner: theOwner, name: 'Acme', restores: 1, at: day(0) } });
    const partner = [...registered, ...aSignedPartner(), initialGranted()];
    given(owner, ...partner)
      .when(forfeit())
      .staysQuiet();
    expect(
      given(owner, ...partner)
        .when(admit(1, { restores: 1 }))
        .events.map(({ type }) => type),
    ).toEqual(['LeadAdmitted']);
  });
});

describe('forfeit-after-restore', () => {
  type Followed = LogRestored | OwnerRegistered | AllowanceForfeited;
  const happened = ({ type, data }: Followed, stream = 'gate'): Recorded<Followed> =>
    ({ type, data, stream }) as unknown as Recorded<Followed>;
  const registered = (id: string, restores?: number): Recorded<Followed> =>
    happened(
      { type: 'OwnerRegistered', data: { owner: id, name: id, ...(restores === undefined ? {} : { restores }), at: day(0) } },
      `owner-${id}`,
    );
  const log = (restores: number): Recorded<Followed> =>
    happened({
      type: 'LogRestored',
      data: { restores, restore: `r${restores}`, backup: 'b', backupTakenAt: day(0), through: 1, at: day(1) },
    });
  const owed = (...events: readonly Recorded<Followed>[]): readonly unknown[] => {
    const state = events.reduce<Parameters<typeof forfeitAfterRestore.evolve>[0]>(
      (before, event) => forfeitAfterRestore.evolve(before, event),
      undefined,
    );
    return state === undefined ? [] : forfeitAfterRestore.owed(state, { now: 0, outages: [] }).commands;
  };
  const command = (id: string, restores = 1): object => {
    return { type: 'ChangeOwner', data: { owner: id, change: { type: 'ForfeitAfterRestore', data: { restores } } } };
  };

  it('owes nothing while the log was never restored', () => {
    expect(owed(registered('acme'))).toEqual([]);
  });

  it('reaches every owner that there was, until its ledger says so', () => {
    const both = [registered('acme'), registered('bolt'), log(1)];
    expect(owed(...both)).toEqual([command('acme'), command('bolt')]);
    expect(owed(...both, happened(forfeited(3) as AllowanceForfeited, 'owner-acme'))).toEqual([command('bolt')]);
    expect(owed(...both, happened(forfeited(3) as AllowanceForfeited, 'owner-acme'), log(2))).toEqual([
      command('acme', 2),
      command('bolt', 2),
    ]);
  });

  it('takes a forfeiture of stricter terms for no answer, and asks nothing of an owner that came later', () => {
    const stricter: AllowanceForfeited = { type: 'AllowanceForfeited', data: { units: 3, at: day(2) } };
    expect(owed(registered('acme'), log(1), happened(stricter, 'owner-acme'), registered('late', 1))).toEqual([command('acme')]);
  });
});
