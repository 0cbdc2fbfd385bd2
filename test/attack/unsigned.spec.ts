import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

describe('a partner that may not work', () => {
  let bank: RunningBank;

  beforeAll(async () => {
    bank = await runningBank();
  });
  afterAll(() => bank.stop());

  const READS = ['/v1/leads', '/v1/customers', '/v1/allowance', '/v1/usage'];

  it('reads nothing before it has signed the agreement, nor when it is suspended (R32)', async () => {
    const partner = await bank.partner({ partnerId: 'new-here' });
    for (const path of READS) expect((await partner.get(path)).status).toBe(200);
    await bank.analyst.post('/v1/partners/new-here/agreements', { version: '2', documentSha256: 'b'.repeat(64) });
    for (const path of READS) await expect(partner.get(path)).rejects.toMatchObject({ status: 403, code: 'AGREEMENT_UNSIGNED' });
    await partner.post('/v1/agreement/signature', { version: '2' });
    await bank.analyst.post('/v1/partners/new-here/suspension', { reason: 'other' });
    for (const path of READS) await expect(partner.get(path)).rejects.toMatchObject({ status: 403, code: 'PARTNER_SUSPENDED' });
  });
});
