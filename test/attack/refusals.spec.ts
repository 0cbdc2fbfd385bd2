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
    await bank.analyst.post('/v1/partners/scribbler/suspension', { reason: 'a test' });
    const { value, familyName } = person(1);
    const planted = `${familyName} ${value}`;
    for (const path of ['/v1/leads', '/v1/membership-checks', '/v1/customers']) {
      await expect(partner.post(path, { leadId: planted, person: person(1) })).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
    expect(await refusals('scribbler')).toHaveLength(3);
    expect(JSON.stringify(await bank.log())).not.toContain(value);
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
