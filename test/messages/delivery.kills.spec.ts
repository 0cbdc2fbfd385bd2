import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { type BankDirectory, bankDirectory, type BankProcess, registerPartner, startBank } from '../end-to-end/bank-process.js';
import { person } from '../end-to-end/persons.js';
import { type MailServer, mailServer, type ReceivedMail } from './mail-server.js';

let directory: BankDirectory;
let server: MailServer;
let bank: BankProcess;
/** What the mail server does with a message before it says that it has taken it over. */
let onMail: (mail: ReceivedMail) => Promise<void> | void = () => {};

const start = async (): Promise<BankProcess> =>
  startBank(directory, { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'post@bank.example', BANK_NAME: 'A bank' });

beforeEach(async () => {
  onMail = () => {};
  server = await mailServer({ onMail: (mail) => onMail(mail) });
  directory = await bankDirectory();
  bank = await start();
}, 60_000);
afterEach(async () => {
  await bank.kill();
  await server.stop();
  rmSync(join(directory.dataDir, '..'), { recursive: true, force: true });
});

async function applicantIsAsked(partner: ApiClient, n: number): Promise<void> {
  const { country, scheme, value } = person(n);
  const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
  const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', lead)).body;
  await partner.post('/v1/customers', { leadId, person: person(n), contact: { email: `applicant-${n}@example.org` } });
}

describe('a service that is killed', () => {
  it('when a mail server has taken a message over and the log does not show it sends it again, under the same Message-ID', async () => {
    const partner = await registerPartner(bank, directory, 'acme');
    let killed = false;
    onMail = async () => {
      if (killed) return;
      killed = true;
      // The whole message is there; the server takes it over, and nobody is left to hear it say so.
      await bank.kill('SIGKILL');
    };
    await applicantIsAsked(partner, 1);
    await server.until(1);
    bank = await start();
    const [first, second] = await server.until(2);
    expect(first?.mail.messageId).toMatch(/^<[0-9a-f]{32}@vestibule\.test>$/);
    expect(second?.mail.messageId).toBe(first?.mail.messageId);
    expect(second?.mail.text).toBe(first?.mail.text);
    expect(second?.to).toEqual(['applicant-1@example.org']);
  }, 90_000);

  it('in the middle of many messages loses none, and what it has noted is not sent again', async () => {
    const many = 24;
    const partner = await registerPartner(bank, directory, 'acme');
    const kills = new Set([3, 9, 15]);
    let dying: Promise<void> | undefined;
    onMail = () => {
      if (!kills.delete(server.received.length + 1)) return;
      dying = bank.kill('SIGKILL');
    };
    for (let n = 1; n <= 2; n++) await applicantIsAsked(partner, n);
    let asked = 2;
    const isOver = (): boolean => asked === many && new Set(server.received.map(({ to }) => to[0])).size === many;
    while (!isOver()) {
      if (dying !== undefined) {
        await dying;
        dying = undefined;
        bank = await start();
      }
      const again = bank.as('acme');
      if (asked < many)
        await applicantIsAsked(again, asked + 1)
          .then(() => (asked += 1))
          // Killed after the create and before its reply, it has asked all the same.
          .catch(({ code }: { code?: string }) => void (asked += code === 'LEAD_CREATED' ? 1 : 0));
      else await new Promise((wait) => setTimeout(wait, 50));
    }
    const ids = new Map<string, Set<string>>();
    for (const { to, mail } of server.received) ids.set(to[0]!, (ids.get(to[0]!) ?? new Set()).add(String(mail.messageId)));
    expect(ids.size).toBe(many);
    expect([...ids.values()].map((of) => of.size)).toEqual(Array(many).fill(1));
    expect(kills.size).toBe(0);
    // Of each kill as many at most as were on their way at once.
    expect(server.received.length).toBeLessThanOrEqual(many + 3 * 8);
  }, 180_000);
});
