import { owner, type OwnerCommand } from '../../src/modules/owners/owner.js';
import type { OwnerEvent, Terms } from '../../src/modules/owners/owner.events.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import {
  agreementOffered,
  anOwner,
  aSignedPartner,
  ownerRegistered,
  termsSet,
  theAgent,
  theAnalyst,
  theOwner,
  thePartner,
  theSibling,
  theTerms,
} from '../support/owner.examples.js';

const registered: OwnerEvent = { type: 'PartnerRegistered', data: { partner: thePartner, owner: theOwner, name: thePartner, at: day(0) } };

describe('RegisterOwner', () => {
  const register = (terms: Terms): OwnerCommand => {
    return { type: 'RegisterOwner', data: { owner: theOwner, name: 'Acme', terms, by: theAnalyst, policyVersion: 0, at: day(0) } };
  };

  it('makes the owner known, with terms in force from the start', () => {
    const first: OwnerEvent = { type: 'TermsSet', data: { ...termsSet().data, reason: 'registration', policyVersion: 0 } };
    given(owner).when(register(theTerms())).happens(ownerRegistered, first).again.refuses('ALREADY_EXISTS');
  });

  it('only proposes terms that two people have to sign', () => {
    const outcome = given(owner).when(register(theTerms({ mode: 'proof', perConversion: 9 })));
    expect(outcome.events.map(({ type }) => type)).toEqual(['OwnerRegistered', 'TermsProposed']);
  });

  it('refuses terms that are out of range', () => {
    given(owner)
      .when(register(theTerms({ pace: 0 })))
      .refuses('TERMS_INVALID');
  });

  it('comes before every other command', () => {
    given(owner)
      .when({ type: 'RegisterPartner', data: { partner: thePartner, name: 'x', at: day(0) } })
      .refuses('OWNER_NOT_FOUND');
  });
});

describe('RegisterPartner', () => {
  const register: OwnerCommand = { type: 'RegisterPartner', data: { partner: thePartner, name: thePartner, at: day(0) } };

  it('puts a partner under its owner', () => {
    given(owner, ownerRegistered).when(register).happens(registered).again.refuses('ALREADY_EXISTS');
  });
});

describe('OfferAgreement', () => {
  const offer: OwnerCommand = {
    type: 'OfferAgreement',
    data: { partner: thePartner, version: '1', documentSha256: 'ab12', by: theAnalyst, at: day(0) },
  };

  it('offers the purposes of the terms', () => {
    given(owner, ownerRegistered, termsSet(), registered).when(offer).happens(agreementOffered()).again.staysQuiet();
  });

  it('refuses another document under a version that was offered, also when another was offered since', () => {
    const changed: OwnerCommand = {
      type: 'OfferAgreement',
      data: { partner: thePartner, version: '1', documentSha256: 'cd34', by: theAnalyst, at: day(0) },
    };
    const offered = [ownerRegistered, termsSet(), registered, agreementOffered()];
    given(owner, ...offered)
      .when(changed)
      .refuses('ALREADY_EXISTS');
    given(owner, ...offered, agreementOffered(thePartner, '2'))
      .when(changed)
      .refuses('ALREADY_EXISTS');
  });

  it('goes back to an earlier version with its own document', () => {
    given(owner, ownerRegistered, termsSet(), registered, agreementOffered(), agreementOffered(thePartner, '2'))
      .when(offer)
      .happens(agreementOffered());
  });

  it('refuses a partner that nobody knows, and an owner without terms', () => {
    given(owner, ownerRegistered, termsSet()).when(offer).refuses('PARTNER_NOT_FOUND');
    given(owner, ownerRegistered, registered).when(offer).refuses('TERMS_INVALID');
  });
});

