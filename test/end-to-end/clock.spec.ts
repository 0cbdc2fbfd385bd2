import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type ApiClient } from '../../src/cli/oauth-client.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { assertBound } from '../support/bound.js';
import { bankDirectory, registerAtCommandLine, registerPartner, startBank, type BankDirectory, type BankProcess } from './bank-process.js';
import { person } from './persons.js';

const HOUR = 3_600_000;

/** R7, with the service as a process of its own. */
describe('a clock that cannot be right when the service starts (R7)', () => {
  let directory: BankDirectory;
  let bank: BankProcess;
  let leadId: string;

  const open = async (partner: ApiClient, n: number): Promise<string> => {
    const { country, scheme, value } = person(n);
    const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    return (await partner.post<{ leadId: string }>('/v1/leads', body)).body.leadId;
  };
  const metric = async (name: string): Promise<string | undefined> => {
    const text = await (await bank.as('op').request('/metrics')).text();
    return text.split('\n').find((line) => line.startsWith(name));
  };
  const log = async (): Promise<readonly RecordedEvent[]> => {
    const store = await EmbeddedEventStore.open(directory.dataDir);
    try {
      return (await store.readAll({ limit: 100_000 })).events;
    } finally {
      await store.close();
    }
  };

  beforeAll(async () => {
    directory = await bankDirectory();
    await registerAtCommandLine(directory, 'op', 'operator');
    bank = await startBank(directory);
    leadId = await open(await registerPartner(bank, directory, 'shop'), 1);
    await bank.kill('SIGTERM');
  }, 60_000);
  afterAll(async () => {
    await bank.kill();
    rmSync(dirname(directory.dataDir), { recursive: true, force: true });
  });

  describe('because the log ends long before it', () => {
    beforeAll(async () => {
      await sleep(1_500);
      bank = await startBank(directory, { CLOCK_MAX_GAP: 'PT1S' }, 'listening');
    }, 60_000);

    it.each([
      ['a new lead', '/v1/leads', () => ({ person: pick(2), purpose: 'onboarding', agent: 'agent-1' })],
      ['a check', '/v1/membership-checks', () => ({ leadId, person: person(1) })],
      ['a create', '/v1/customers', () => ({ leadId, person: person(1), contact: { email: 'a@example.org' } })],
      ['a withdrawal', () => `/v1/leads/${leadId}/withdrawal`, () => ({ reason: 'lost-interest' })],
    ])('refuses %s with one fixed problem', async (_what, path, body) => {
      const attempt = bank.as('shop').post(typeof path === 'string' ? path : path(), body());
      await expect(attempt).rejects.toMatchObject({ status: 503, code: 'CLOCK_UNTRUSTED' });
      await expect(attempt).rejects.toBeInstanceOf(ApiProblem);
    });

    it('refuses grants and terms as well', async () => {
      const grant = bank.as('ana').post('/v1/owners/owner-shop/grants', { units: 1, reason: 'other' });
      await expect(grant).rejects.toMatchObject({ status: 503, code: 'CLOCK_UNTRUSTED' });
    });

    it('names the problem by its type', async () => {
      const token = await tokenOf(bank.as('shop'));
      const response = await fetch(`${bank.url}/v1/leads`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify({ person: pick(2), purpose: 'onboarding', agent: 'agent-1' }),
      });
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({ type: 'urn:vestibule:problem:clock-untrusted', status: 503 });
    });

    it('goes on answering what only reads', async () => {
      expect((await bank.as('shop').get(`/v1/leads/${leadId}`)).body).toMatchObject({ leadId });
      expect((await bank.as('shop').get('/v1/allowance')).body).toMatchObject({ balance: 49 });
      expect((await bank.as('ana').get('/v1/owners/owner-shop')).status).toBe(200);
      expect((await bank.as('ana').get('/v1/partners')).status).toBe(200);
      expect((await bank.as('ana').get('/v1/funnels?groupBy=partner')).status).toBe(200);
    });

    it('is reported: in the log, by the metrics, and by not being ready', async () => {
      expect(bank.output()).toMatch(/"kind":"ahead".*the clock has jumped/);
      expect(bank.output()).toMatch(/the clock is not trusted: commands wait for an operator/);
      expect(await metric('vestibule_clock_trusted')).toBe('vestibule_clock_trusted 0');
      expect(await metric('vestibule_clock_jumps_total')).toBe('vestibule_clock_jumps_total{direction="ahead"} 1');
      expect((await fetch(`${bank.url}/health/ready`)).status).toBe(503);
      expect((await fetch(`${bank.url}/health/live`)).status).toBe(200);
    });

    it('is vouched for by an operator and by nobody else', async () => {
      for (const other of ['shop', 'ana']) {
        await expect(bank.as(other).post('/v1/clock/trust', { reason: 'clock-set-right' })).rejects.toMatchObject({ status: 403 });
      }
      const before = Date.now();
      expect((await bank.as('op').post('/v1/clock/trust', { reason: 'long-standstill' })).body).toEqual({ clock: 'trusted' });
      expect(await metric('vestibule_clock_trusted')).toBe('vestibule_clock_trusted 1');
      for (let tries = 0; !(await fetch(`${bank.url}/health/ready`)).ok && tries < 100; tries++) await sleep(50);
      await open(bank.as('shop'), 2);
      await bank.kill('SIGTERM');
      const events = await log();
      const word = events.filter(({ type }) => type === 'ClockJumped' || type === 'ClockTrusted').slice(-2);
      expect(word).toMatchObject([{ data: { direction: 'ahead' } }, { data: { by: 'op', reason: 'long-standstill' } }]);
      // Nothing was decided before that.
      expect(Date.parse(events.find(({ id }) => id === word[0]?.id)?.recordedAt ?? '')).toBeGreaterThanOrEqual(before);
      await assertBound(events);
    }, 60_000);
  });

  describe('because the log ends after it', () => {
    let future: string;
    beforeAll(async () => {
      future = new Date(Date.now() + HOUR).toISOString();
      const store = await EmbeddedEventStore.open(directory.dataDir);
      const gate = await store.readStream('gate');
      const cause = { correlationId: 'c', causationId: 'c', actor: 'test' };
      const data = { by: 'op', reason: 'clock-set-right', at: future };
      await store.append('gate', gate.length - 1, [
        { id: randomUUID(), type: 'ClockTrusted', schemaVersion: 1, recordedAt: future, cause, data },
      ]);
      await store.close();
      bank = await startBank(directory);
    }, 60_000);

    it('stands still, so that nothing is decided at an earlier time than something before it', async () => {
      const partner = bank.as('shop');
      await open(partner, 3);
      expect(await metric('vestibule_clock_trusted')).toBe('vestibule_clock_trusted 1');
      await bank.kill('SIGTERM');
      const events = await log();
      const admitted = events.findLast(({ type }) => type === 'LeadAdmitted');
      expect(admitted?.recordedAt).toBe(future);
      await assertBound(events);
    }, 60_000);

    it('is reported and on record', async () => {
      expect(bank.output()).toMatch(/"kind":"back".*the clock has jumped/);
      const jump = (await log()).findLast(({ type }) => type === 'ClockJumped');
      expect(jump).toMatchObject({ data: { direction: 'back' } });
      expect((jump?.data as { milliseconds: number }).milliseconds).toBeGreaterThan(HOUR - 60_000);
    });
  });
});

function pick(n: number): object {
  const { country, scheme, value } = person(n);
  return { country, scheme, value };
}

/** The header that a client sends. */
async function tokenOf(client: ApiClient): Promise<string> {
  const { accessToken } = client as unknown as { accessToken(): Promise<string> };
  return `Bearer ${await accessToken.call(client)}`;
}
