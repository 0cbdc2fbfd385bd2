import type { ApiClient } from '../../src/cli/oauth-client.js';
import { runningBank, type RunningBank } from './running-bank.js';

interface Opened {
  readonly leadId: string;
}

/** One number each, in ways in which a partner may send it: over what the service decides, not over what it was written for. */
const WRITTEN = {
  'a Czech birth number': [
    { country: 'CZ', scheme: 'national-id', value: '7103192745' },
    { country: 'CZ', scheme: 'rc', value: '710319/2745' },
    { country: 'SK', scheme: 'rc', value: '\uFF17\uFF11\uFF10\uFF13\uFF11\uFF19\uFF0F\uFF12\uFF17\uFF14\uFF15' },
    { country: 'CZ', scheme: 'rc', value: '\u202E7103\u200B19\u20112745\u202C' },
    { country: 'CZ', scheme: 'national-id', value: '\u{1D7D5}\u{1D7CF}\u{1D7CE}\u{1D7D1}192745' },
  ],
  'a Spanish number': [
    { country: 'ES', scheme: 'dni', value: '54362315K' },
    { country: 'ES', scheme: 'nif', value: '54.362.315-k' },
    { country: 'ES', scheme: 'national-id', value: '54362315\u212A' },
  ],
  'a Mexican number with a letter that has two forms': [
    { country: 'MX', scheme: 'rfc', value: 'GODE561231GR8' },
    { country: 'MX', scheme: 'rfc', value: 'gode 561231 gr8'.normalize('NFD') },
  ],
} as const;

describe('one person under many spellings, over REST', () => {
  let bank: RunningBank;
  let partner: ApiClient;

  beforeAll(async () => {
    bank = await runningBank();
    partner = await bank.partner();
  });
  afterAll(() => bank.stop());

  const open = async (person: object): Promise<string> =>
    (await partner.post<Opened>('/v1/leads', { person, purpose: 'onboarding', agent: 'agent-1' })).body.leadId;
  const balance = async (): Promise<number> => (await partner.get<{ balance: number }>('/v1/allowance')).body.balance;

  it.each(Object.entries(WRITTEN))('%s has one lead, which is charged once and is one to check (R10)', async (_, spellings) => {
    await bank.settled();
    const before = await balance();
    const leads = new Set<string>();
    for (const spelling of spellings) leads.add(await open(spelling));
    expect(leads.size).toBe(1);
    await bank.settled();
    expect(await balance()).toBe(before - 1);
    const answers = new Set<string>();
    for (const spelling of spellings) {
      const person = { ...spelling, familyName: 'Nowak', birthDate: '1980-01-01' };
      answers.add((await partner.post<{ answer: string }>('/v1/membership-checks', { leadId: [...leads][0], person })).body.answer);
    }
    expect([...answers]).toEqual(['no']);
    await bank.settled();
    const given = (await bank.log()).filter(({ type, data }) => type === 'MembershipAnswered' && leads.has((data as Opened).leadId));
    expect(given).toHaveLength(1);
  });

  it.each([
    ['another check digit', { country: 'CZ', scheme: 'rc', value: '7103192746' }],
    ['an impossible date', { country: 'PL', scheme: 'pesel', value: '44053201353' }],
    ['digits of another script', { country: 'PL', scheme: 'pesel', value: '\u0664\u0664051401359' }],
    ['an accent over a digit', { country: 'PL', scheme: 'pesel', value: '4\u03014051401359' }],
    ['a letter of another alphabet', { country: 'ES', scheme: 'dni', value: '54362315\u041A' }],
  ])('%s is refused and not charged (R10)', async (_, person) => {
    await expect(open(person)).rejects.toMatchObject({ status: 422, code: 'IDENTIFIER_INVALID' });
  });

  it('what is no text for a machine is refused before anybody looks at it (R35)', async () => {
    await expect(open({ country: 'PL', scheme: 'pesel', value: '4405140\u00001359' })).rejects.toMatchObject({ status: 400 });
  });
});
