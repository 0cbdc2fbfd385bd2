import type { LeadAdmitted, OwnerEvent, Terms } from '../../src/modules/owners/owner.events.js';
import type { AdmitLead, LeadHistory } from '../../src/modules/owners/owner.js';
import { TERMS_WHEN_NOTHING_IS_KNOWN } from '../../src/modules/owners/terms.js';
import { day } from './calendar.js';

type Of<Type extends OwnerEvent['type']> = Extract<OwnerEvent, { type: Type }>;

export const theOwner = 'acme';
export const thePartner = 'acme-shops';
/** Another partner of the same owner. */
export const theSibling = 'acme-online';
export const theAgent = 'agent-7';
export const theAnalyst = 'analyst-1';
export const anotherAnalyst = 'analyst-2';

/** Terms of an owner of whom nothing is known, and what a test changes about them. */
export function theTerms(change: Partial<Terms> = {}): Terms {
  return { ...TERMS_WHEN_NOTHING_IS_KNOWN, ...change };
}

export const ownerRegistered: Of<'OwnerRegistered'> = {
  type: 'OwnerRegistered',
  data: { owner: theOwner, name: 'Acme', at: day(0) },
};

export function termsSet(change: Partial<Terms> = {}, version = 1, at = day(0)): Of<'TermsSet'> {
  return { type: 'TermsSet', data: { version, terms: theTerms(change), reason: 'agreed', setBy: theAnalyst, at } };
}

export function initialGranted(units = 50, draw = 1, at = day(0)): Of<'InitialGranted'> {
  return { type: 'InitialGranted', data: { units, draw, at } };
}

/** A partner that is registered, has signed, and has one agent. */
export function aSignedPartner(partner = thePartner): readonly OwnerEvent[] {
  return [
    { type: 'PartnerRegistered', data: { partner, owner: theOwner, name: partner, at: day(0) } },
    agreementOffered(partner),
    { type: 'AgreementSigned', data: { partner, version: '1', signedBy: 'director', at: day(0) } },
    { type: 'AgentRegistered', data: { partner, agent: theAgent, at: day(0) } },
  ];
}

export function agreementOffered(partner = thePartner, version = '1'): Of<'AgreementOffered'> {
  return {
    type: 'AgreementOffered',
    data: { partner, version, purposes: ['onboarding'], documentSha256: 'ab12', offeredBy: theAnalyst, at: day(0) },
  };
}

/** An owner that may open leads: terms, a signed partner, and its initial units. */
export function anOwner(change: Partial<Terms> = {}, units = 50): readonly OwnerEvent[] {
  return [ownerRegistered, termsSet(change), ...aSignedPartner(), initialGranted(units)];
}

export const leadId = (n: number, of = 1): string => (of === 1 ? `lead-${n}` : `lead-${n}.${of}`);
export const leadStream = (n: number): string => `lead-stream-${n}`;
export const personKey = (n: number): string => `1.person-${n}`;
export const customerKey = (n: number): string => `number-${n}`;

/** Admission of the n-th applicant. */
export function admitted(n = 1, change: Partial<LeadAdmitted['data']> = {}): LeadAdmitted {
  return {
    type: 'LeadAdmitted',
    data: {
      leadId: leadId(n),
      leadStream: leadStream(n),
      number: 1,
      owner: theOwner,
      partner: thePartner,
      agent: theAgent,
      purpose: 'onboarding',
      personKey: personKey(n),
      mode: 'instant',
      termsVersion: 1,
      followUpBy: day(15),
      confirmWithin: 'P30D',
      settleAfter: 'P3D',
      answerReadableFor: 'P30D',
      at: day(1),
      ...change,
    },
  };
}

/** The partner wants to open a lead for the n-th applicant, who has had none. */
export function admit(n = 1, change: Partial<Omit<AdmitLead['data'], 'history'>> & { history?: Partial<LeadHistory> } = {}): AdmitLead {
  const { history, ...rest } = change;
  return {
    type: 'AdmitLead',
    data: {
      partner: thePartner,
      agent: theAgent,
      purpose: 'onboarding',
      personKey: personKey(n),
      leadStream: leadStream(n),
      restores: 0,
      halted: false,
      at: day(1),
      ...rest,
      history: { latest: 0, latestId: '', latestEnded: false, nextId: leadId(n), ...history },
    },
  };
}

/** A lead of the n-th applicant, settled as converted with a customer number of its own. */
export function converted(n: number, credited = 4, bonus = 0, at = day(8)): Of<'LeadSettled'> {
  return {
    type: 'LeadSettled',
    data: {
      leadId: leadId(n),
      partner: thePartner,
      as: 'converted',
      customerKey: customerKey(n),
      credited,
      bonus,
      admittedAt: day(1),
      settlesAt: day(8),
      at,
    },
  };
}

export const probationLeft: Of<'ProbationLeft'> = { type: 'ProbationLeft', data: { owner: theOwner, at: day(8) } };

/** The first `count` applicants, each admitted and settled as converted. */
export function conversions(count: number, credited = 4): readonly OwnerEvent[] {
  return Array.from({ length: count }, (_, i) => [admitted(i + 1), converted(i + 1, credited)]).flat();
}
