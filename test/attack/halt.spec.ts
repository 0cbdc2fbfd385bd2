import type { ApiClient } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from '../end-to-end/running-bank.js';

/** "One command halts all answers at once" (design section 6): those that are on record as well as new ones. */
describe('while the gate is halted', () => {
  let bank: RunningBank;
  let partner: ApiClient;
  const opening = (n: number): object => {
    const { country, scheme, value } = person(n);
    return { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  };
  const halted = { status: 503, code: 'GATE_HALTED' };
  const leads: Record<'yes' | 'no' | 'unasked', string> = { yes: '', no: '', unasked: '' };

  let proving: ApiClient;
  let upheld: object;
  beforeAll(async () => {
    bank = await runningBank();
    await feedRegister(bank, [registerLine(person(1), 'C1')]);
    partner = await bank.partner();
    for (const [name, n] of [
      ['yes', 1],
      ['no', 2],
      ['unasked', 3],
    ] as const) {
      leads[name] = (await partner.post<{ leadId: string }>('/v1/leads', opening(n), `open-${n}`)).body.leadId;
    }
    for (const [name, n] of [
      ['yes', 1],
      ['no', 2],
    ] as const) {
      const { body } = await partner.post<object>('/v1/membership-checks', { leadId: leads[name], person: person(n) }, `check-${n}`);
      expect(body).toEqual({ answer: name });
    }
    await partner.post('/v1/leads', opening(1), 'open-1-again');
    proving = await bank.partner({ terms: { mode: 'proof' } });
    const { leadId } = (await proving.post<{ leadId: string }>('/v1/leads', opening(5))).body;
    const proof = (value: string): object => ({ leadId, person: person(5), proof: { kind: 'account-last-six', value } });
    await proving.post('/v1/membership-checks', proof('100000'));
    upheld = proof('200000');
    expect((await proving.post('/v1/membership-checks', upheld, 'upheld')).body).toEqual({ answer: 'no' });
    await bank.settled();
    await bank.operator.post('/v1/gate/halt', { reason: 'leaked-list' });
  });
  afterAll(() => bank.stop());

  it('no check is answered, repeated with its key or without', async () => {
    for (const [name, n] of [
      ['yes', 1],
      ['no', 2],
    ] as const) {
      const check = { leadId: leads[name], person: person(n) };
      await expect(partner.post('/v1/membership-checks', check, `check-${n}`)).rejects.toMatchObject(halted);
      await expect(partner.post('/v1/membership-checks', check)).rejects.toMatchObject(halted);
    }
  });

  it('a no that was upheld is not repeated either', async () => {
    await expect(proving.post('/v1/membership-checks', upheld, 'upheld')).rejects.toMatchObject(halted);
  });

  it('no lead is opened that would carry an answer, and none repeated that did', async () => {
    await expect(partner.post('/v1/leads', opening(1))).rejects.toMatchObject(halted);
    await expect(partner.post('/v1/leads', opening(1), 'open-1-again')).rejects.toMatchObject(halted);
    const before = (await bank.log()).filter(({ type }) => type === 'LeadAdmitted').length;
    expect(before).toBe(5);
  });

  it('the own leads cannot be read: their status tells the answer', async () => {
    for (const path of ['/v1/leads', '/v1/leads?status=existing', `/v1/leads/${leads.yes}`, `/v1/leads/${leads.unasked}`]) {
      await expect(partner.get(path)).rejects.toMatchObject(halted);
    }
  });

  it('what holds no answer goes on: an opening and its repetition, a create, the allowance', async () => {
    const { body } = await partner.post<{ leadId: string }>('/v1/leads', opening(4), 'open-4');
    expect((await partner.post('/v1/leads', opening(4), 'open-4')).body).toEqual(body);
    expect((await partner.post<{ leadId: string }>('/v1/leads', opening(3), 'open-3')).body.leadId).toBe(leads.unasked);
    await partner.post('/v1/customers', { leadId: leads.unasked, person: person(3), contact: {} });
    await partner.get('/v1/allowance');
  });

  it('each refusal of an answer is on record', async () => {
    const refused = (await bank.log()).filter(
      ({ type, data }) => type === 'CommandRefused' && (data as { code: string }).code === 'GATE_HALTED',
    );
    expect(refused.length).toBeGreaterThan(0);
  });

  it('everything is as it was when the gate is open again', async () => {
    await bank.operator.post('/v1/gate/reopening', { reason: 'exercise-over' });
    const check = { leadId: leads.yes, person: person(1) };
    expect((await partner.post('/v1/membership-checks', check, 'check-1')).body).toEqual({ answer: 'yes' });
    expect((await partner.get<{ status: string }>(`/v1/leads/${leads.yes}`)).body.status).toBe('existing');
  });
});
