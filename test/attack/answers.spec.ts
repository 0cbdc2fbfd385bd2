import type { ApiClient } from '../../src/cli/oauth-client.js';
import { MEMBERSHIP_LOOK_UP, type MembershipLookUp } from '../../src/modules/leads/membership-look-up.js';
import { person } from '../end-to-end/persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from '../end-to-end/running-bank.js';
import { assertBound } from '../support/bound.js';

interface Opened {
  readonly leadId: string;
  readonly carriedAnswer: 'yes' | 'no' | null;
}

describe('an answer', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
    await feedRegister(
      bank,
      Array.from({ length: 10 }, (_, n) => registerLine(person(n), `C${n}`)),
    );
    await bank.settled();
  });
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  });

  const open = async (partner: ApiClient, n: number): Promise<Opened> => {
    const { country, scheme, value } = person(n);
    return (await partner.post<Opened>('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' })).body;
  };
  const check = async (partner: ApiClient, leadId: string, who: object): Promise<string> =>
    (await partner.post<{ answer: string }>('/v1/membership-checks', { leadId, person: who })).body.answer;
  const withdraw = (partner: ApiClient, leadId: string): Promise<unknown> =>
    partner.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'lost-interest' });
  const create = async (partner: ApiClient, leadId: string, n: number): Promise<string> =>
    (await partner.post<{ customerId: string }>('/v1/customers', { leadId, person: person(n), contact: {} })).body.customerId;
  const prove = (customerId: string, customerNumber: string): Promise<unknown> =>
    bank.identity.post(`/v1/customers/${customerId}/confirmation`, {
      outcome: 'proved',
      customerNumber,
      actedAt: new Date().toISOString(),
    });
  const settledAs = async (leadId: string): Promise<string> => {
    for (;;) {
      const found = (await bank.log()).find(({ type, data }) => type === 'LeadSettled' && (data as { leadId: string }).leadId === leadId);
      if (found) return (found.data as { as: string }).as;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('cannot be had anew with the right name by withdrawing and opening again, however often', async () => {
    const partner = await bank.partner();
    const first = await open(partner, 0);
    expect(await check(partner, first.leadId, { ...person(0), familyName: 'Wrong' })).toBe('no');
    await withdraw(partner, first.leadId);
    for (let round = 0; round < 3; round++) {
      const again = await open(partner, 0);
      expect(again.carriedAnswer).toBe('no');
      expect(await check(partner, again.leadId, person(0))).toBe('no');
      await withdraw(partner, again.leadId);
    }
  });

  it('cannot be had anew by a sibling', async () => {
    const elder = await bank.partner({ ownerId: 'house', partnerId: 'house-a' });
    const younger = await bank.partner({ ownerId: 'house', partnerId: 'house-b', newOwner: false });
    const first = await open(elder, 1);
    expect(await check(elder, first.leadId, { ...person(1), familyName: 'Wrong' })).toBe('no');
    await withdraw(elder, first.leadId);
    await bank.settled();
    const again = await open(younger, 1);
    expect(again.carriedAnswer).toBe('no');
    expect(await check(younger, again.leadId, person(1))).toBe('no');
    await expect(check(elder, again.leadId, person(1))).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' });
  });

  it('is never had about a customer that the owner brought itself, also when it asks under instant what it created under blind', async () => {
    const partner = await bank.partner({ ownerId: 'turned', terms: { mode: 'blind' } });
    const { leadId } = await open(partner, 2);
    await prove(await create(partner, leadId, 2), 'C2');
    expect(await settledAs(leadId)).toBe('converted');
    await bank.analyst.post('/v1/owners/turned/terms', { terms: { mode: 'instant', coolDown: 'PT0.001S' }, reason: 'trust-earned' });
    const again = await open(partner, 2);
    expect(again.carriedAnswer).toBe('no');
    expect(await check(partner, again.leadId, person(2))).toBe('no');
  });

  it('is yes about a customer whom another owner won, and no again once that conversion was revoked', async () => {
    const ask = async (): Promise<string> => {
      const stranger = await bank.partner();
      return check(stranger, (await open(stranger, 50)).leadId, person(50));
    };
    const winner = await bank.partner();
    const customerId = await create(winner, (await open(winner, 50)).leadId, 50);
    await prove(customerId, 'won-50');
    expect(await ask()).toBe('yes');
    await bank.identity.post(`/v1/customers/${customerId}/revocation`, { reason: 'forged-papers' });
    expect(await ask()).toBe('no');
  });

  it('is not given by a check that began before the gate was halted and looked up after it', async () => {
    const partner = await bank.partner();
    const { leadId } = await open(partner, 3);
    const port = bank.app.get<MembershipLookUp>(MEMBERSHIP_LOOK_UP, { strict: false });
    const lookUp = port.lookUp.bind(port);
    let arrived = (): void => undefined;
    let go = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (arrived = resolve));
    const released = new Promise<void>((resolve) => (go = resolve));
    // As when the read model has to catch up with an import first.
    const slow = jest.spyOn(port, 'lookUp').mockImplementation(async (keys, corroborations) => {
      arrived();
      await released;
      return lookUp(keys, corroborations);
    });
    const asked = check(partner, leadId, person(3)).catch((error: { code: string }) => error.code);
    await waiting;
    await bank.operator.post('/v1/gate/halt', { reason: 'leaked-list' });
    go();
    expect(await asked).toBe('GATE_HALTED');
    slow.mockRestore();
    await bank.operator.post('/v1/gate/reopening', { reason: 'exercise-over' });
    expect(await check(partner, leadId, person(3))).toBe('yes');
  });
});
