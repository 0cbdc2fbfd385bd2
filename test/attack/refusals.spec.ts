import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

/** What a partner can put into the log by being refused. */
describe('a refused command', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  const refusals = async (partner: string): Promise<object[]> =>
    (await bank.log())
      .filter(({ type, data }) => type === 'CommandRefused' && (data as { partner: string }).partner === partner)
      .map(({ data }) => data);

  it('leaves no text of the partner in the log, although it is refused before its members are looked at', async () => {
    const partner = await bank.partner({ partnerId: 'scribbler' });
    await bank.analyst.post('/v1/partners/scribbler/suspension', { reason: 'other' });
    const { value, familyName } = person(1);
    const planted = `${familyName} ${value}`;
    for (const path of ['/v1/leads', '/v1/membership-checks', '/v1/customers']) {
      await expect(partner.post(path, { leadId: planted, person: person(1) })).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
    expect(await refusals('scribbler')).toHaveLength(3);
    expect(JSON.stringify(await bank.log())).not.toContain(value);
  });

  it('is on record with the agent, where that is one of the partner or of its lead, and with no other text', async () => {
    const partner = await bank.partner({ partnerId: 'staffed', terms: { initial: 1 } });
    const opening = (n: number, agent: string): object => {
      const { country, scheme, value } = person(n);
      return { person: { country, scheme, value }, purpose: 'onboarding', agent };
    };
    const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', opening(3, 'agent-1'))).body;
    const refused = async (path: string, body: object, code: string): Promise<void> =>
      expect(partner.post(path, body)).rejects.toMatchObject({ code });
    await refused('/v1/leads', opening(4, 'agent-1'), 'ALLOWANCE_SPENT');
    await refused('/v1/leads', opening(4, 'Planted Name'), 'AGENT_UNKNOWN');
    await refused(
      '/v1/leads',
      { ...opening(4, 'agent-1'), person: { country: 'CZ', scheme: 'national-id', value: '1' } },
      'IDENTIFIER_INVALID',
    );
    await refused('/v1/membership-checks', { leadId, person: person(4) }, 'PERSON_MISMATCH');
    await partner.post('/v1/customers', { leadId, person: person(3), contact: {} });
    await refused('/v1/customers', { leadId, person: person(3), contact: {} }, 'LEAD_CREATED');
    await refused(`/v1/leads/${leadId}/withdrawal`, { reason: 'lost-interest' }, 'LEAD_CREATED');
    expect(await refusals('staffed')).toEqual(
      [
        { code: 'ALLOWANCE_SPENT', agent: 'agent-1' },
        { code: 'AGENT_UNKNOWN' },
        { code: 'IDENTIFIER_INVALID', agent: 'agent-1' },
        { code: 'PERSON_MISMATCH', agent: 'agent-1', leadId },
        { code: 'LEAD_CREATED', agent: 'agent-1', leadId },
        { code: 'LEAD_CREATED', agent: 'agent-1', leadId },
      ].map((about) => ({
        ...about,
        owner: expect.any(String),
        partner: 'staffed',
        client: expect.any(String),
        command: expect.any(String),
        process: expect.any(String),
        at: expect.any(String),
      })),
    );
    const { items } = (await bank.analyst.get<{ items: object[] }>('/v1/refusals?partner=staffed&groupBy=agent,code&agent=agent-1')).body;
    expect(items).toHaveLength(4);
  });

  it("names a lead only where the lead is the partner's own", async () => {
    const victim = await bank.partner();
    const other = await bank.partner({ partnerId: 'accuser' });
    const { country, scheme, value } = person(2);
    const { leadId } = (
      await victim.post<{ leadId: string }>('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' })
    ).body;
    await expect(other.post('/v1/membership-checks', { leadId, person: person(2) })).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' });
    const invalid = { ...person(2), value: '12345678901' };
    await expect(other.post('/v1/membership-checks', { leadId, person: invalid })).rejects.toMatchObject({ code: 'IDENTIFIER_INVALID' });
    expect((await refusals('accuser')).map((refusal) => Object.hasOwn(refusal, 'leadId'))).toEqual([false, false]);
  });
});
