import { ApiProblem, type ApiClient } from '../../src/cli/oauth-client.js';
import { assertBound } from '../support/bound.js';
import { person } from './persons.js';
import { runningBank, type RunningBank } from './running-bank.js';

const RACERS = 200;

/** R5 and R12 with real parallel HTTP requests on one process. */
describe('racing requests', () => {
  let bank: RunningBank;

  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  });

  const open = (partner: ApiClient, n: number, key?: string): Promise<{ body: { leadId: string } }> => {
    const { country, scheme, value } = person(n);
    return partner.post('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' }, key);
  };

  it.each([0, 1, 2, RACERS])('200 leads at once with %i units left: exactly so many are opened (R5)', async (units) => {
    const figures = { leadsPerDay: 500, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
    const partner = await bank.partner({ ownerId: `owner-of-${units}`, terms: { initial: 0, ceiling: 1000, perConversion: 4 }, figures });
    if (units > 0) await bank.analyst.post(`/v1/owners/owner-of-${units}/grants`, { units, reason: 'other' });
    const opened = await Promise.allSettled(Array.from({ length: RACERS }, (_, i) => open(partner, 1000 + i)));
    const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason as ApiProblem] : []));
    expect(refused.filter(({ code }) => code !== 'ALLOWANCE_SPENT')).toEqual([]);
    expect(opened.length - refused.length).toBe(units);
  });

  it('200 opens of one lead at once: one lead, charged once', async () => {
    const partner = await bank.partner({ ownerId: 'one-lead' });
    const opened = await Promise.all(Array.from({ length: RACERS }, () => open(partner, 2000)));
    expect(new Set(opened.map(({ body }) => body.leadId)).size).toBe(1);
    expect((await bank.log()).filter(({ type, stream }) => type === 'LeadAdmitted' && stream === 'owner-one-lead')).toHaveLength(1);
  });

  it('200 checks of one lead at once: one answer, given to all (R5, I1)', async () => {
    const partner = await bank.partner();
    const { leadId } = (await open(partner, 2001)).body;
    const check = (): Promise<{ body: { answer: string } }> => partner.post('/v1/membership-checks', { leadId, person: person(2001) });
    const answers = await Promise.all(Array.from({ length: RACERS }, check));
    expect(new Set(answers.map(({ body }) => body.answer))).toEqual(new Set(['no']));
    expect(
      (await bank.log()).filter(({ type, data }) => type === 'MembershipAnswered' && (data as { leadId: string }).leadId === leadId),
    ).toHaveLength(1);
  });

  it('creates and withdrawals of one lead at once: one of them wins, once', async () => {
    const partner = await bank.partner();
    const { leadId } = (await open(partner, 2002)).body;
    const create = (): Promise<unknown> =>
      partner.post('/v1/customers', { leadId, person: person(2002), contact: { email: 'a@example.org' } });
    const withdraw = (): Promise<unknown> => partner.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'lost-interest' });
    await Promise.allSettled(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? create() : withdraw())));
    const ends = (await bank.log()).filter(
      ({ type, data }) => ['CustomerSubmitted', 'LeadWithdrawn'].includes(type) && (data as { leadId: string }).leadId === leadId,
    );
    expect(ends).toHaveLength(1);
  });

  it('the same key at once: in flight, or the same answer; written once', async () => {
    const partner = await bank.partner({ ownerId: 'same-key' });
    const sent = await Promise.allSettled(Array.from({ length: 50 }, () => open(partner, 2003, 'the-same-key')));
    const codes = sent.map((each) => (each.status === 'fulfilled' ? each.value.body.leadId : (each.reason as ApiProblem).code));
    expect(new Set(codes.filter((code) => code !== 'COMMAND_IN_FLIGHT')).size).toBe(1);
    expect((await bank.log()).filter(({ type, stream }) => type === 'LeadAdmitted' && stream === 'owner-same-key')).toHaveLength(1);
  });

  it('a policy change between two requests holds for the second, and is not undone by a looser one (R6)', async () => {
    const partner = await bank.partner({ ownerId: 'policy', terms: { initial: 8 } });
    await open(partner, 2010);
    await bank.analyst.post('/v1/policy', { changes: { ceiling: 2 }, reason: 'precaution' });
    await open(partner, 2011);
    await open(partner, 2012);
    await expect(open(partner, 2013)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
    await bank.analyst.post('/v1/policy', { changes: { ceiling: 200 }, reason: 'back-to-normal' });
    await expect(open(partner, 2013)).rejects.toMatchObject({ code: 'ALLOWANCE_SPENT' });
  });
});
