import { rmSync } from 'node:fs';
import { syntheticPerson, SANDBOX_SEED } from '../../src/sandbox/register.js';
import { raw } from '../http/test-app.js';
import { runningBank } from '../end-to-end/running-bank.js';
import { newDirectory, type RunningSandbox, startSandbox, stopAll } from './running-sandbox.js';

afterAll(stopAll);

describe('the outbox of a sandbox', () => {
  const dataDir = newDirectory();
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    jest.spyOn(console, 'error').mockImplementation(() => {});
    sandbox = await startSandbox(dataDir);
  }, 60_000);
  afterAll(async () => {
    jest.restoreAllMocks();
    await sandbox.stop();
    rmSync(dataDir, { recursive: true });
  });

  const look = async (): Promise<string> => (await fetch(`${sandbox.url}/outbox`)).text();

  it('says that nobody has been written to, as long as that is so', async () => {
    expect(await look()).toContain('Nobody has been written to yet');
  });

  it('shows what a customer gets, with the links to press, on a page without scripts', async () => {
    const partner = sandbox.as('harbour-loans');
    const { identifiers, familyNames, birthDate } = syntheticPerson(SANDBOX_SEED, 0);
    const { body } = await partner.post<{ leadId: string }>('/v1/leads', {
      person: identifiers[0],
      purpose: 'onboarding',
      agent: 'agent-1',
    });
    const person = { ...identifiers[0], familyName: familyNames[0], birthDate };
    await partner.post('/v1/membership-checks', { leadId: body.leadId, person });
    let html = await look();
    while (html.includes('Nobody has been written to yet')) html = await look();
    expect(html).toContain('<h2>Harbour Loans asked whether you are our customer</h2>');
    const [, link = ''] = /<a href="http:\/\/sandbox\.test(\/denial\/[\w-]{48})">/.exec(html) ?? [];
    expect(html).not.toContain('<script');
    expect(await (await fetch(sandbox.url + link)).text()).toContain('Are you in touch with Harbour Loans?');
  });

  it('is there for whoever sits at the machine, not for other sites that their browser is at', async () => {
    const seen = async (host: string): Promise<number> => (await raw(sandbox.url, { path: '/outbox', headers: { host } })).status;
    for (const host of ['127.0.0.1', 'localhost:3000', '[::1]:3000', 'sandbox.test']) expect([host, await seen(host)]).toEqual([host, 200]);
    for (const host of ['evil.example', 'evil.example:3000', '127.0.0.1.evil.example']) {
      expect([host, await seen(host)]).toEqual([host, 404]);
    }
  });
});

it('a bank that is no sandbox has no such page', async () => {
  const bank = await runningBank();
  expect((await fetch(`${bank.url}/outbox`)).status).toBe(404);
  await bank.stop();
});
