import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ApiProblem, type ApiClient } from '../../src/cli/oauth-client.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { assertBound } from '../support/bound.js';
import { bankDirectory, registerPartner, startBank, type BankDirectory, type BankProcess } from './bank-process.js';
import { person } from './persons.js';

/** Events between the backup and the restore are lost, admissions and answers included. */
describe('a bank that is restored from a backup', () => {
  let directory: BankDirectory;
  let restored: BankDirectory;
  let bank: BankProcess | undefined;
  const place = (name: string): string => join(dirname(directory.dataDir), name);
  const run = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('dist/cli', command), ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
    return stdout;
  };
  const open = async (partner: ApiClient, n: number): Promise<string> => {
    const { country, scheme, value } = person(n);
    const body = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    return (await partner.post<{ leadId: string }>('/v1/leads', body)).body.leadId;
  };
  const refusal = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'accepted',
      (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
    );
  const balance = async (partner: ApiClient): Promise<number> => (await partner.get<{ balance: number }>('/v1/allowance')).body.balance;
  const running = (): BankProcess => bank as BankProcess;
  const log = async (dataDir: string): Promise<readonly RecordedEvent[]> => {
    const store = await EmbeddedEventStore.open(dataDir);
    try {
      return (await store.readAll({ limit: 100_000 })).events;
    } finally {
      await store.close();
    }
  };

  beforeAll(async () => {
    directory = await bankDirectory();
    bank = await startBank(directory);
  });
  afterAll(async () => {
    await bank?.kill();
    rmSync(dirname(directory.dataDir), { recursive: true, force: true });
  });

  it('was backed up while it ran, and went on', async () => {
    const partner = await registerPartner(running(), directory, 'shop');
    await running().as('ana').post('/v1/owners/owner-shop/grants', { units: 10, reason: 'other' });
    for (const n of [1, 2, 3]) await open(partner, n);
    expect(run('backup.js', place('backup'), '--data', directory.dataDir)).toMatch(/events, \d+ bytes/);
    for (const n of [4, 5, 6]) await open(partner, n);
    expect(await balance(partner)).toBe(54);
  }, 60_000);

  it('a clean stop had left the whole log in its file, and no file of a write-ahead log', async () => {
    await running().kill('SIGTERM');
    expect(readdirSync(directory.dataDir).filter((name) => /-(wal|shm|journal)$/.test(name))).toEqual([]);
  }, 30_000);

  it('starts with every balance at zero, and the gate halted', async () => {
    restored = { dataDir: place('restored'), keys: directory.keys };
    mkdirSync(restored.dataDir);
    cpSync(join(directory.dataDir, 'keys'), join(restored.dataDir, 'keys'), { recursive: true });
    run('restore.js', place('backup'), '--data', restored.dataDir);
    bank = await startBank(restored);
    const partner = bank.as('shop');
    expect(await refusal(open(partner, 7))).toBe('ALLOWANCE_SPENT');
    const leadId = await open(partner, 1);
    expect(await refusal(partner.post('/v1/membership-checks', { leadId, person: person(1) }))).toBe('GATE_HALTED');
    // Once the forfeiture has come to the read model.
    for (let tries = 0; (await balance(partner)) !== 0 && tries < 100; tries++) await new Promise((wait) => setTimeout(wait, 50));
    expect(await balance(partner)).toBe(0);
  }, 60_000);

  it('says so once, also when it is killed and started again', async () => {
    await running().kill();
    bank = await startBank(restored);
    await running().kill('SIGTERM');
    const facts = (await log(restored.dataDir)).map(({ type, data }) => [type, (data as { restores?: number }).restores]);
    expect(facts.filter(([type]) => type === 'LogRestored')).toEqual([['LogRestored', 1]]);
    expect(facts.filter(([type]) => type === 'AllowanceForfeited')).toEqual([['AllowanceForfeited', 1]]);
    expect(readdirSync(restored.dataDir)).not.toContain('restored.json');
  }, 60_000);

  it('goes on as far as a human grants, when a human reopens the gate', async () => {
    bank = await startBank(restored);
    const analyst = bank.as('ana');
    await analyst.post('/v1/owners/owner-shop/grants', { units: 2, reason: 'log-restored', note: 'six were opened, as the partner shows' });
    await analyst.post('/v1/gate/reopening', { reason: 'looked-into', note: 'nobody was suspended meanwhile' });
    const partner = bank.as('shop');
    const leadId = await open(partner, 8);
    expect((await partner.post('/v1/membership-checks', { leadId, person: person(8) })).body).toMatchObject({ answer: 'no' });
    await open(partner, 9);
    expect(await refusal(open(partner, 10))).toBe('ALLOWANCE_SPENT');
  }, 60_000);

  it('keeps the bound on every prefix of what its log became (R1)', async () => {
    await running().kill('SIGTERM');
    await assertBound(await log(restored.dataDir));
  });
});
