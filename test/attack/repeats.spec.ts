import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { IdempotencyIndex } from '../../src/event-sourcing/idempotency-index.js';
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
    await bank.analyst.post('/v1/partners/replayer/suspension', { reason: 'other' });
    for (const [path, body, key] of [
      ['/v1/leads', opening(2), 'k'],
      ['/v1/membership-checks', check, 'c'],
    ] as const) {
      await expect(partner.post(path, body, key)).rejects.toMatchObject({ code: 'PARTNER_SUSPENDED' });
    }
  });

  it('replays the answer of a check no longer than it can be read without the key', async () => {
    const partner = await bank.partner({ terms: { answerReadableFor: 'PT0.5S' } });
    const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', opening(3))).body;
    const check = (key?: string): Promise<{ body: object }> => partner.post('/v1/membership-checks', { leadId, person: person(3) }, key);
    expect((await check('read')).body).toEqual({ answer: 'no' });
    await bank.settled();
    expect((await check('read')).body).toEqual({ answer: 'no' });
    await partner.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'lost-interest' });
    await bank.settled();
    const refused = (): Promise<boolean> =>
      check().then(
        () => false,
        ({ code }: { code: string }) => code === 'ANSWER_EXPIRED',
      );
    while (!(await refused())) await sleep(20);
    await expect(check('read')).rejects.toMatchObject({ code: 'ANSWER_EXPIRED' });
  });

  it('grants once, however often and however fast it is repeated', async () => {
    await bank.partner({ ownerId: 'granted' });
    const grant = (): Promise<unknown> =>
      bank.analyst.post('/v1/owners/granted/grants', { units: 5, reason: 'other' }, 'grant').catch(() => undefined);
    await Promise.all([grant(), grant(), grant()]);
    for (let i = 0; i < 5; i++) await grant();
    expect((await bank.store.readStream('owner-granted')).filter(({ type }) => type === 'AllowanceGranted')).toHaveLength(1);
  });

  it('is not all that keeps a grant from being entered twice: its own id does, under other keys too', async () => {
    await bank.partner({ ownerId: 'ticketed' });
    const enter = (path: string, units: number, entryId: string): Promise<{ body: unknown }> =>
      bank.analyst.post(`/v1/owners/ticketed/${path}`, { entryId, units, reason: 'other' });
    await enter('grants', 5, 'ticket-1');
    expect((await enter('grants', 5, 'ticket-1')).body).toEqual({ position: null });
    await enter('grant-revocations', 2, 'ticket-2');
    expect((await enter('grant-revocations', 2, 'ticket-2')).body).toEqual({ position: null });
    await expect(enter('grants', 6, 'ticket-1')).rejects.toMatchObject({ status: 409, code: 'ALREADY_EXISTS' });
    const entered = (await bank.store.readStream('owner-ticketed')).filter(({ data }) => Object.hasOwn(data, 'entry'));
    expect(entered.map(({ type }) => type)).toEqual(['AllowanceGranted', 'AllowanceRevoked']);
  });

  it('of a grant that was made before a restart grants nothing while the read models are built anew after it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-attack-'));
    const before = await runningBank({}, dataDir);
    await before.partner({ ownerId: 'restored' });
    const own = await before.client('one-analyst', 'analyst');
    const grant = (analyst: ApiClient): Promise<unknown> =>
      analyst.post('/v1/owners/restored/grants', { units: 5, reason: 'other' }, 'before-the-restart');
    await grant(own);
    await before.app.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dataDir, `read-models.db${suffix}`), { force: true });
    // As on a log that takes a while: the index follows only later.
    const slow = jest.spyOn(IdempotencyIndex.prototype, 'find').mockReturnValueOnce(undefined);
    const after = await runningBank({}, dataDir);
    await after.client('one-analyst', 'analyst').then(grant);
    slow.mockRestore();
    expect((await after.store.readStream('owner-restored')).filter(({ type }) => type === 'AllowanceGranted')).toHaveLength(1);
    await after.stop();
  });
});
