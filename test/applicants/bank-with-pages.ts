import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';
import { feedRegister, runningBank, type RunningBank } from '../end-to-end/running-bank.js';

export interface Links {
  readonly leadId: string;
  /** Paths, with their token. */
  readonly denial: string;
  readonly consent: string;
}

const FIGURES = { leadsPerDay: 200, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 };
export const onFile = (n: number): string => `on.file.${n}@example.org`;

/** A bank whose first fifty persons are customers, and the messages that it sends. */
export class BankWithPages {
  private constructor(
    readonly bank: RunningBank,
    private readonly partners: { readonly instant: ApiClient; readonly consent: ApiClient },
  ) {}

  static async start(env: Record<string, string> = {}): Promise<BankWithPages> {
    const bank = await runningBank({ BANK_NAME: 'Banka <b>Dobrá</b> & syn', ...env });
    const rows = Array.from({ length: 50 }, (_, n) => {
      const { familyName, birthDate, ...identifier } = person(n);
      const row = {
        customerNumber: `C${n}`,
        identifiers: [identifier],
        familyNames: [familyName],
        birthDate,
        contact: { email: onFile(n) },
      };
      return `${JSON.stringify(row)}\n`;
    });
    await feedRegister(bank, rows);
    await bank.settled();
    const partner = (mode: string): Promise<ApiClient> =>
      bank.partner({ partnerId: `${mode}-partner`, figures: FIGURES, terms: { mode, initial: 60 } });
    return new BankWithPages(bank, { instant: await partner('instant'), consent: await partner('consent') });
  }

  get url(): string {
    return this.bank.url;
  }

  /** The n-th person, a customer, is told that somebody asked for them. */
  async told(n: number): Promise<Links> {
    const leadId = await this.open('instant', n);
    await this.partners.instant.post('/v1/membership-checks', { leadId, person: person(n) });
    return this.linksTo(onFile(n), 'you-were-asked-for', leadId);
  }

  async askedToProve(n: number): Promise<Links> {
    const leadId = await this.open('instant', n);
    const email = `prove.${n}@example.org`;
    await this.partners.instant.post('/v1/customers', { leadId, person: person(n), contact: { email } });
    return this.linksTo(email, 'prove-your-identity', leadId);
  }

  /** The n-th person is asked for their consent, at an address that the bank does not have. */
  async askedForConsent(n: number, known?: string): Promise<Links & { readonly code: string }> {
    const leadId = known ?? (await this.open('consent', n));
    const email = `consent.${n}@example.org`;
    await this.partners.consent.post(`/v1/leads/${leadId}/consent`, { contact: { email } });
    const links = await this.linksTo(email, 'consent-code', leadId);
    return { ...links, code: /\b\d{8}\b/.exec(links.text)?.[0] ?? '' };
  }

  /** And who is a customer is warned. */
  warned(n: number, leadId: string): Promise<Links> {
    return this.linksTo(onFile(n), 'consent-warning', leadId);
  }

  async check(n: number, leadId: string, code: string): Promise<string> {
    const body = { leadId, person: person(n), consent: { code } };
    return (await this.partners.consent.post<{ answer: string }>('/v1/membership-checks', body)).body.answer;
  }

  async events(type: string, leadId: string): Promise<readonly Record<string, unknown>[]> {
    await this.bank.settled();
    const ofLead = (await this.bank.log()).filter((event) => event.type === type && (event.data as { leadId?: string }).leadId === leadId);
    return ofLead.map(({ data }) => data as Record<string, unknown>);
  }

  private async open(mode: 'instant' | 'consent', n: number): Promise<string> {
    const { country, scheme, value } = person(n);
    const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    return (await this.partners[mode].post<{ leadId: string }>('/v1/leads', lead)).body.leadId;
  }

  private async linksTo(email: string, kind: string, leadId: string): Promise<Links & { readonly text: string }> {
    const text = await this.textTo(email, kind, leadId);
    const path = (purpose: string): string => new RegExp(`/${purpose}/[\\w-]{48}(?=\\n)`).exec(text)?.[0] ?? '';
    return { leadId, text, denial: path('denial'), consent: path('consent') };
  }

  /** Some messages come at a time of their own; a test's time is the limit. */
  private async textTo(email: string, kind: string, leadId: string): Promise<string> {
    interface Listed {
      readonly kind: string;
      readonly disclosureId: string;
      readonly content: { readonly to: { readonly email?: string }; readonly text: string };
    }
    for (;;) {
      await this.bank.settled();
      const { items } = (await this.bank.messages.get<{ items: readonly Listed[] }>('/v1/messages?limit=1000')).body;
      const found = items.filter((each) => each.kind === kind && each.disclosureId === leadId && each.content.to.email === email).at(-1);
      if (found !== undefined) return found.content.text;
      await sleep(200);
    }
  }
}
