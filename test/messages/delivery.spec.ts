import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { KEY_VAULT, type KeyVault } from '../../src/modules/persons/key-vault.js';
import { person } from '../end-to-end/persons.js';
import { feedRegister, registerLine, runningBank, type RunningBank } from '../end-to-end/running-bank.js';
import { type MailServer, mailServer, type Manners, reply } from './mail-server.js';

/** Customers on file at `on.file@example.org`; applicants at the address that their partner gives. */
const CUSTOMERS = 12;

let server: MailServer;
let bank: RunningBank;
let partner: ApiClient;

const mailOf = (port: number): Record<string, string> => ({
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  MAIL_FROM: 'post@bank.example',
  BANK_NAME: 'A bank',
});

async function startBank(manners: Manners = {}): Promise<void> {
  server = await mailServer(manners);
  bank = await runningBank(mailOf(server.port));
  const rows = Array.from({ length: CUSTOMERS }, (_, n) => registerLine(person(n), `C${n}`));
  await feedRegister(bank, rows);
  const figures = { leadsPerDay: 100, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
  partner = await bank.partner({ figures, terms: { initial: 30, settleAfter: 'PT0.1S', followUpWithin: 'PT30S', confirmWithin: 'PT30S' } });
}

afterEach(async () => {
  await bank.stop();
  await server.stop();
});

async function open(n: number): Promise<string> {
  const { country, scheme, value } = person(n);
  const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', lead)).body;
  await partner.post('/v1/membership-checks', { leadId, person: person(n) });
  return leadId;
}

/** Asked for by somebody: the n-th customer is told. */
const customerIsTold = open;

async function applicantIsAsked(n: number, contact: object): Promise<string> {
  const leadId = await open(n);
  await partner.post('/v1/customers', { leadId, person: person(n), contact });
  return leadId;
}

async function logged(type: string): Promise<readonly Record<string, unknown>[]> {
  return (await bank.log()).filter((event) => event.type === type).map(({ data }) => data as Record<string, unknown>);
}

async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(30);
  }
}

const untilLogged = (type: string, count = 1): Promise<readonly Record<string, unknown>[]> =>
  until(async () => {
    const found = await logged(type);
    return found.length >= count ? found : undefined;
  });

const metrics = async (): Promise<string> => (await bank.operator.request('/metrics')).text();

