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

  /** How many of so many requests were not put off, and how many that may be at a rate, for as long as it took. */
  const sent = async (
    perSecond: number,
    count: number,
    send: (n: number) => Promise<unknown>,
  ): Promise<{ passed: number; most: number }> => {
    const began = Date.now();
    const answers = await Promise.allSettled(Array.from({ length: count }, (_, n) => send(n)));
    const seconds = (Date.now() - began) / 1_000;
    const isPutOff = (answer: PromiseSettledResult<unknown>): boolean =>
      answer.status === 'rejected' && (answer.reason as { code: string }).code === 'TOO_MANY_REQUESTS';
    const most = perSecond * (Math.ceil(seconds) + 1) + 5 * perSecond * (Math.floor(seconds / 10) + 2);
    return { passed: answers.filter((answer) => !isPutOff(answer)).length, most };
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
      const { passed, most } = await sent(3, 100, (n) => open(n % 2 === 0 ? partner : second, 2_200 + n, agent));
      expect(passed).toBeLessThanOrEqual(most);
    }
    const { items } = await refusalsOf('fast', 'TOO_MANY_REQUESTS');
    expect(items.map(({ code }) => code)).toContain('TOO_MANY_REQUESTS');
  });

  it('two partners of one owner send no faster together than an owner may, and hinder nobody else', async () => {
    const one = await bank.partner({ partnerId: 'twin-1', ownerId: 'twins', terms: { initial: 1 } });
    const other = await bank.partner({ partnerId: 'twin-2', ownerId: 'twins', newOwner: false });
    const { passed, most } = await sent(8, 250, (n) => (n % 2 === 0 ? one : other).get('/v1/leads'));
    expect(passed).toBeLessThanOrEqual(most);
    const stranger = await bank.partner({ partnerId: 'stranger', ownerId: 'strangers', terms: { initial: 1 } });
    for (let n = 0; n < 4; n++) await stranger.get('/v1/leads');
  });
});
