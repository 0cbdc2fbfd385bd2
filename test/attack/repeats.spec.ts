import { assertBound } from '../support/bound.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

describe('an idempotency key', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  });

  const opening = (n: number): object => {
    const { country, scheme, value } = person(n);
    return { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  };

  it('of one partner gives nothing of its response to another, whoever used it first', async () => {
    const [first, second] = [await bank.partner(), await bank.partner()];
    const a = (await first.post<{ leadId: string }>('/v1/leads', opening(1), 'shared')).body;
    const b = (await second.post<{ leadId: string }>('/v1/leads', opening(1), 'shared')).body;
    expect(b.leadId).not.toBe(a.leadId);
  });

  it('replays nothing to a partner that was suspended meanwhile, and nothing on another route', async () => {
    const partner = await bank.partner({ partnerId: 'replayer' });
    const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', opening(2), 'k')).body;
    const check = { leadId, person: person(2) };
    await expect(partner.post('/v1/membership-checks', check, 'k')).rejects.toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    await partner.post('/v1/membership-checks', check, 'c');
    await bank.analyst.post('/v1/partners/replayer/suspension', { reason: 'a test' });
    for (const [path, body, key] of [['/v1/leads', opening(2), 'k'], ['/v1/membership-checks', check, 'c']] as const) {
      await expect(partner.post(path, body, key)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
  });

  it('grants once, however often and however fast it is repeated', async () => {
    await bank.partner({ ownerId: 'granted' });
    const grant = (): Promise<unknown> => bank.analyst.post('/v1/owners/granted/grants', { units: 5, reason: 'a test' }, 'grant').catch(() => undefined);
    await Promise.all([grant(), grant(), grant()]);
    for (let i = 0; i < 5; i++) await grant();
    expect((await bank.store.readStream('owner-granted')).filter(({ type }) => type === 'AllowanceGranted')).toHaveLength(1);
  });
});
