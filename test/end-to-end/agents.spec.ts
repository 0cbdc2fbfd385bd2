import type { ApiClient } from '../../src/cli/oauth-client.js';
import { assertBound } from '../support/bound.js';
import { person } from './persons.js';
import { runningBank, type RunningBank } from './running-bank.js';

interface Refused {
  readonly items: readonly { readonly code: string; readonly agent?: string; readonly count: number }[];
}
interface Funnels {
  readonly items: readonly { readonly agent: string; readonly opened: number }[];
}

describe('the agents of a partner, over REST', () => {
  let bank: RunningBank;

  beforeAll(async () => {
    bank = await runningBank({ REQUESTS_PER_SECOND_OF_AGENT: '3', REQUESTS_PER_SECOND_OF_OWNER: '8' });
  });
  afterAll(async () => {
    const log = await bank.log();
    await bank.stop();
    await assertBound(log);
  });

  const open = (partner: ApiClient, n: number, agent = 'agent-1'): Promise<unknown> => {
    const { country, scheme, value } = person(n);
    return partner.post('/v1/leads', { person: { country, scheme, value }, purpose: 'onboarding', agent });
  };
  const refusalsOf = async (partner: string, code: string): Promise<Refused> => {
    // A flood is folded into counts, which are flushed every few seconds.
    for (let tries = 0; ; tries++) {
      await bank.settled();
      const { body } = await bank.analyst.get<Refused>(`/v1/refusals?partner=${partner}&groupBy=code`);
      if (body.items.some((item) => item.code === code) || tries > 100) return body;
      await new Promise((later) => setTimeout(later, 200));
    }
  };

  it('have limits of their own, and what is refused for them is on record', async () => {
    const partner = await bank.partner({ partnerId: 'limited', ownerId: 'limited-owner' });
    await bank.analyst.post('/v1/partners/limited/agents', { agent: 'agent-2' });
    const agentLimits = { leadsPerDay: 2, timeZone: 'Europe/Prague' };
    await bank.analyst.post('/v1/owners/limited-owner/terms', { terms: { agentLimits }, reason: 'agreed' });
    await bank.settled();
    expect((await partner.get<{ terms: object }>('/v1/allowance')).body.terms).toMatchObject({ agentLimits });
    await open(partner, 2_000);
    await open(partner, 2_001);
    await expect(open(partner, 2_002)).rejects.toMatchObject({ status: 429, code: 'AGENT_LIMIT_LEADS' });
    await open(partner, 2_002, 'agent-2');
    const { body } = await bank.analyst.get<Refused>('/v1/refusals?partner=limited&groupBy=code,agent');
    await bank.settled();
    const again = (await bank.analyst.get<Refused>('/v1/refusals?partner=limited&groupBy=code,agent')).body;
    expect([...body.items, ...again.items]).toContainEqual(expect.objectContaining({ code: 'AGENT_LIMIT_LEADS', agent: 'agent-1' }));
    await bank.analyst.post('/v1/owners/limited-owner/terms', { terms: { agentLimits: {} }, reason: 'agreed' });
    await open(partner, 2_003);
  });

  it('are seen by the analyst when one of them opens nearly all', async () => {
    const partner = await bank.partner({ partnerId: 'busy', ownerId: 'busy-owner' });
    await bank.analyst.post('/v1/partners/busy/agents', { agent: 'idle' });
    for (let n = 0; n < 6; n++) await open(partner, 2_100 + n);
    await open(partner, 2_106, 'idle');
    await bank.settled();
    const { items } = (await bank.analyst.get<Funnels>('/v1/funnels?groupBy=agent&partner=busy&sort=-opened')).body;
    expect(items.map(({ agent, opened }) => [agent, opened])).toEqual([
      ['agent-1', 6],
      ['idle', 1],
    ]);
  });

  it('send no faster than an agent may, whichever client sends; and it is the agent that is counted, not whether it exists', async () => {
    const partner = await bank.partner({ partnerId: 'fast', ownerId: 'fast-owner', terms: { initial: 1 } });
    const second = await bank.client('client-fast-2', 'partner', { partnerId: 'fast', ownerId: 'fast-owner' });
    for (const agent of ['agent-1', 'nobody']) {
      const answers = await Promise.allSettled(
        Array.from({ length: 30 }, (_, n) => open(n % 2 === 0 ? partner : second, 2_200 + n, agent)),
      );
      const codes = answers.map((answer) => (answer.status === 'rejected' ? (answer.reason as { code: string }).code : 'opened'));
      expect(codes.filter((code) => code !== 'TOO_MANY_REQUESTS').length).toBeLessThanOrEqual(24);
      expect(codes).toContain('TOO_MANY_REQUESTS');
    }
    const { items } = await refusalsOf('fast', 'TOO_MANY_REQUESTS');
    expect(items.map(({ code }) => code)).toContain('TOO_MANY_REQUESTS');
  });

  it('a second partner of the same owner sends no faster than what is left of the owner’s rate', async () => {
    const one = await bank.partner({ partnerId: 'twin-1', ownerId: 'twins', terms: { initial: 1 } });
    const other = await bank.partner({ partnerId: 'twin-2', ownerId: 'twins', newOwner: false });
    const reads = (partner: ApiClient): Promise<unknown>[] => Array.from({ length: 60 }, () => partner.get('/v1/leads'));
    const passed = async (tries: Promise<unknown>[]): Promise<number> =>
      (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length;
    // 8 a second and 40 at once; whatever a slow machine lets the seconds add.
    expect(await passed(reads(one))).toBeLessThanOrEqual(59);
    const left = await passed(reads(other));
    expect(left).toBeLessThan(40);
    const stranger = await bank.partner({ partnerId: 'stranger', ownerId: 'strangers', terms: { initial: 1 } });
    expect(await passed(Array.from({ length: 8 }, () => stranger.get('/v1/leads')))).toBe(8);
  });
});
