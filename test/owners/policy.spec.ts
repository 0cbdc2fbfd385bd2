import { ownerDirectory, OWNER_DIRECTORY_STREAM, partnerId, partnerStream, policy, underPolicy } from '../../src/modules/owners/policy.js';
import { ownerStream } from '../../src/modules/owners/owner.state.js';
import { day } from '../support/calendar.js';
import { given } from '../support/given.js';
import { theAnalyst, theOwner, thePartner, theTerms } from '../support/owner.examples.js';

describe('AdoptPolicy', () => {
  const adopted = (version: number, changes: object) =>
    ({ type: 'PolicyAdopted', data: { version, changes, reason: 'leaked-list', by: theAnalyst, at: day(0) } }) as const;

  it('is numbered, and later changes go over earlier ones', () => {
    given(policy, adopted(1, { ceiling: 100, pace: 20 }))
      .when({ type: 'AdoptPolicy', data: { changes: { ceiling: 50 }, reason: 'leaked-list', by: theAnalyst, at: day(0) } })
      .happens(adopted(2, { ceiling: 50 }));
    const { state } = given(policy, adopted(1, { ceiling: 100, pace: 20 }), adopted(2, { ceiling: 50 }));
    expect(state).toEqual({ version: 2, changes: { ceiling: 50, pace: 20 } });
  });
});

describe("an owner's terms under a policy", () => {
  it('take what the policy changes, and keep the rest', () => {
    expect(underPolicy(theTerms({ ceiling: 90 }), { pace: 7, ceiling: 40 })).toEqual(theTerms({ pace: 7, ceiling: 40 }));
  });

  it("are in the policy's mode or in a stricter one of their own, never in a looser one than they had", () => {
    const modes = ['instant', 'proof', 'consent', 'blind'] as const;
    for (const [mine, own] of modes.entries())
      for (const [its, policys] of modes.entries())
        expect(underPolicy(theTerms({ mode: own }), { mode: policys }).mode).toBe(modes[Math.max(mine, its)]);
    expect(underPolicy(theTerms({ mode: 'proof' }), {}).mode).toBe('proof');
  });
});

describe('what requests have to bring, under a policy,', () => {
  const under = (own: object | undefined, changes: object | undefined): unknown =>
    underPolicy(theTerms(own === undefined ? {} : { requires: own }), changes === undefined ? {} : { requires: changes }).requires;

  it('is what either asks for', () => {
    expect(under(undefined, { boundTokens: 'dpop' })).toEqual({ boundTokens: 'dpop' });
    expect(under({ boundTokens: 'either' }, { boundTokens: 'mtls', signedRequests: true })).toEqual({
      boundTokens: 'mtls',
      signedRequests: true,
    });
    expect(under({ signedRequests: true }, { boundTokens: 'either', signedRequests: false })).toEqual({
      boundTokens: 'either',
      signedRequests: true,
    });
  });

  it('is never less than an owner had', () => {
    for (const boundTokens of ['dpop', 'mtls', 'either'] as const) {
      const own = { boundTokens, signedRequests: true };
      for (const changes of [undefined, {}, { boundTokens: undefined }, { boundTokens: 'either' }, { signedRequests: false }]) {
        expect(under(own, changes)).toEqual(own);
      }
    }
    expect(under({ boundTokens: 'mtls' }, { boundTokens: 'dpop' })).toEqual({ boundTokens: 'mtls' });
  });

  it('is nothing where nobody asks for anything: terms of before are as they were', () => {
    expect(underPolicy(theTerms(), {})).toEqual(theTerms());
    expect(under(undefined, undefined)).toBeUndefined();
  });
});

describe('ListOwner', () => {
  const data = { owner: theOwner, at: day(0) };

  it('lists an owner once', () => {
    given(ownerDirectory).when({ type: 'ListOwner', data }).happens({ type: 'OwnerListed', data }).again.staysQuiet();
  });

  it('stands in a stream that no owner can have', () => {
    expect(OWNER_DIRECTORY_STREAM.startsWith(ownerStream(''))).toBe(false);
  });
});

describe('TakePartnerId', () => {
  const data = { partner: thePartner, owner: theOwner, at: day(0) };

  it('gives an id to one owner', () => {
    given(partnerId).when({ type: 'TakePartnerId', data }).happens({ type: 'PartnerIdTaken', data }).again.staysQuiet();
    expect(partnerStream(thePartner)).toBe('partner-acme-shops');
  });

  it('refuses it to another', () => {
    given(partnerId, { type: 'PartnerIdTaken', data })
      .when({ type: 'TakePartnerId', data: { ...data, owner: 'bolt' } })
      .refuses('ALREADY_EXISTS');
  });
});
