import type { ApiClient } from '../../src/cli/oauth-client.js';
import { check, codeOf, inTheEnd, open, type TwoReplicas } from './two-replicas.js';

const WHY = { reason: 'acquisition' } as const;

/** What belongs to an owner or to an agent is one and the same at both of two replicas. */
export function describeOwners(of: () => TwoReplicas): void {
  const partner = async (id: string, initial: number): Promise<readonly [ApiClient, ApiClient]> => [
    await of().partner(id, { initial }),
    of().b.as(id),
  ];
  const balance = async (door: ApiClient): Promise<number> => (await door.get<{ balance: number }>('/v1/allowance')).body.balance;

  it('let a partner that was moved at the one open leads of its new owner at the other, from the smaller balance (I2)', async () => {
    const [, mover] = await partner('mover', 3);
    const [resident] = await partner('resident', 8);
    const before = await open(mover, 5000);
    await of()
      .a.as('ana')
      .post('/v1/partners/mover/owner', { ownerId: 'owner-resident', ...WHY });
    expect((await open(mover, 5000)).leadId).toBe(before.leadId);
    expect(await check(mover, before, 5000)).toBe('no');
    expect(await codeOf(open(resident, 5000))).toBe('LEAD_HELD');
    await open(mover, 5001);
    await open(resident, 5002);
    expect([await codeOf(open(mover, 5003)), await codeOf(open(resident, 5003))]).toEqual(['ALLOWANCE_SPENT', 'ALLOWANCE_SPENT']);
    for (const each of of().both) await of().until(async () => (await balance(each.as('mover'))) === 0, 10_000);
  });

  it('tell two owners that were merged at the one nothing afresh at the other (I1, I2)', async () => {
    const [, left] = await partner('left', 4);
    const [, right] = await partner('right', 8);
    const lead = await open(left, 5100);
    expect(await check(left, lead, 5100)).toBe('no');
    await of()
      .a.as('ana')
      .post('/v1/owners/owner-left/merger', { into: 'owner-right', ...WHY });
    await left.post(`/v1/leads/${lead.leadId}/withdrawal`, { reason: 'lost-interest' });
    await of().until(async () => (await of().facts('LeadResolved', { leadId: lead.leadId })).length > 0, 20_000);
    expect((await open(right, 5100)).carriedAnswer).toBe('no');
    await open(of().a.as('left'), 5101);
    await open(right, 5102);
    expect(await codeOf(open(left, 5103))).toBe('ALLOWANCE_SPENT');
    expect(await codeOf(of().b.as('ana').post('/v1/owners/owner-left/grants', { units: 5, reason: 'goodwill' }))).toBe('OWNER_MERGED');
  });

  it('open no lead more than there are units while the partner is moved back and forth in between (I2)', async () => {
    const [here, there] = await partner('restless', 6);
    await partner('hotel', 6);
    const moves = async (): Promise<void> => {
      const [one, other] = [of().a.as('ana'), of().b.as('ana')];
      for (const [by, ownerId] of [
        [one, 'owner-hotel'],
        [other, 'owner-restless'],
        [one, 'owner-hotel'],
      ] as const) {
        await inTheEnd(() => by.post('/v1/partners/restless/owner', { ownerId, ...WHY }));
      }
    };
    const opened = Array.from({ length: 40 }, (_, n) => codeOf(open(n % 2 === 0 ? here : there, 5200 + n)));
    const [codes] = await Promise.all([Promise.all(opened), moves()]);
    expect(codes.filter((code) => code === 'ok').length).toBeLessThanOrEqual(6);
    expect(codes.filter((code) => !['ok', 'ALLOWANCE_SPENT', 'OWNER_CHANGING'].includes(code))).toEqual([]);
  });

  it('count an agent’s leads of the day over both, also when they come at once, and take them along in a move', async () => {
    const [here, there] = await partner('crowded', 30);
    const ana = of().b.as('ana');
    await ana.post('/v1/partners/crowded/agents', { agent: 'agent-2' });
    await ana.post('/v1/owners/owner-crowded/terms', { terms: { agentLimits: { leadsPerDay: 5 } }, reason: 'agreed' });
    const opened = Array.from({ length: 20 }, (_, n) => codeOf(open(n % 2 === 0 ? here : there, 5300 + n)));
    expect((await Promise.all(opened)).toSorted()).toEqual([...Array(15).fill('AGENT_LIMIT_LEADS'), ...Array(5).fill('ok')]);
    await partner('stricter', 30);
    await of()
      .a.as('ana')
      .post('/v1/partners/crowded/owner', { ownerId: 'owner-stricter', ...WHY });
    expect([await codeOf(open(there, 5320)), await codeOf(open(here, 5320))]).toEqual(['AGENT_LIMIT_LEADS', 'AGENT_LIMIT_LEADS']);
    await open(there, 5320, { agent: 'agent-2' });
  });
}