describe('a message to somebody', () => {
  it('is delivered once, to the address of theirs, and is on record as delivered', async () => {
    await startBank();
    await customerIsTold(0);
    const leadId = await applicantIsAsked(100, { email: 'me@example.org' });
    const mails = await server.until(2);
    await untilLogged('MessageDelivered', 2);
    await bank.settled();
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(['me@example.org', 'on.file@example.org']);
    expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(2);
    const toApplicant = mails.find(({ to }) => to[0] === 'me@example.org')!;
    expect(toApplicant.mail.from?.text).toBe('"A bank" <post@bank.example>');
    expect(toApplicant.mail.text).toMatch(/http:\/\/vestibule\.test\/denial\/[\w-]{48}\n/);
    expect(toApplicant.raw).not.toContain(leadId);
    const { items } = (await bank.messages.get<{ items: { status: string }[] }>('/v1/messages')).body;
    expect(items.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    expect(server.received).toHaveLength(2);
  });

  it('waits for a mail server that is down, and is counted as waiting meanwhile', async () => {
    await startBank();
    const { port } = server;
    await server.stop();
    await applicantIsAsked(100, { email: 'me@example.org' });
    await until(async () => (/vestibule_message_failures_total\{reason="connection"\} [1-9]/.test(await metrics()) ? true : undefined));
    expect(await metrics()).toMatch(/vestibule_message_oldest_seconds\{lane="applicants"\} [0-9.]*[1-9]/);
    expect(await logged('MessageUndeliverable')).toEqual([]);
    server = await mailServer({}, port);
    await server.until(1);
    await untilLogged('MessageDelivered');
    await bank.settled();
    expect(await metrics()).toMatch(/vestibule_message_oldest_seconds\{lane="applicants"\} 0\n/);
    expect(await metrics()).toContain('vestibule_messages_delivered_total{kind="prove-your-identity"} 1');
  });

  it('is tried again where its server puts it off, and then goes through', async () => {
    let tries = 0;
    await startBank({ onMail: () => ((tries += 1) < 3 ? Promise.reject(reply(451)) : undefined) });
    await applicantIsAsked(100, { email: 'me@example.org' });
    await server.until(1);
    await untilLogged('MessageDelivered');
    expect(tries).toBe(3);
    expect(await metrics()).toContain('vestibule_message_failures_total{reason="put-off"} 2');
  });

  it('is given up where its server refuses it for good, and stays for the bank to read', async () => {
    await startBank({ onRcptTo: (_to, _session, answer) => answer(reply(550)) });
    await applicantIsAsked(100, { email: 'me@example.org' });
    expect(await untilLogged('MessageUndeliverable')).toMatchObject([{ kind: 'prove-your-identity', reason: 'refused' }]);
    await bank.settled();
    const { items } = (await bank.messages.get<{ items: object[] }>('/v1/messages')).body;
    expect(items).toMatchObject([{ status: 'given-up', content: { to: { email: 'me@example.org' } } }]);
    expect(await metrics()).toContain('vestibule_messages_given_up_total{reason="refused"} 1');
  });

  it('is given up where no messenger reaches them', async () => {
    await startBank();
    await applicantIsAsked(100, { phone: '+420601123456' });
    expect(await untilLogged('MessageUndeliverable')).toMatchObject([{ reason: 'no-contact' }]);
    expect(server.connections()).toBe(0);
  });

  it('is given up where they have been erased meanwhile', async () => {
    await startBank();
    const { port } = server;
    await server.stop();
    await applicantIsAsked(100, { email: 'me@example.org' });
    const [queued] = await untilLogged('MessageQueued');
    await bank.app.get<KeyVault>(KEY_VAULT).destroy(String(queued?.['subject']));
    server = await mailServer({}, port);
    expect(await untilLogged('MessageUndeliverable')).toMatchObject([{ reason: 'erased' }]);
    expect(server.received).toEqual([]);
  });
});

describe('a mail server that hangs', () => {
  it('over the bank’s own customers does not hold up who was written to at a contact of a partner’s (I6)', async () => {
    await startBank({ onRcptTo: ({ address }, _session, answer) => (address === 'on.file@example.org' ? undefined : answer()) });
    for (let n = 0; n < CUSTOMERS; n++) await customerIsTold(n);
    await until(async () => (server.connections() >= 8 ? true : undefined));
    await applicantIsAsked(100, { email: 'me@example.org' });
    const [mail] = await server.until(1);
    expect(mail?.to).toEqual(['me@example.org']);
    await untilLogged('MessageDelivered');
    expect(await logged('MessageDelivered')).toHaveLength(1);
  });

  it('holds up no other process, and no stop for long', async () => {
    await startBank({ onRcptTo: () => {} });
    await applicantIsAsked(100, { email: 'me@example.org' });
    await until(async () => (server.connections() > 0 ? true : undefined));
    const leadId = await open(101);
    await partner.post(`/v1/leads/${leadId}/withdrawal`, { reason: 'other' });
    await untilLogged('LeadResolved');
    const begun = performance.now();
    await bank.app.close();
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});

describe('what is nobody else’s business', () => {
  it('is in no line of the log and no metric: neither address nor text nor what a server quotes of them (I11)', async () => {
    await startBank({
      onMail: ({ to, mail }) => Promise.reject(reply(451, `${to.join()}: ${mail.text ?? ''}`)),
    });
    await customerIsTold(0);
    await applicantIsAsked(100, { email: 'Jana.Tajna@example.org' });
    await until(async () => (/reason="put-off"\} ([2-9]|\d\d)/.test(await metrics()) ? true : undefined));
    const said = `${bank.lines.join('')}${await metrics()}`.toLowerCase();
    expect(said).toContain('deliveryfailed');
    for (const secret of ['tajna', 'on.file', 'example.org', '/denial/', 'told us']) expect(said).not.toContain(secret);
    const log = JSON.stringify(await bank.log()).toLowerCase();
    for (const secret of ['tajna', 'on.file', '/denial/', 'told us']) expect(log).not.toContain(secret);
  });
});

describe('read models that are built anew', () => {
  it('send nothing that was sent (I10)', async () => {
    await startBank();
    await customerIsTold(0);
    await applicantIsAsked(100, { email: 'me@example.org' });
    await untilLogged('MessageDelivered', 2);
    const { dataDir } = bank;
    await bank.app.close();
    for (const file of ['read-models.db', 'read-models.db-wal', 'read-models.db-shm']) rmSync(join(dataDir, file), { force: true });
    expect(existsSync(join(dataDir, 'log.db'))).toBe(true);
    bank = await runningBank(mailOf(server.port), dataDir);
    await bank.settled();
    const { items } = (await bank.messages.get<{ items: { status: string }[] }>('/v1/messages')).body;
    expect(items.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    expect(server.received).toHaveLength(2);
  });

  it('do not send what was queued for the bank’s own system before there was a mail server', async () => {
    server = await mailServer();
    bank = await runningBank();
    partner = await bank.partner();
    await applicantIsAsked(100, { email: 'me@example.org' });
    await bank.settled();
    const { dataDir } = bank;
    await bank.app.close();
    bank = await runningBank(mailOf(server.port), dataDir);
    partner = await bank.partner({ partnerId: 'later', ownerId: 'later' });
    await applicantIsAsked(101, { email: 'later@example.org' });
    await untilLogged('MessageDelivered');
    await bank.settled();
    expect(server.received.map(({ to }) => to[0])).toEqual(['later@example.org']);
    const { items } = (await bank.messages.get<{ items: { status: string }[] }>('/v1/messages')).body;
    expect(items.map(({ status }) => status)).toEqual(['for-the-bank', 'delivered']);
  });
});
