import type { OwnerEvent, Terms } from '../../src/modules/owners/owner.events.js';
import { partnerDirectory } from '../../src/projections/partner-directory.js';
import { ownerView, partnersPage, partnerView } from '../../src/projections/partner-directory.queries.js';
import { ForeignPlace } from '../../src/projections/page.js';
import { day } from '../support/calendar.js';
import {
  admitted,
  agreementOffered,
  anOwner,
  converted,
  leadId,
  ownerRegistered,
  termsSet,
  theAgent,
  theAnalyst,
  theOwner,
  thePartner,
  theTerms,
} from '../support/owner.examples.js';
import { projected } from './projected.js';
import { RecordedLog } from './recorded-log.js';

const now = Date.parse(day(20));

function directory(...facts: readonly OwnerEvent[]) {
  return projected(partnerDirectory, new RecordedLog().write(`owner-${theOwner}`, ...facts).events).db;
}
const allowance = (...facts: readonly OwnerEvent[]) => ownerView(directory(...facts), theOwner, now)?.allowance;

describe('the partner directory', () => {
  it('knows nobody before they are registered', () => {
    expect(ownerView(directory(), theOwner, now)).toBeUndefined();
    expect(partnerView(directory(ownerRegistered), thePartner)).toBeUndefined();
  });

  it('shows an owner with its terms, who set them, its partners and its allowance', () => {
    const view = ownerView(directory(...anOwner()), theOwner, now);
    expect(view).toMatchObject({
      ownerId: theOwner,
      name: 'Acme',
      registeredAt: day(0),
      termsVersion: 1,
      terms: theTerms(),
      proposal: null,
      review: null,
    });
    expect(view?.termsSet).toEqual({ version: 1, reason: 'agreed', noteId: null, setBy: theAnalyst, at: day(0) });
    expect(view?.partners).toEqual([{ partnerId: thePartner, name: thePartner, standing: 'good' }]);
    expect(view?.allowance).toMatchObject({ balance: 50, credits: 50, admissions: 0, onProbation: true, paceLeft: 350 });
    expect(view?.allowance.openLeads).toEqual({ count: 0, limit: 200 });
  });

  it('books admissions, earnings and what is taken back, to the thousandth', () => {
    const facts: OwnerEvent[] = [
      ...anOwner(),
      admitted(1),
      admitted(2),
      converted(1, 4.125, 0.001),
      { type: 'CreditRevoked', data: { leadId: leadId(1), partner: thePartner, units: 4.126, at: day(9) } },
    ];
    expect(allowance(...facts)).toMatchObject({
      balance: 48,
      credits: 54.126,
      admissions: 2,
      revocations: 4.126,
      bonuses: 0.001,
      openLeads: { count: 1, limit: 200 },
    });
  });

  it('accrues nothing while the balance stands at the ceiling, not even when something is taken away later', () => {
    const facts: OwnerEvent[] = [
      ...anOwner({ perDay: 1, ceiling: 50 }),
      { type: 'AllowanceRevoked', data: { entry: 'e1', units: 10, reason: 'complaints', revokedBy: theAnalyst, at: day(18) } },
    ];
    expect(allowance(...facts)?.balance).toBe(42);
  });

  it('shows a balance of zero from a restore of the log to the next grant, and accrues from there', () => {
    const facts: OwnerEvent[] = [
      ...anOwner({ perDay: 1 }),
      { type: 'AllowanceForfeited', data: { units: 50, restores: 1, at: day(2) } },
      { type: 'AllowanceGranted', data: { entry: 'e2', units: 5, asked: 5, reason: 'other', grantedBy: theAnalyst, at: day(18) } },
    ];
    expect(allowance(...facts.slice(0, -1))?.balance).toBe(0);
    expect(allowance(...facts)?.balance).toBe(7);
  });

  it('counts no conversion that was revoked before its settlement', () => {
    const settled = converted(1, 0);
    const revoked: OwnerEvent = { ...settled, data: { ...settled.data, as: 'declined' } };
    expect(allowance(...anOwner(), admitted(1), revoked)?.settledConversions).toBe(0);
    expect(allowance(...anOwner(), admitted(1), converted(1))?.settledConversions).toBe(1);
  });

  it('shows what a human was asked about the terms, until somebody answers it', () => {
    const measured = { month: '2025-08', leads: 2500, converted: 741, existing: 500, acknowledged: 231 };
    const data = { month: '2025-08', reason: 'acknowledged-share-low', wanted: 3.231, measured, at: day(2) } as const;
    const asked = [...anOwner(), { type: 'TermsReviewAsked', data } as const];
    const reviewAfter = (...events: OwnerEvent[]): unknown => ownerView(directory(...asked, ...events), theOwner, now)?.review;
    const because = (reason: 'policy' | 'owner-changed' | 'suspected-misuse', change: Partial<Terms>): OwnerEvent => {
      const { type, data: set } = termsSet(change, 2);
      return { type, data: { ...set, reason } };
    };
    expect(reviewAfter()).toEqual(data);
    expect(reviewAfter(termsSet({ perConversion: 5 }, 2))).toBeNull();
    // By the policy for all, with another owner’s past, by a system that tells an owner less: nobody has answered.
    expect(reviewAfter(because('policy', { ceiling: 90 }))).toEqual(data);
    expect(reviewAfter(because('owner-changed', { perConversion: 2 }))).toEqual(data);
    expect(reviewAfter(because('suspected-misuse', { mode: 'blind' }))).toEqual(data);
    expect(reviewAfter(because('suspected-misuse', { mode: 'blind', pace: 3 }))).toBeNull();
  });

  it('keeps a proposal of terms until it is approved', () => {
    const terms: Terms = theTerms({ perConversion: 10, mode: 'proof' });
    const proposed: OwnerEvent = {
      type: 'TermsProposed',
      data: { version: 2, terms, reason: 'volume-changed', proposedBy: theAnalyst, at: day(2) },
    };
    expect(ownerView(directory(...anOwner(), proposed), theOwner, now)).toMatchObject({ termsVersion: 1, proposal: { version: 2, terms } });
    const approved: OwnerEvent = {
      type: 'TermsSet',
      data: { version: 2, terms, reason: 'volume-changed', sealed: 's', setBy: theAnalyst, approvedBy: 'b', at: day(3) },
    };
    const view = ownerView(directory(...anOwner(), proposed, approved), theOwner, now);
    expect(view).toMatchObject({ termsVersion: 2, proposal: null, terms });
    expect(view?.termsSet).toMatchObject({ reason: 'volume-changed', noteId: `owner-${theOwner}@${anOwner().length + 1}` });
    expect(view?.termsSet).not.toHaveProperty('sealed');
  });

  it('says that an agreement is in force only while the offered version is the signed one', () => {
    expect(partnerView(directory(...anOwner()), thePartner)?.agreement).toMatchObject({ offered: '1', signed: '1', inForce: true });
    expect(partnerView(directory(...anOwner(), agreementOffered(thePartner, '2')), thePartner)?.agreement).toMatchObject({
      offered: '2',
      signed: '1',
      inForce: false,
    });
  });

  it('shows the standing with its last reason, and the agents', () => {
    const suspended: OwnerEvent = {
      type: 'PartnerSuspended',
      data: { partner: thePartner, reason: 'suspected-misuse', sealed: 's', by: theAnalyst, at: day(3) },
    };
    const retired: OwnerEvent = { type: 'AgentRetired', data: { partner: thePartner, agent: theAgent, at: day(4) } };
    const view = partnerView(directory(...anOwner(), suspended, retired), thePartner);
    const noteId = `owner-${theOwner}@${anOwner().length}`;
    expect(view).toMatchObject({
      standing: 'suspended',
      standingChange: { reason: 'suspected-misuse', noteId, by: theAnalyst, at: day(3) },
    });
    expect(view?.agents).toEqual([{ agent: theAgent, status: 'retired', since: day(4) }]);
  });

  it("shows a partner's clients with their keys, by thumbprint", () => {
    const log = new RecordedLog()
      .write(`owner-${theOwner}`, ...anOwner())
      .write(
        'client-acme-1',
        { type: 'ClientRegistered', data: { clientId: 'acme-1', role: 'partner', partnerId: thePartner, ownerId: theOwner, at: day(1) } },
        { type: 'ClientKeyRegistered', data: { kid: 'k1', jwk: { kty: 'OKP' }, thumbprint: 'abc', at: day(1) } },
        { type: 'ClientKeyRevoked', data: { kid: 'k1', at: day(2) } },
        { type: 'ClientDisabled', data: { reason: 'not-needed', sealed: 's', disabledBy: theAnalyst, at: day(3) } },
      );
    expect(partnerView(projected(partnerDirectory, log.events).db, thePartner)?.clients).toEqual([
      {
        clientId: 'acme-1',
        role: 'partner',
        registeredAt: day(1),
        disabledAt: day(3),
        disabledReason: 'not-needed',
        disabledNoteId: 'client-acme-1@3',
        keys: [{ kid: 'k1', thumbprint: 'abc', registeredAt: day(1), revokedAt: day(2) }],
      },
    ]);
  });

  it('lists partners by any of its sorts, page after page, none twice and none left out', () => {
    const partners = ['d', 'b', 'e', 'a', 'c'];
    const db = directory(
      ...anOwner(),
      ...partners.map((partner): OwnerEvent => ({
        type: 'PartnerRegistered',
        data: { partner, owner: theOwner, name: `n-${partner}`, at: day(1) },
      })),
    );
    const walk = (descending: boolean): string[] => {
      const seen: string[] = [];
      let page = partnersPage(db, { sort: 'balance', descending, limit: 2, now });
      for (;;) {
        seen.push(...page.rows.map(({ partnerId }) => partnerId));
        if (page.next === undefined) return seen;
        page = partnersPage(db, { sort: 'balance', descending, limit: 2, now, after: page.next });
      }
    };
    expect(walk(false)).toEqual(['a', thePartner, 'b', 'c', 'd', 'e']);
    expect(walk(true)).toEqual(walk(false).reverse());
    expect(() => partnersPage(db, { limit: 2, now, after: ['a'] })).toThrow(ForeignPlace);
  });
});
