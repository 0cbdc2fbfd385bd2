import type { ApiClient } from '../../src/cli/oauth-client.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

/** Everything that a partner receives, bodies and headers, as text. */
class Inbox {
  private readonly received: string[] = [];

  constructor(private readonly api: ApiClient) {}

  async get<Body>(path: string): Promise<Body> {
    return this.took(await this.api.request(path)) as Promise<Body>;
  }

  async post<Body>(path: string, body: object): Promise<Body> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `key-${this.received.length}-for-this` };
    return this.took(await this.api.request(path, { method: 'POST', headers, body: JSON.stringify(body) })) as Promise<Body>;
  }

  /**
   * Whatever could stand for something: words with a digit in them, or long ones; opaque ones also as what they encode. Times
   * apart, which every partner has of its own acts.
   */
  words(): ReadonlySet<string> {
    const texts = this.received.flatMap((text) => [text, ...(text.match(/[A-Za-z0-9_-]{8,}/g) ?? []).map(decoded)]);
    const timeless = texts.map((text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, ''));
    const words = timeless.flatMap((text) => text.match(/[A-Za-z0-9_]{4,}/g) ?? []).map((word) => word.toLowerCase());
    return new Set(words.filter((word) => !BY_ACCIDENT.test(word)));
  }

  private async took(response: Response): Promise<unknown> {
    const text = await response.text();
    this.received.push(text, ...[...response.headers].map(([name, value]) => `${name}: ${value}`));
    return text === '' ? undefined : JSON.parse(text);
  }
}

/** Four digits of random UUIDs: of some dozens two are often the same, and all the more as one of the four is always a 4. */
const BY_ACCIDENT = /^[0-9a-f]{4}$/;

function decoded(word: string): string {
  const text = Buffer.from(word, 'base64url').toString('utf8');
  return /^[\x20-\x7e]+$/.test(text) ? text : '';
}

/** Ten characters of an identifier that two words share are no accident. */
function pieces(words: ReadonlySet<string>): ReadonlySet<string> {
  const cut = (word: string): string[] => Array.from({ length: Math.max(0, word.length - 9) }, (_, at) => word.slice(at, at + 10));
  return new Set([...words].flatMap(cut));
}

describe('what two partners receive about one person', () => {
  let bank: RunningBank;
  const inboxes: Record<string, Inbox> = {};

  beforeAll(async () => {
    bank = await runningBank();
    for (const [name, ownerId, newOwner] of [
      ['first', 'one-owner', true],
      ['sibling', 'one-owner', false],
      ['stranger', 'another-owner', true],
      ['elsewhere', 'a-third-owner', true],
    ] as const) {
      const inbox = new Inbox(await bank.partner({ partnerId: name, ownerId, newOwner }));
      // Who is elsewhere does the same with other persons: what it sees, too, stands for nobody.
      await everything(inbox, name === 'elsewhere' ? 3_100 : 3_000);
      inboxes[name] = inbox;
    }
  }, 60_000);
  afterAll(() => bank.stop());

  /** Every route that a partner has, with one person who becomes a customer and one who does not. */
  async function everything(inbox: Inbox, from: number): Promise<void> {
    const opening = (n: number): object => {
      const { country, scheme, value } = person(n);
      return { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    };
    const leads: string[] = [];
    for (const n of [from, from + 1]) {
      const { leadId } = await inbox.post<{ leadId: string }>('/v1/leads', opening(n));
      // Who becomes a customer is not asked about: to the later ones that would be told.
      if (n !== from) await inbox.post('/v1/membership-checks', { leadId, person: person(n) });
      leads.push(leadId);
    }
    const created = { leadId: leads[0], person: person(from), contact: { email: 'applicant@example.org' } };
    const { customerId } = await inbox.post<{ customerId: string }>('/v1/customers', created);
    await inbox.post(`/v1/leads/${leads[1]}/withdrawal`, { reason: 'lost-interest' });
    const confirmation = { outcome: 'proved', customerNumber: `C${from}`, actedAt: new Date().toISOString() };
    await bank.identity.post(`/v1/customers/${customerId}/confirmation`, confirmation);
    const isSettled = async (): Promise<boolean> =>
      (await bank.log()).some(({ type, data }) => type === 'LeadSettled' && (data as { leadId: string }).leadId === leads[0]);
    while (!(await isSettled())) await new Promise((later) => setTimeout(later, 100));
    await bank.settled();
    await inbox.get(`/v1/customers/${customerId}`);
    for (const list of ['/v1/leads', '/v1/customers']) {
      const { next } = await inbox.get<{ next: string | null }>(`${list}?limit=1`);
      if (next !== null) await inbox.get(`${list}?limit=1&cursor=${next}`);
      await inbox.get(list);
    }
    for (const leadId of leads) await inbox.get(`/v1/leads/${leadId}`);
    for (const path of ['/v1/allowance', '/v1/usage']) await inbox.get(path);
  }

  it('holds ids enough to compare', () => {
    for (const inbox of Object.values(inboxes)) expect(pieces(inbox.words()).size).toBeGreaterThan(40);
  });

  it.each([
    ['partners of two owners', 'first', 'stranger'],
    ['two partners of one owner', 'first', 'sibling'],
    ['a sibling and a stranger', 'sibling', 'stranger'],
  ])('joins at no word, and at no piece of one, that does not stand there for other persons, too: %s (I7, R30)', (_, one, other) => {
    const [a, b, control] = [one, other, 'elsewhere'].map((name) => inboxes[name]?.words() ?? new Set<string>());
    const known = pieces(control ?? new Set());
    expect([...(a ?? [])].filter((word) => b?.has(word) && !control?.has(word))).toEqual([]);
    const others = pieces(b ?? new Set());
    expect([...pieces(a ?? new Set())].filter((piece) => others.has(piece) && !known.has(piece))).toEqual([]);
  });
});
