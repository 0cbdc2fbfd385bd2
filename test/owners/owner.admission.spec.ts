import { owner } from '../../src/modules/owners/owner.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  admit,
  admitted,
  agreementOffered,
  anOwner,
  aSignedPartner,
  initialGranted,
  leadId,
  ownerRegistered,
  termsSet,
  theAnalyst,
  thePartner,
  theSibling,
} from '../support/owner.examples.js';

describe('AdmitLead while the gate is halted', () => {
  const withdrawn = { leadId: leadId(1), partner: thePartner, as: 'withdrawn', admittedAt: day(1), at: day(1) } as const;
  const ended = [...anOwner(), admitted(1), { type: 'LeadResolved', data: withdrawn } as const];
  const again = { latest: 1, latestId: leadId(1), latestEnded: true, nextId: leadId(1, 2) };

  it('opens a lead that tells nothing', () => {
    expect(given(owner, ...anOwner()).when(admit(1, { halted: true })).events).toHaveLength(1);
    expect(given(owner, ...ended).when(admit(1, { halted: true, history: again })).events).toHaveLength(1);
  });

  it('refuses, without charge, one that carries an answer, and the lead there is where it carried one', () => {
    for (const carried of ['yes', 'no'] as const) {
      given(owner, ...ended)
        .when(admit(1, { halted: true, history: { ...again, carried } }))
        .refuses('GATE_HALTED');
      given(owner, ...anOwner(), admitted(1, { carried }))
        .when(admit(1, { halted: true }))
        .refuses('GATE_HALTED');
    }
  });

  it('refuses for any other reason first: a halt tells nothing of the owner (R38)', () => {
    given(owner, ...anOwner({}, 0))
      .when(admit(1, { halted: true, history: { carried: 'yes' } }))
      .refuses('ALLOWANCE_SPENT');
  });
});

