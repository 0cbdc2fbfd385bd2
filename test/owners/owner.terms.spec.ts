import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import type { OwnerEvent, Terms } from '../../src/modules/owners/owner.events.js';
import { termsForFigures, TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  admitted,
  anotherAnalyst,
  anOwner,
  initialGranted,
  ownerRegistered,
  termsSet,
  theAnalyst,
  theTerms,
} from '../support/owner.examples.js';

const set = (change: Partial<Terms> = {}, policyVersion?: number, at = day(0)): OwnerCommand => ({
  type: 'SetTerms',
  data: { terms: theTerms(change), reason: 'agreed', by: theAnalyst, ...(policyVersion === undefined ? {} : { policyVersion }), at },
});

describe('SetTerms', () => {
  it('puts the first terms in force', () => {
    given(owner, ownerRegistered).when(set()).happens(termsSet()).again.staysQuiet();
  });

  it('takes what lies above a lower ceiling', () => {
    given(owner, ...anOwner())
      .when(set({ ceiling: 20 }))
      .happens(termsSet({ ceiling: 20 }, 2), { type: 'AllowanceForfeited', data: { units: 30, at: day(0) } })
      .again.staysQuiet();
  });

  it('gives nothing back when looser terms follow stricter ones (R6)', () => {
    const strict: OwnerEvent[] = [termsSet({ ceiling: 20 }, 2), { type: 'AllowanceForfeited', data: { units: 30, at: day(0) } }];
    given(owner, ...anOwner(), ...strict)
      .when(set())
      .happens(termsSet({}, 3));
  });

  it('gives the initial with agreed figures where none was given yet, below the ceiling', () => {
    const figures = { leadsPerDay: 5, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
    const agreed = termsSet({ figures }, 2);
    const humansGrant = {
      type: 'AllowanceGranted',
      data: { entry: 'e1', units: 180, asked: 180, reason: 'growth', grantedBy: theAnalyst, at: day(0) },
    } as const;
    given(owner, ownerRegistered, termsSet()).when(set({ figures })).happens(agreed, initialGranted(50, 0));
    given(owner, ownerRegistered, termsSet(), humansGrant).when(set({ figures })).happens(agreed, initialGranted(20, 0));
    given(owner, ownerRegistered, termsSet(), initialGranted(30)).when(set({ figures })).happens(agreed);
  });

  it('only proposes more than eight a conversion, until a second person signs', () => {
    const proposed = {
      version: 2,
      terms: theTerms({ mode: 'proof', perConversion: 9 }),
      reason: 'agreed',
      proposedBy: theAnalyst,
      at: day(0),
    } as const;
    given(owner, ...anOwner())
      .when(set({ mode: 'proof', perConversion: 9 }))
      .happens({ type: 'TermsProposed', data: proposed })
      .again.staysQuiet();
  });

  it('needs no second person to make such terms stricter', () => {
    const high = termsSet({ mode: 'proof', perConversion: 12 });
    given(owner, ownerRegistered, high)
      .when(set({ mode: 'consent', perConversion: 9 }))
      .happens(termsSet({ mode: 'consent', perConversion: 9 }, 2));
    given(owner, ownerRegistered, high)
      .when(set({ mode: 'blind', perConversion: 12 }))
      .happens(termsSet({ mode: 'blind', perConversion: 12 }, 2));
  });

  it('stays quiet for a policy that the owner has already, or that waits for its second signature', () => {
    const past = given(owner, ownerRegistered).when(set({}, 7)).events;
    expect(past).toEqual([{ type: 'TermsSet', data: { ...termsSet().data, policyVersion: 7 } }]);
    given(owner, ownerRegistered, ...past)
      .when(set({ ceiling: 10 }, 7))
      .staysQuiet();
    given(owner, ownerRegistered, ...past)
      .when(set({ ceiling: 10 }, 6))
      .staysQuiet();
    const proposal = given(owner, ownerRegistered, ...past).when(set({ mode: 'proof', perConversion: 9 }, 8));
    proposal.happens(...proposal.events).again.staysQuiet();
  });

  it('keeps the pace that was left: new terms do not refill the bucket', () => {
    const all = Array.from({ length: 7 }, (_, i) => admitted(i + 1));
    const state = given(owner, ...anOwner({ pace: 1 }), ...all, termsSet({ pace: 50 }, 2, day(1))).state;
    expect(state).toMatchObject({ allowance: { paceLeft: 0 } });
  });

  it('refuses figures out of range, finer than a thousandth, or that allow nothing at all', () => {
    const wrong: Partial<Terms>[] = [
      { perConversion: -1 },
      { ceiling: Number.NaN },
      { initial: Number.POSITIVE_INFINITY },
      { perConversion: 1.2345 },
      { pace: 0 },
      { ceiling: 0.5 },
      { openLeads: 0 },
      { purposes: [] },
      { followUpWithin: 'P1M' },
      { settleAfter: 'P0D' },
      { coolDown: 'soon' },
    ];
    for (const change of wrong) given(owner, ownerRegistered).when(set(change)).refuses('TERMS_INVALID');
  });

  it('refuses more than eight a conversion in mode instant', () => {
    given(owner, ownerRegistered)
      .when(set({ perConversion: 8.001 }))
      .refuses('TERMS_NEED_STRICTER_MODE');
  });
});

describe('TightenMode', () => {
  const tighten = (mode: Terms['mode'], at = day(1)): OwnerCommand => ({
    type: 'TightenMode',
    data: { mode, reason: 'suspected-misuse', by: 'surveillance', at },
  });
  const tightened = (mode: Terms['mode'], version: number): OwnerEvent => ({
    type: 'TermsSet',
    data: { version, terms: theTerms({ mode, pace: 7 }), reason: 'suspected-misuse', setBy: 'surveillance', at: day(1) },
  });
  const proposed: OwnerEvent = {
    type: 'TermsProposed',
    data: { version: 2, terms: theTerms({ mode: 'proof', perConversion: 9 }), reason: 'agreed', proposedBy: theAnalyst, at: day(0) },
  };

  it('changes the mode of the terms in force, and nothing else of them', () => {
    given(owner, ...anOwner({ pace: 7 }))
      .when(tighten('consent'))
      .happens(tightened('consent', 2))
      .again.staysQuiet();
  });

  it('leaves terms void that were proposed for a looser mode', () => {
    given(owner, ...anOwner({ pace: 7 }), proposed, tightened('blind', 3))
      .when({ type: 'ApproveTerms', data: { version: 2, by: anotherAnalyst, at: day(2) } })
      .refuses('NOT_FOUND');
    given(owner, ...anOwner({ pace: 7 }), proposed)
      .when(tighten('blind'))
      .happens(tightened('blind', 3));
  });

  it('stays quiet where the mode is as strict already: what analysts have proposed is no business of who tightens', () => {
    for (const mode of ['proof', 'consent'] as const) {
      given(owner, ...anOwner({ mode: 'consent' }), proposed)
        .when(tighten(mode))
        .staysQuiet();
    }
  });

  it('refuses to give terms to an owner that has none: they wait for a second person', () => {
    given(owner, ownerRegistered, proposed).when(tighten('blind')).refuses('TERMS_INVALID');
    given(owner).when(tighten('blind')).refuses('OWNER_NOT_FOUND');
  });
});

describe('ApproveTerms', () => {
  const terms = theTerms({ mode: 'proof', perConversion: 9 });
  const proposed: OwnerEvent = {
    type: 'TermsProposed',
    data: { version: 2, terms, reason: 'agreed', proposedBy: theAnalyst, policyVersion: 8, at: day(0) },
  };
  const approve = (by: string, version = 2): OwnerCommand => ({ type: 'ApproveTerms', data: { version, by, at: day(1) } });

  it('puts proposed terms in force with both names, and the policy that they came from', () => {
    given(owner, ...anOwner(), proposed)
      .when(approve(anotherAnalyst))
      .happens({
        type: 'TermsSet',
        data: { version: 2, terms, reason: 'agreed', setBy: theAnalyst, approvedBy: anotherAnalyst, policyVersion: 8, at: day(1) },
      })
      .again.staysQuiet();
  });

  it('refuses the same person twice', () => {
    given(owner, ...anOwner(), proposed)
      .when(approve(theAnalyst))
      .refuses('TERMS_INVALID');
  });

  it('refuses what is not proposed, or not any more', () => {
    given(owner, ...anOwner(), proposed)
      .when(approve(anotherAnalyst, 3))
      .refuses('NOT_FOUND');
    given(owner, ...anOwner(), proposed, termsSet({}, 3))
      .when(approve(anotherAnalyst))
      .refuses('NOT_FOUND');
  });
});

describe('terms for agreed figures', () => {
  it('are those of design section 4', () => {
    const terms = termsForFigures({ leadsPerDay: 100, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 });
    expect(terms).toMatchObject({
      initial: 50,
      capital: 2500 + Math.ceil(30 * Math.sqrt(250)),
      perDay: 0,
      perConversion: 2.375,
      ceiling: 2500 + Math.ceil(45 * Math.sqrt(250)),
      pace: 230,
      openLeads: 5600,
    });
  });

  it('keep a small partner going', () => {
    const terms = termsForFigures({ leadsPerDay: 1, existingShare: 0, acknowledgedShare: 0, conversion: 1 });
    expect(terms).toMatchObject({ ceiling: 200, pace: 10, openLeads: 100 });
  });

  it('change nothing but the figures of the terms that they start from', () => {
    const base = theTerms({ mode: 'consent', purposes: ['mortgage'], followUpWithin: 'PT20S' });
    const terms = termsForFigures({ leadsPerDay: 100, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 }, base);
    expect(terms).toMatchObject({ mode: 'consent', purposes: ['mortgage'], followUpWithin: 'PT20S' });
  });

  it('are fixed where nothing is known', () => {
    expect(TERMS_WHEN_NOTHING_IS_KNOWN).toMatchObject({
      initial: 50,
      capital: 0,
      perConversion: 4,
      ceiling: 200,
      pace: 50,
      openLeads: 200,
    });
  });
});
