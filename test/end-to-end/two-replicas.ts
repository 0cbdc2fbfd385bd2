import { randomUUID } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { type ApiClient, ApiProblem } from '../../src/cli/oauth-client.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { type MailServer, mailServer, type ReceivedMail } from '../messages/mail-server.js';
import { type BankProcess, registerPartner } from './bank-process.js';
import { person } from './persons.js';
import { isOnDuty, LEASE, ReplicatedBank } from './replicated-bank.js';

/** Persons 0 to 49 are customers; each has this secret, and the address `onFile`. */
export const CUSTOMERS = 50;
export const SECRET = { kind: 'account-last-six', value: '20-40-60' } as const;
export const onFile = (n: number): string => `on.file.${n}@example.org`;

export interface Opened {
  readonly leadId: string;
  readonly carriedAnswer: 'yes' | 'no' | null;
}

/** Two processes of the built service on one log, with one mail server. Whoever is `a` and who `b` stays so over their restarts. */
export class TwoReplicas {
  private doors!: [BankProcess, BankProcess];
  /** Called with each mail before the server takes it over. */
  onMail: (mail: ReceivedMail) => Promise<void> | void = () => {};

  private constructor(
    readonly bank: ReplicatedBank,
    readonly mail: MailServer,
  ) {}

  /** @param server of an empty EventStoreDB; a stand-in in this process unless given */
  static async start(server: string | undefined): Promise<TwoReplicas> {
    const bank = await ReplicatedBank.make(server);
    const mail = await mailServer({ onMail: (received) => replicas.onMail(received) });
    const replicas = new TwoReplicas(bank, mail);
    await replicas.startAnew();
    await replicas.feed();
    return replicas;
  }

  get a(): BankProcess {
    return this.doors[0];
  }

  get b(): BankProcess {
    return this.doors[1];
  }

  get both(): readonly [BankProcess, BankProcess] {
    return this.doors;
  }

  /** The one that has the duty of the processes, by its own word. */
  get onDuty(): BankProcess | undefined {
    return this.doors.find((each) => each.child.exitCode === null && isOnDuty(each));
  }

  other(than: BankProcess): BankProcess {
    return than === this.a ? this.b : this.a;
  }

  /** Waits until one has it. */
  async duty(): Promise<BankProcess> {
    await this.until(() => this.onDuty !== undefined, 20_000);
    return this.onDuty as BankProcess;
  }

  /** Starts one again that has ended. */
  async again(ended: BankProcess): Promise<BankProcess> {
    const which = ended === this.a ? 0 : 1;
    return (this.doors[which] = await this.bank.start(which, this.mailing));
  }

  /** A test that failed half way is not to be the next one's trouble. */
  async revive(): Promise<void> {
    this.onMail = () => {};
    for (const each of this.doors) {
      each.child.kill('SIGCONT');
      if (each.child.exitCode !== null || each.child.signalCode !== null) await this.again(each);
    }
  }

  /** Starts both, which are not running. */
  async startAnew(env: Record<string, string> = {}): Promise<void> {
    const variables = { ...this.mailing, ...env };
    this.doors = await Promise.all([this.bank.start(0, variables), this.bank.start(1, variables)]);
  }

  partner(id: string, terms: object): Promise<ApiClient> {
    return registerPartner(this.a, this.bank.directories[0], id, terms);
  }

  async facts<Data = Record<string, unknown>>(type: string, of: Partial<Data> = {}): Promise<readonly Data[]> {
    const found = (await this.bank.log()).filter((event: RecordedEvent) => event.type === type).map(({ data }) => data as Data);
    return found.filter((data) => Object.entries(of).every(([member, value]) => data[member as keyof Data] === value));
  }

  /** The text of the last mail to this address, as soon as there is one; so many unless one. */
  async mailTo(address: string, count = 1): Promise<string> {
    const found = (): readonly ReceivedMail[] => this.mail.received.filter(({ to }) => to.includes(address));
    await this.until(() => found().length >= count, 30_000);
    return found().at(-1)?.mail.text ?? '';
  }

  async until(isSo: () => boolean | Promise<boolean>, milliseconds: number): Promise<number> {
    const began = performance.now();
    while (!(await isSo())) {
      if (performance.now() - began > milliseconds) throw new Error(`not within ${milliseconds} ms`);
      await later(20);
    }
    return performance.now() - began;
  }

  /** Longer than a replica waits for the duty of one that is gone. */
  async untilOnDuty(bank: BankProcess): Promise<void> {
    await this.until(() => isOnDuty(bank), (LEASE + 15) * 1_000);
  }

  async stop(): Promise<void> {
    await this.bank.stop();
    await this.mail.stop();
  }

  private get mailing(): Record<string, string> {
    return { SMTP_URL: `smtp://127.0.0.1:${this.mail.port}`, MAIL_FROM: 'post@bank.example' };
  }

  /** The register, at the one. */
  private async feed(): Promise<void> {
    const rows = Array.from({ length: CUSTOMERS }, (_, n) => {
      const { familyName, birthDate, ...identifier } = person(n);
      const about = { familyNames: [familyName], birthDate, contact: { email: onFile(n) }, secrets: [SECRET] };
      return `${JSON.stringify({ customerNumber: `C${n}`, identifiers: [identifier], ...about })}\n`;
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: rows.join('') };
    await (await this.a.as('feed').request('/v1/registry/imports?importId=feed-1&onError=stop', init)).text();
  }
}

interface Opening {
  readonly key?: string;
  readonly agent?: string;
}

export function open(partner: ApiClient, n: number, { key = randomUUID(), agent = 'agent-1' }: Opening = {}): Promise<Opened> {
  const { country, scheme, value } = person(n);
  const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent };
  return inTheEnd(async () => (await partner.post<Opened>('/v1/leads', lead, key)).body);
}

export function check(partner: ApiClient, { leadId }: Pick<Opened, 'leadId'>, n: number, more: object = {}): Promise<string> {
  const [question, key] = [{ leadId, person: person(n), ...more }, randomUUID()];
  return inTheEnd(async () => (await partner.post<{ answer: string }>('/v1/membership-checks', question, key)).body.answer);
}

/** As a client does that was told 503: nothing is known, so the same, under the same key, once more. A machine that does other things too is slow at times. */
export async function inTheEnd<Said>(command: () => Promise<Said>): Promise<Said> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 503 || attempt === 5) throw error;
    }
  }
}

/** What a command was told: the code of its problem, or `ok`. */
export function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'ok',
    (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
  );
}
