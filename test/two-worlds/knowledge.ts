import { AGENTS, ANOTHER_SECRET, contactFrom, PARTNERS, type PartnerName, personOf, PURPOSE, secretOf } from './cast.js';
import type { Ask, Flaw } from './script.js';
import type { Request, Response } from './service.js';

/** An id of the right shape that nothing has. */
const NOTHING = '00000000-1111-4222-8333-444444444444';

const PARTNER_NAMES = Object.keys(PARTNERS) as PartnerName[];

/** What the partners know of their leads and customers, and nothing but what they were answered; and so what they send. */
export class Knowledge {
  private readonly leads = new Map<string, string>();
  private readonly customers = new Map<string, string>();
  private readonly sent = new Map<string, Request>();

  /** @param namesOthers whether who names a lead of others' names one that there is */
  constructor(private readonly namesOthers: boolean) {}

  /** The id under which a partner knows a customer that it created. */
  customerOf(partner: PartnerName, person: number): string | undefined {
    return this.customers.get(place(partner, person));
  }

  leadOf(partner: PartnerName, person: number): string | undefined {
    return this.leads.get(place(partner, person));
  }

  /** The request as it goes out. @param code that the applicant was sent last, if the partner has it from them */
  request(ask: Ask, token: string, code: string | undefined): Request {
    const { again } = ask;
    const before = again && this.sent.get(again.of);
    const request =
      before === undefined ? this.fresh(ask, token, code) : { ...(again?.changed === true ? changed(before) : before), token };
    if (before === undefined && request.method === 'POST') this.sent.set(ask.id, request);
    return request;
  }

  learn({ partner, person, verb }: Ask, { status, body }: Response): void {
    if (status >= 300) return;
    const { leadId, customerId } = JSON.parse(body) as { leadId?: string; customerId?: string };
    if (verb === 'open' && leadId !== undefined) this.leads.set(place(partner, person), leadId);
    if (verb === 'create' && customerId !== undefined) this.customers.set(place(partner, person), customerId);
  }

  private fresh(ask: Ask, token: string, code: string | undefined): Request {
    const correlation: Readonly<Record<string, string>> = ask.anonymous ? {} : { 'x-correlation-id': correlationIdOf(ask.id) };
    const headers = { ...(ask.flaw !== 'no-key' && { 'idempotency-key': ask.id }), ...correlation };
    const sender = { token: ask.flaw === 'wrong-token' ? 'forged.to.ken' : token };
    const lead = this.leadMeant(ask);
    const post = (path: string, body: object): Request => ({
      ...sender,
      method: 'POST',
      path,
      headers,
      body: ask.flaw === 'unknown-member' ? { ...body, unknown: 1 } : body,
    });
    const get = (path: string): Request => ({ ...sender, method: 'GET', path, headers: correlation });
    const { country, scheme, value, familyName, birthDate } = personMeant(ask);
    const named = { country, scheme, value, familyName, birthDate };
    switch (ask.verb) {
      case 'open': {
        const agent = ask.flaw === 'unknown-agent' ? 'nobody' : AGENTS[ask.person % AGENTS.length];
        return post('/v1/leads', {
          person: { country, scheme, value },
          purpose: ask.flaw === 'unknown-purpose' ? 'curiosity' : PURPOSE,
          agent,
        });
      }
      case 'check':
        return post('/v1/membership-checks', { leadId: lead, person: named, ...broughtWith(ask, code) });
      case 'consent':
        return post(`/v1/leads/${lead}/consent`, { contact: { email: contactFrom(ask.partner, ask.person) } });
      case 'create':
        return post('/v1/customers', { leadId: lead, person: named, contact: { email: contactFrom(ask.partner, ask.person) } });
      case 'withdraw':
        return post(`/v1/leads/${lead}/withdrawal`, { reason: 'lost-interest' });
      case 'leads':
      case 'customers':
        return get(`/v1/${ask.verb}${ask.query ? `?${ask.query}` : ''}`);
      case 'lead':
        return get(`/v1/leads/${lead}`);
      case 'customer':
        return get(`/v1/customers/${this.customerMeant(ask)}`);
      case 'allowance':
      case 'usage':
        return get(`/v1/${ask.verb}`);
    }
  }

  private leadMeant({ partner, person, flaw }: Ask): string {
    const ids = this.meant(partner, flaw).map((each) => this.leadOf(each, person));
    return ids.find((id) => id !== undefined) ?? NOTHING;
  }

  private customerMeant({ partner, person, flaw }: Ask): string {
    const ids = this.meant(partner, flaw).map((each) => this.customerOf(each, person));
    return ids.find((id) => id !== undefined) ?? NOTHING;
  }

  /** Whose lead is named. */
  private meant(partner: PartnerName, flaw: Flaw | undefined): readonly PartnerName[] {
    const isSibling = (name: PartnerName): boolean => PARTNERS[name] === PARTNERS[partner];
    if (flaw !== 'no-such-lead' && flaw !== 'lead-of-another-owner' && flaw !== 'lead-of-the-sibling') return [partner];
    if (flaw === 'no-such-lead' || !this.namesOthers) return [];
    if (flaw === 'lead-of-another-owner') return PARTNER_NAMES.filter((name) => !isSibling(name));
    return PARTNER_NAMES.filter((name) => name !== partner && isSibling(name));
  }
}

function personMeant({ person, flaw }: Ask): ReturnType<typeof personOf> {
  const meant = personOf(flaw === 'another-person' ? person + 20 : person);
  if (flaw === 'another-name') return { ...meant, familyName: 'Nowakowska' };
  if (flaw === 'another-birth-date') return { ...meant, birthDate: '1980-01-02' };
  if (flaw === 'impossible-identifier') return { ...meant, value: '12345678901' };
  return meant;
}

/** What the modes demand: a partner that is asked for neither brings it all the same. */
function broughtWith({ person, flaw }: Ask, code: string | undefined): object {
  const secret = flaw === 'wrong-secret' ? ANOTHER_SECRET : secretOf(person);
  const proof = flaw === 'no-secret' ? {} : { proof: secret };
  const brought = flaw === 'wrong-code' ? '12345678' : code;
  return { ...proof, ...(flaw !== 'no-code' && brought !== undefined && { consent: { code: brought } }) };
}

function changed(request: Request): Request {
  return { ...request, body: { ...(request.body as object), purpose: 'changed', reason: 'other' } };
}

/** A UUID that follows from the request alone. */
function correlationIdOf(id: string): string {
  return `c0c0c0c0-0000-4000-8000-${Buffer.from(id.slice(-6)).toString('hex').padStart(12, '0')}`;
}

const place = (partner: PartnerName, person: number): string => `${partner} ${person}`;