describe('AdmitLead', () => {
  it('spends one unit and says everything that the lead will say about its opening', () => {
    given(owner, ...anOwner())
      .when(admit())
      .happens(admitted())
      .again.staysQuiet();
  });

  it('carries the answer of an earlier lead', () => {
    const again = { history: { latest: 1, latestId: leadId(1), latestEnded: true, nextId: leadId(1, 2), carried: 'no' as const } };
    given(owner, ...anOwner(), admitted(), {
      type: 'LeadResolved',
      data: { leadId: leadId(1), partner: thePartner, as: 'lapsed', admittedAt: day(1), at: day(15) },
    })
      .when(admit(1, again))
      .happens(admitted(1, { leadId: leadId(1, 2), number: 2, carried: 'no' }));
  });

  it('stays quiet for the lead that its partner has already, whether or not the lead has opened yet', () => {
    const past = [...anOwner(), admitted()];
    given(owner, ...past)
      .when(admit())
      .staysQuiet();
    given(owner, ...past)
      .when(admit(1, { history: { latest: 1, latestId: leadId(1), nextId: leadId(1, 2) } }))
      .staysQuiet();
  });

  it('stays quiet for a lead that was created, until its settlement', () => {
    const created = { history: { latest: 1, latestId: leadId(1), latestEnded: false, nextId: leadId(1, 2) } };
    given(owner, ...anOwner(), admitted())
      .when(admit(1, created))
      .staysQuiet();
    const settled = {
      leadId: leadId(1),
      partner: thePartner,
      as: 'declined',
      credited: 0,
      bonus: 0,
      admittedAt: day(1),
      settlesAt: day(9),
      at: day(9),
    } as const;
    given(owner, ...anOwner(), admitted(), { type: 'LeadSettled', data: settled })
      .when(admit(1, created))
      .happens(admitted(1, { leadId: leadId(1, 2), number: 2 }));
  });

  it('stays quiet for an open lead even when the allowance has run out since', () => {
    given(owner, ...anOwner({}, 1), admitted())
      .when(admit())
      .staysQuiet();
  });

  it('refuses a sibling the lead that a partner of the same owner has', () => {
    given(owner, ...anOwner(), ...aSignedPartner(theSibling), admitted())
      .when(admit(1, { partner: theSibling }))
      .refuses('LEAD_HELD');
  });

  it('refuses an owner or a partner that nobody knows', () => {
    given(owner).when(admit()).refuses('OWNER_NOT_FOUND');
    given(owner, ...anOwner())
      .when(admit(1, { partner: theSibling }))
      .refuses('PARTNER_NOT_FOUND');
  });

  it('refuses a partner that has not signed the current agreement', () => {
    given(owner, ...anOwner(), agreementOffered(thePartner, '2'))
      .when(admit())
      .refuses('AGREEMENT_UNSIGNED');
  });

  it('refuses a partner that is suspended or terminated, also its open lead', () => {
    const why = { partner: thePartner, reason: 'other', by: theAnalyst, at: day(1) } as const;
    given(owner, ...anOwner(), admitted(), { type: 'PartnerSuspended', data: why })
      .when(admit())
      .refuses('PARTNER_SUSPENDED');
    given(owner, ...anOwner(), admitted(), { type: 'PartnerTerminated', data: why })
      .when(admit())
      .refuses('PARTNER_TERMINATED');
  });

  it('refuses a purpose that the terms do not name, and an agent who is not registered', () => {
    given(owner, ...anOwner())
      .when(admit(1, { purpose: 'marketing' }))
      .refuses('PURPOSE_NOT_AGREED');
    given(owner, ...anOwner())
      .when(admit(1, { agent: 'nobody' }))
      .refuses('AGENT_UNKNOWN');
    const retired = { type: 'AgentRetired', data: { partner: thePartner, agent: 'agent-7', at: day(1) } } as const;
    given(owner, ...anOwner(), retired)
      .when(admit())
      .refuses('AGENT_UNKNOWN');
  });

  it('refuses below one unit (I2)', () => {
    given(owner, ...anOwner({}, 1), admitted())
      .when(admit(2))
      .refuses('ALLOWANCE_SPENT');
    given(owner, ...anOwner({}, 0.999))
      .when(admit())
      .refuses('ALLOWANCE_SPENT');
    given(owner, ownerRegistered, termsSet(), ...aSignedPartner())
      .when(admit())
      .refuses('ALLOWANCE_SPENT');
  });

  it('refuses more open leads at a time than the terms allow', () => {
    given(owner, ...anOwner({ openLeads: 1 }), admitted())
      .when(admit(2))
      .refuses('OPEN_LEADS_EXCEEDED');
  });

  it('refuses more leads than the pace, and takes them again as the bucket fills', () => {
    const past = [...anOwner({ pace: 1 }), ...Array.from({ length: 7 }, (_, i) => admitted(i + 1, { at: day(0) }))];
    given(owner, ...past)
      .when(admit(8, { at: day(0, 23) }))
      .refuses('PACE_EXCEEDED');
    given(owner, ...past)
      .when(admit(8, { at: day(1) }))
      .happens(admitted(8, { followUpBy: day(15), at: day(1) }));
  });

  it('fills the bucket for seven days and no more', () => {
    const past = [...anOwner({ pace: 1 }), ...Array.from({ length: 7 }, (_, i) => admitted(i + 1, { at: day(100) }))];
    given(owner, ...past)
      .when(admit(8, { at: day(100) }))
      .refuses('PACE_EXCEEDED');
  });

  it('names the terms in force and their mode', () => {
    given(owner, ...anOwner(), termsSet({ mode: 'blind', followUpWithin: 'P7D' }, 2))
      .when(admit())
      .happens(admitted(1, { mode: 'blind', termsVersion: 2, followUpBy: day(8) }));
  });

  it('stops at the next command when stricter terms took the balance away (R6)', () => {
    const stricter = [termsSet({ ceiling: 1 }, 2), { type: 'AllowanceForfeited', data: { units: 49, at: day(0) } }, admitted(1)] as const;
    given(owner, ...anOwner(), ...stricter)
      .when(admit(2))
      .refuses('ALLOWANCE_SPENT');
  });

  it('books what accrued before it spends', () => {
    given(owner, ownerRegistered, termsSet({ perDay: 2 }), ...aSignedPartner(), initialGranted(0))
      .when(admit(1, { at: day(1) }))
      .happens({ type: 'AllowanceAccrued', data: { units: 2, from: day(0), until: day(1) } }, admitted());
  });
});

describe('AdmitLead where the terms ask for more than a token', () => {
  const under = (requires: object, sender: object) => given(owner, ...anOwner({ requires })).when(admit(1, sender));

  it.each([
    [{ boundTokens: 'dpop' }, { boundBy: 'dpop' }],
    [{ boundTokens: 'mtls' }, { boundBy: 'mtls' }],
    [{ boundTokens: 'either' }, { boundBy: 'dpop' }],
    [{ boundTokens: 'either' }, { boundBy: 'mtls' }],
    [{ signedRequests: true }, { isSigned: true }],
    [{ signedRequests: false }, {}],
    [{}, {}],
  ])('%j is met by %j', (requires, sender) => {
    expect(under(requires, sender).events).toHaveLength(1);
  });

  it.each([
    ['TOKEN_UNBOUND', { boundTokens: 'dpop' }, {}],
    ['TOKEN_UNBOUND', { boundTokens: 'dpop' }, { boundBy: 'mtls' }],
    ['TOKEN_UNBOUND', { boundTokens: 'mtls' }, { boundBy: 'dpop' }],
    ['TOKEN_UNBOUND', { boundTokens: 'either' }, { isSigned: true }],
    ['SIGNATURE_REQUIRED', { signedRequests: true }, { boundBy: 'dpop' }],
    ['SIGNATURE_REQUIRED', { signedRequests: true }, { isSigned: false }],
  ])('it refuses with %s where %j is met by %j', (code, requires, sender) => {
    under(requires, sender).refuses(code);
  });
});
