import type { ApiClient } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from '../end-to-end/running-bank.js';

/** Everything a partner can read, but its own ids and times. */
async function view(partner: ApiClient): Promise<string> {
  const paths = [
    '/v1/leads',
    '/v1/leads?status=created',
    '/v1/leads?status=converted',
    '/v1/leads?status=declined',
    '/v1/customers',
    '/v1/customers?status=pending',
    '/v1/allowance',
    '/v1/usage',
  ];
  const seen: string[] = [];
  for (const path of paths) {
    const response = await partner.get(path);
    const headers = [...response.headers].filter(([name]) => !['date', 'x-correlation-id'].includes(name));
    seen.push(JSON.stringify([path, response.status, headers, response.body]));
  }
  return seen
    .join('\n')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)');
}

describe('before the settlement', () => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await runningBank({ SETTLEMENT_EVERY: 'PT1H' });
    await feedRegister(bank, [registerLine(person(0), 'C0')]);
    await bank.settled();
  });
  afterAll(() => bank.stop());

  const outcomes: Record<string, (customerId: string) => Promise<unknown>> = {
    nothing: async () => undefined,
    proved: (id) =>
      bank.identity.post(`/v1/customers/${id}/confirmation`, {
        outcome: 'proved',
        customerNumber: `N${Math.random()}`,
        actedAt: new Date().toISOString(),
      }),
    'an existing customer': (id) =>
      bank.identity.post(`/v1/customers/${id}/confirmation`, {
        outcome: 'proved',
        customerNumber: 'C0',
        actedAt: new Date().toISOString(),
      }),
    'turned down': (id) =>
      bank.identity.post(`/v1/customers/${id}/confirmation`, { outcome: 'turned-down', actedAt: new Date().toISOString() }),
    'proved and revoked': async (id) => {
      await bank.identity.post(`/v1/customers/${id}/confirmation`, {
        outcome: 'proved',
        customerNumber: `N${Math.random()}`,
        actedAt: new Date().toISOString(),
      });
      await bank.identity.post(`/v1/customers/${id}/revocation`, { reason: 'forged-papers' });
    },
  };

  it('nothing that a partner reads, and no refusal, tells what became of its applicant (I6)', async () => {
    const views = new Map<string, string>();
    let n = 10;
    for (const [name, outcome] of Object.entries(outcomes)) {
      const who = person(name === 'an existing customer' ? 0 : (n += 1));
      const { country, scheme, value } = who;
      const partner = await bank.partner();
      const opening = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
      const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', opening)).body;
      const { customerId } = (await partner.post<{ customerId: string }>('/v1/customers', { leadId, person: who, contact: {} })).body;
      await outcome(customerId);
      // Not `settled`: a revocation that waits for its settlement is owed all the while.
      await new Promise((resolve) => setTimeout(resolve, 300));
      const told: unknown[] = [];
      for (const [path, body] of [
        ['/v1/membership-checks', { leadId, person: who }],
        ['/v1/customers', { leadId, person: who, contact: {} }],
        [`/v1/leads/${leadId}/withdrawal`, { reason: 'other' }],
        ['/v1/leads', opening],
      ] as const) {
        told.push(
          await partner.post(path, body).then(
            ({ status, headers }) => [status, headers.get('ratelimit'), headers.get('content-length')],
            ({ status, code, retryAfter }: { status: number; code: string; retryAfter: unknown }) => [status, code, retryAfter],
          ),
        );
      }
      views.set(name, `${await view(partner)}\n${JSON.stringify(told)}`);
    }
    const expected = views.get('nothing');
    for (const [name, seen] of views) expect({ name, seen }).toEqual({ name, seen: expected });
  });
});
