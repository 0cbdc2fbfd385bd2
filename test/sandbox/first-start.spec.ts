import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { CLIENTS, OWNERS } from '../../src/sandbox/cast.js';
import { CLIENT_KEYS, readClientKeyFile } from '../../src/sandbox/client-key-file.js';
import { syntheticPerson, SANDBOX_SEED } from '../../src/sandbox/register.js';
import { FakeEventStoreDb } from '../event-sourcing/fake-eventstoredb.js';
import { CUSTOMERS, newDirectory, type RunningSandbox, startSandbox, stopAll } from './running-sandbox.js';

afterAll(stopAll);

describe('the first start of a sandbox', () => {
  const dataDir = newDirectory();
  let sandbox: RunningSandbox;
  const printed: string[] = [];

  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation((text: string) => void printed.push(text));
    sandbox = await startSandbox(dataDir);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await sandbox.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('takes in the whole register', async () => {
    const { body } = await sandbox.as('bank-feed').get('/v1/registry/imports/sandbox');
    expect(body).toMatchObject({ line: CUSTOMERS, accepted: CUSTOMERS, rejected: 0, finished: true });
  });

  it('gives every client a key file that only its owner can read', () => {
    const files = readdirSync(join(dataDir, CLIENT_KEYS)).sort();
    expect(files).toEqual(CLIENTS.map(({ clientId }) => `${clientId}.json`).sort());
    for (const file of files) expect(statSync(join(dataDir, CLIENT_KEYS, file)).mode & 0o077).toBe(0);
  });

  it('has clients of every role of the bank, and two analysts', () => {
    const roles = CLIENTS.map(({ role }) => role).sort();
    expect(roles).toEqual([
      'analyst',
      'analyst',
      'auditor',
      'bank-canaries',
      'bank-feed',
      'bank-identity',
      'bank-messages',
      'bank-surveillance',
      'operator',
      ...Array.from({ length: 5 }, () => 'partner'),
    ]);
  });

  it('has canaries of the kinds that its people can be', async () => {
    const { body } = await sandbox.as('auditor').get<{ kinds: { kind: string; registered: number }[]; items: unknown[] }>('/v1/canaries');
    const registered = Object.fromEntries(body.kinds.map((each) => [each.kind, each.registered]));
    expect(registered).toEqual({ minor: 0, deceased: 2, invented: 0, staff: 2, locked: 1 });
    expect(body.items).toEqual([]);
  });

  it('lets an owner with agreed figures grow, and gives one of whom nothing is known its share of the pool', async () => {
    const { body: harbour } = await sandbox.as('harbour-loans').get<{ balance: number; terms: { ceiling: number } }>('/v1/allowance');
    const { body: quay } = await sandbox.as('quay-direct').get<{ balance: number; terms: { ceiling: number } }>('/v1/allowance');
    expect([harbour.balance, quay.balance]).toEqual([50, 50]);
    expect(harbour.terms.ceiling).toBeGreaterThan(quay.terms.ceiling);
  });

  it('answers a partner about somebody in the register and somebody who is not', async () => {
    const partner = sandbox.as('harbour-loans');
    const ask = async (index: number): Promise<string> => {
      const { identifiers, familyNames, birthDate } = syntheticPerson(SANDBOX_SEED, index);
      const { body: lead } = await partner.post<{ leadId: string }>('/v1/leads', {
        person: identifiers[0],
        purpose: 'onboarding',
        agent: 'agent-1',
      });
      const person = { ...identifiers[0], familyName: familyNames[0], birthDate };
      return (await partner.post<{ answer: string }>('/v1/membership-checks', { leadId: lead.leadId, person })).body.answer;
    };
    expect([await ask(0), await ask(CUSTOMERS - 1), await ask(CUSTOMERS)]).toEqual(['yes', 'yes', 'no']);
  });

  it('says loudly what it is and what to do next, and no secret', async () => {
    while (printed.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const text = printed.join('\n');
    for (const word of ['THIS IS A SANDBOX', 'http://sandbox.test/docs', join(dataDir, CLIENT_KEYS), 'npm run demo'])
      expect(text).toContain(word);
    for (const { clientId } of CLIENTS) expect(text).not.toContain(readClientKeyFile(dataDir, clientId).privateJwk.d);
  });

  it('leaves a mark by which production refuses the directory, naming it', () => {
    const start = (): unknown =>
      readConfig({ NODE_ENV: 'production', DATA_DIR: dataDir, PUBLIC_URL: 'https://bank.example', AUDIENCE: 'urn:bank' });
    expect(start).toThrow('DATA_DIR holds a sandbox');
  });
});

describe('a later start of a sandbox', () => {
  const dataDir = newDirectory();

  beforeEach(() => void jest.spyOn(console, 'error').mockImplementation(() => undefined));
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const keys = (): readonly unknown[] => CLIENTS.map(({ clientId }) => readClientKeyFile(dataDir, clientId).privateJwk);

  it('adds nothing', async () => {
    const first = await startSandbox(dataDir);
    const made = await first.log();
    const keysMade = keys();
    await first.stop();
    const second = await startSandbox(dataDir);
    expect(await second.log()).toEqual(made);
    expect(keys()).toEqual(keysMade);
    await second.stop();
  });

  it('leaves alone what an analyst has changed', async () => {
    const before = await startSandbox(dataDir);
    const analyst = before.as('analyst-1');
    const [{ partner }] = OWNERS as [(typeof OWNERS)[0]];
    await analyst.post('/v1/clients/operator/disablement', { reason: 'not-needed' });
    await analyst.post(`/v1/partners/${partner.id}/agents/${partner.agents[0]}/retirement`, {});
    await analyst.post(`/v1/partners/${partner.id}/agreements`, { version: '2', documentSha256: 'b'.repeat(64) });
    const changed = await before.log();
    await before.stop();
    const after = await startSandbox(dataDir);
    expect(await after.log()).toEqual(changed);
    await after.stop();
  });

  it('tells the key files where the service is now', async () => {
    await (await startSandbox(dataDir, { PUBLIC_URL: 'http://moved.test' })).stop();
    expect(readClientKeyFile(dataDir, 'auditor')).toMatchObject({ api: 'http://moved.test', issuer: 'http://moved.test/oauth' });
  });
});

describe('a log that no sandbox made', () => {
  it('is refused, and nothing is added to it', async () => {
    const dataDir = newDirectory();
    await (await startSandbox(dataDir, { SANDBOX: 'false' })).stop();
    await expect(startSandbox(dataDir)).rejects.toThrow('DATA_DIR holds a log that no sandbox made');
    expect(existsSync(join(dataDir, 'SANDBOX'))).toBe(false);
    const bank = await startSandbox(dataDir, { SANDBOX: 'false' });
    expect(await bank.log()).toEqual([]);
    await bank.stop();
    rmSync(dataDir, { recursive: true });
  });
});

describe('the first start of a sandbox on EventStoreDB', () => {
  const dataDir = newDirectory();
  let server: FakeEventStoreDb;
  beforeEach(async () => {
    server = await FakeEventStoreDb.start();
  });
  afterEach(() => {
    server.stop();
    rmSync(dataDir, { recursive: true });
  });
  const isFilled = async (customers: number): Promise<void> => {
    const sandbox = await startSandbox(dataDir, { EVENTSTOREDB_URL: server.url, SANDBOX_CUSTOMERS: String(customers) });
    const { body } = await sandbox.as('bank-feed').get('/v1/registry/imports/sandbox');
    expect(body).toMatchObject({ line: customers, accepted: customers, finished: true });
    await sandbox.stop();
  };

  it('finds the log fresh although its keys are named there, and takes in the register', () => isFilled(20), 120_000);

  it('waits for a server that has no leader for a while, with the clients and in the middle of the register', async () => {
    const refused = { 'client-': 0, 'data-keys-': 0, 'register-': 0 };
    server.onAppend = (stream) => {
      const kind = (Object.keys(refused) as (keyof typeof refused)[]).find((each) => stream.startsWith(each));
      return kind !== undefined && refused[kind]++ < 3 ? 'no leader' : 'answer';
    };
    await isFilled(20);
    expect(Math.min(...Object.values(refused))).toBeGreaterThan(3);
  }, 120_000);
});