describe('SignAgreement', () => {
  const sign = (version: string): OwnerCommand => ({
    type: 'SignAgreement',
    data: { partner: thePartner, version, by: 'director', at: day(1) },
  });
  const offered = [ownerRegistered, termsSet(), registered, agreementOffered()];

  it('signs what is offered', () => {
    given(owner, ...offered)
      .when(sign('1'))
      .happens({ type: 'AgreementSigned', data: { partner: thePartner, version: '1', signedBy: 'director', at: day(1) } })
      .again.staysQuiet();
  });

  it('refuses another version than the one offered last', () => {
    given(owner, ...offered)
      .when(sign('2'))
      .refuses('NOT_FOUND');
    given(owner, ...offered, agreementOffered(thePartner, '2'))
      .when(sign('1'))
      .refuses('NOT_FOUND');
  });

  it('refuses a partner that nobody knows', () => {
    given(owner, ownerRegistered).when(sign('1')).refuses('PARTNER_NOT_FOUND');
  });
});

describe('SuspendPartner, ReinstatePartner, TerminatePartner', () => {
  const data = { partner: thePartner, reason: 'other', by: theAnalyst, at: day(1) } as const;
  const suspended: OwnerEvent = { type: 'PartnerSuspended', data };
  const terminated: OwnerEvent = { type: 'PartnerTerminated', data };

  it('suspends and reinstates, each once', () => {
    given(owner, ...anOwner())
      .when({ type: 'SuspendPartner', data })
      .happens(suspended)
      .again.staysQuiet();
    given(owner, ...anOwner(), suspended)
      .when({ type: 'ReinstatePartner', data })
      .happens({ type: 'PartnerReinstated', data })
      .again.staysQuiet();
  });

  it('terminates for good, from any standing', () => {
    given(owner, ...anOwner(), suspended)
      .when({ type: 'TerminatePartner', data })
      .happens(terminated)
      .again.staysQuiet();
    given(owner, ...anOwner(), terminated)
      .when({ type: 'ReinstatePartner', data })
      .refuses('PARTNER_TERMINATED');
    given(owner, ...anOwner(), terminated)
      .when({ type: 'SuspendPartner', data })
      .refuses('PARTNER_TERMINATED');
  });

  it('refuses a partner that nobody knows', () => {
    for (const type of ['SuspendPartner', 'ReinstatePartner', 'TerminatePartner'] as const) {
      given(owner, ...anOwner())
        .when({ type, data: { ...data, partner: theSibling } })
        .refuses('PARTNER_NOT_FOUND');
    }
  });

  it('leaves the siblings of the same owner alone', () => {
    const { state } = given(owner, ...anOwner(), ...aSignedPartner(theSibling), suspended);
    expect(state.status === 'registered' && state.partners.get(theSibling)?.standing).toBe('good');
  });
});

describe('RegisterAgent and RetireAgent', () => {
  const data = { partner: thePartner, agent: theAgent, at: day(1) };
  const past = [ownerRegistered, termsSet(), registered];
  const agentRegistered: OwnerEvent = { type: 'AgentRegistered', data };
  const agentRetired: OwnerEvent = { type: 'AgentRetired', data };

  it('registers an agent, also one who had retired', () => {
    given(owner, ...past)
      .when({ type: 'RegisterAgent', data })
      .happens(agentRegistered)
      .again.staysQuiet();
    given(owner, ...past, agentRegistered, agentRetired)
      .when({ type: 'RegisterAgent', data })
      .happens(agentRegistered);
  });

  it('retires an agent', () => {
    given(owner, ...past, agentRegistered)
      .when({ type: 'RetireAgent', data })
      .happens(agentRetired)
      .again.staysQuiet();
  });

  it('stays quiet about an agent who never was', () => {
    given(owner, ...past)
      .when({ type: 'RetireAgent', data })
      .staysQuiet();
  });

  it('refuses a partner that nobody knows', () => {
    given(owner, ownerRegistered).when({ type: 'RegisterAgent', data }).refuses('PARTNER_NOT_FOUND');
    given(owner, ownerRegistered).when({ type: 'RetireAgent', data }).refuses('PARTNER_NOT_FOUND');
  });
});
