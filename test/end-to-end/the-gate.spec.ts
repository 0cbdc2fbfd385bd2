import type { ApiClient } from '../../src/cli/oauth-client.js';
import { assertBound } from '../support/bound.js';
import { person } from './persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from './running-bank.js';

interface Opened {
  readonly leadId: string;
  readonly carriedAnswer: 'yes' | 'no' | null;
}

const CUSTOMERS = 20;

describe('the gate, over REST, on the embedded log', () => {
  let bank: RunningBank;

  beforeAll(async () => {
    bank = await runningBank();
    await feedRegister(
      bank,
      Array.from({ length: CUSTOMERS }, (_, n) => registerLine(person(n), `C${n}`)),
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
  const create = async (partner: ApiClient, leadId: string, n: number): Promise<string> =>
    (await partner.post<{ customerId: string }>('/v1/customers', { leadId, person: person(n), contact: { email: 'me@example.org' } })).body
      .customerId;

  it('answers yes for a customer, no for anybody else, and no for a customer under a wrong name', async () => {
    const partner = await bank.partner();
    const [customer, stranger, misnamed] = [await open(partner, 0), await open(partner, 100), await open(partner, 1)];
    expect(await check(partner, customer.leadId, person(0))).toBe('yes');
    expect(await check(partner, stranger.leadId, person(100))).toBe('no');
    expect(await check(partner, misnamed.leadId, { ...person(1), familyName: 'Nowak' })).toBe('no');
  });

  it('charges once for a lead that is opened twice, and gives the recorded answer again for nothing', async () => {
    const partner = await bank.partner();
    const first = await open(partner, 101);
    expect((await open(partner, 101)).leadId).toBe(first.leadId);
    expect(await check(partner, first.leadId, person(101))).toBe('no');
    expect(await check(partner, first.leadId, person(101))).toBe('no');
  });

  it('refuses a check for another person, and one of a sibling or stranger as if there were no lead (I3, I7)', async () => {
    const partner = await bank.partner({ ownerId: 'siblings', partnerId: 'elder' });
    const sibling = await bank.partner({ ownerId: 'siblings', partnerId: 'younger', newOwner: false });
    const other = await bank.partner();
    const { leadId } = await open(partner, 102);
    await expect(check(partner, leadId, person(103))).rejects.toMatchObject({ code: 'PERSON_MISMATCH' });
    await expect(open(sibling, 102)).rejects.toMatchObject({ code: 'LEAD_HELD' });
    for (const outsider of [sibling, other]) {
      await expect(check(outsider, leadId, person(102))).rejects.toMatchObject({ status: 404, code: 'LEAD_NOT_FOUND' });
    }
    await expect(check(other, '00000000-0000-4000-8000-000000000000', person(102))).rejects.toMatchObject({
      status: 404,
      code: 'LEAD_NOT_FOUND',
    });
  });

  it('stops a scanner when what it was given is spent', async () => {
    const scanner = await bank.partner({ terms: { initial: 5 } });
    let answers = 0;
    for (let n = 200; n < 205; n++) {
      const { leadId } = await open(scanner, n);
      await check(scanner, leadId, person(n));
      answers += 1;
    }
    await expect(open(scanner, 205)).rejects.toMatchObject({ status: 403, code: 'ALLOWANCE_SPENT' });
    expect(answers).toBe(5);
  });

  it('earns allowance by a conversion, at the settlement and not before', async () => {
    const partner = await bank.partner({ terms: { initial: 3, settleAfter: 'PT2S' } });
    const { leadId } = await open(partner, 300);
    expect(await check(partner, leadId, person(300))).toBe('no');
    const customerId = await create(partner, leadId, 300);
    await bank.identity.post(`/v1/customers/${customerId}/confirmation`, {
      outcome: 'proved',
      customerNumber: 'N300',
      actedAt: new Date().toISOString(),
    });
    await open(partner, 301);
    await open(partner, 302);
    await expect(open(partner, 303)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await until(async () => (await open(partner, 303)).leadId);
    const settled = (await bank.log()).filter(({ type, data }) => type === 'LeadSettled' && (data as { leadId: string }).leadId === leadId);
    expect(settled).toMatchObject([{ data: { as: 'converted', credited: 4, bonus: 0 } }]);
  });

  it('makes one customer of one number, whoever brings it, and links the later one (I8)', async () => {
    const [first, second] = [await bank.partner(), await bank.partner()];
    const created = [
      await create(first, (await open(first, 310)).leadId, 310),
      await create(second, (await open(second, 310)).leadId, 310),
    ];
    for (const customerId of created) {
      await bank.identity.post(`/v1/customers/${customerId}/confirmation`, {
        outcome: 'proved',
        customerNumber: 'N310',
        actedAt: new Date().toISOString(),
      });
    }
    await bank.settled();
    const log = await bank.log();
    expect(
      log.filter(({ type, data }) => type === 'CustomerNumberClaimed' && created.includes((data as { customerId: string }).customerId)),
    ).toHaveLength(1);
    expect(log.filter(({ type }) => type === 'CustomerLinked')).toHaveLength(1);
  });

  it('gives the unit back when the customer acknowledges, once', async () => {
    const partner = await bank.partner({ terms: { initial: 1 } });
    const { leadId } = await open(partner, 2);
    expect(await check(partner, leadId, person(2))).toBe('yes');
    await expect(open(partner, 320)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await bank.messages.post(`/v1/disclosures/${leadId}/acknowledgement`, {});
    await bank.messages.post(`/v1/disclosures/${leadId}/acknowledgement`, {});
    await bank.settled();
    await open(partner, 320);
    await expect(open(partner, 321)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
  });

  it('lapses a lead whose follow-up does not come, and carries its answer into the next lead', async () => {
    const partner = await bank.partner({ terms: { followUpWithin: 'PT1S' } });
    const { leadId } = await open(partner, 330);
    expect(await check(partner, leadId, person(330))).toBe('no');
    await until(async () =>
      (await bank.log()).some(({ type, data }) => type === 'LeadResolved' && (data as { leadId: string }).leadId === leadId),
    );
    await expect(create(partner, leadId, 330)).rejects.toMatchObject({ code: 'LEAD_LAPSED' });
    expect((await open(partner, 330)).carriedAnswer).toBe('no');
  });

  it('declines a created lead that nobody proves in time', async () => {
    const partner = await bank.partner({ terms: { confirmWithin: 'PT1S' } });
    const { leadId } = await open(partner, 340);
    await create(partner, leadId, 340);
    await until(async () =>
      (await bank.log()).some(
        ({ type, data }) =>
          type === 'LeadSettled' &&
          (data as { leadId: string; as: string }).leadId === leadId &&
          (data as { as: string }).as === 'declined',
      ),
    );
  });

  it('takes back what a revoked conversion had earned', async () => {
    const partner = await bank.partner();
    const { leadId } = await open(partner, 350);
    const customerId = await create(partner, leadId, 350);
    await bank.identity.post(`/v1/customers/${customerId}/confirmation`, {
      outcome: 'proved',
      customerNumber: 'N350',
      actedAt: new Date().toISOString(),
    });
    await until(async () =>
      (await bank.log()).some(({ type, data }) => type === 'LeadSettled' && (data as { leadId: string }).leadId === leadId),
    );
    await bank.identity.post(`/v1/customers/${customerId}/revocation`, { reason: 'stolen-identity' });
    await bank.settled();
    expect(
      (await bank.log()).filter(({ type, data }) => type === 'CreditRevoked' && (data as { leadId: string }).leadId === leadId),
    ).toMatchObject([{ data: { units: 4 } }]);
  });

  it('refuses everything to a suspended partner at its next request (R32)', async () => {
    const partner = await bank.partner({ partnerId: 'suspect' });
    await open(partner, 360);
    await bank.analyst.post('/v1/partners/suspect/suspension', { reason: 'leaked-list' });
    await expect(open(partner, 360)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    await bank.analyst.post('/v1/partners/suspect/reinstatement', { reason: 'cleared' });
    await open(partner, 360);
  });

  it('answers nobody while the gate is halted', async () => {
    const partner = await bank.partner();
    const { leadId } = await open(partner, 370);
    await bank.operator.post('/v1/gate/halt', { reason: 'exercise' });
    await expect(check(partner, leadId, person(370))).rejects.toMatchObject({ status: 503, code: 'GATE_HALTED' });
    await bank.operator.post('/v1/gate/reopening', { reason: 'exercise-over' });
    expect(await check(partner, leadId, person(370))).toBe('no');
  });

  it('says nothing to a partner in blind mode, and settles an existing customer like a new one (I6)', async () => {
    const partner = await bank.partner({ terms: { mode: 'blind' } });
    const leads = [await open(partner, 3), await open(partner, 380)];
    await expect(check(partner, leads[0]?.leadId ?? '', person(3))).rejects.toMatchObject({ code: 'CHECK_SWITCHED_OFF' });
    const created = [await create(partner, leads[0]?.leadId ?? '', 3), await create(partner, leads[1]?.leadId ?? '', 380)];
    const actedAt = new Date().toISOString();
    for (const [i, customerId] of created.entries()) {
      await bank.identity.post(`/v1/customers/${customerId}/confirmation`, {
        outcome: 'proved',
        customerNumber: i === 0 ? 'C3' : 'N380',
        actedAt,
      });
    }
    const settled = async (): Promise<object[]> =>
      (await bank.log()).filter(
        ({ type, data }) => type === 'LeadSettled' && leads.some(({ leadId }) => leadId === (data as { leadId: string }).leadId),
      );
    await until(async () => (await settled()).length === 2);
    expect(await settled()).toMatchObject([{ data: { as: 'converted', credited: 4 } }, { data: { as: 'converted', credited: 4 } }]);
  });

  it('replays a repeated command byte for byte, and refuses the key for another one (R12)', async () => {
    const partner = await bank.partner();
    const { country, scheme, value } = person(390);
    const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    const [first, again] = [await partner.post('/v1/leads', body, 'key-1'), await partner.post('/v1/leads', body, 'key-1')];
    expect(again.body).toEqual(first.body);
    expect(again.status).toBe(first.status);
    await expect(partner.post('/v1/leads', { ...body, agent: 'agent-2' }, 'key-1')).rejects.toMatchObject({
      status: 422,
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('counts what it does for Prometheus, and names nobody there', async () => {
    const text = await (await bank.operator.request('/metrics')).text();
    expect(text).toMatch(/vestibule_answers_total\{answer="yes"\} [1-9]/);
    expect(text).toMatch(/vestibule_owners_by_allowance\{band="1 to 10"\} [1-9]/);
    expect(text).toMatch(/vestibule_refusals_total\{reason="ALLOWANCE_SPENT"\} [1-9]/);
    for (const secret of [person(0).value, person(0).familyName, 'owner-', 'partner-']) expect(text).not.toContain(secret);
  });

  it('puts every refusal on record (R9)', async () => {
    const partner = await bank.partner({ partnerId: 'refused' });
    const { leadId } = await open(partner, 395);
    await expect(check(partner, leadId, person(396))).rejects.toThrow();
    const refusals = (await bank.log()).filter(
      ({ type, data }) => type === 'CommandRefused' && (data as { partner: string }).partner === 'refused',
    );
    expect(refusals).toMatchObject([{ data: { code: 'PERSON_MISMATCH', leadId } }]);
  });
});

async function until<T>(condition: () => Promise<T>, timeoutMs = 10_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
