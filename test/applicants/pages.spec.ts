import { generateKeyring } from '../../src/modules/persons/keyring-file.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { BankWithPages, type Links } from './bank-with-pages.js';

let of: BankWithPages;
beforeAll(async () => {
  of = await BankWithPages.start();
}, 60_000);
afterAll(() => of.bank.stop());

interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

async function ask(path: string, init: RequestInit = {}): Promise<Shown> {
  const response = await fetch(of.url + path, init);
  return { status: response.status, headers: response.headers, html: await response.text() };
}
const press = (path: string, word: string, headers: Record<string, string> = {}): Promise<Shown> =>
  ask(path, { method: 'POST', body: `word=${word}`, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
const heading = ({ html }: Shown): string => /<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? '';
const buttons = ({ html }: Shown): string[] => [...html.matchAll(/<button name="word" value="([a-z-]+)"/g)].map(([, word]) => word ?? '');

describe('the page that a message leads to', () => {
  let links: Links;
  beforeAll(async () => {
    links = await of.told(0);
  });

  it('says who asked and when, offers two words, and changes nothing by being looked at', async () => {
    for (const method of ['GET', 'HEAD', 'GET']) await ask(links.denial, { method });
    const shown = await ask(links.denial);
    expect(shown.status).toBe(200);
    expect(heading(shown)).toBe('Are you in touch with A partner?');
    expect(shown.html).toContain(new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date()));
    expect(buttons(shown)).toEqual(['in-touch', 'never-spoke']);
    expect(await of.events('MessageAnswered', links.leadId)).toEqual([]);
  });

  it('runs no script, loads nothing, stands in nobody’s frame, and tells nobody its address', async () => {
    const { headers, html } = await ask(links.denial);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
    });
    expect(html).not.toMatch(/<script|<img|<link|<iframe|src=|https?:|style="|\son[a-z]+=/);
    expect(html).not.toContain(links.denial);
    expect(html).not.toContain(links.leadId);
  });

  it('shows the bank’s name as it is, and none of it as HTML', async () => {
    expect((await ask(links.denial)).html).toContain('<header><p>Banka &lt;b&gt;Dobrá&lt;/b&gt; &amp; syn</p></header>');
  });

  it('speaks the language that the browser prefers, or the one that was chosen on it', async () => {
    const inLanguage = async (path: string, accepted?: string): Promise<string> => {
      const shown = await ask(path, accepted === undefined ? {} : { headers: { 'accept-language': accepted } });
      expect(shown.html).toContain(`<html lang="${shown.headers.get('content-language')}">`);
      return heading(shown);
    };
    expect(await inLanguage(links.denial, 'cs-CZ,cs;q=0.9,en;q=0.5')).toBe('Jste v kontaktu se společností A partner?');
    expect(await inLanguage(links.denial, 'de')).toMatch(/^Are you/);
    expect(await inLanguage(links.denial)).toMatch(/^Are you/);
    expect(await inLanguage(`${links.denial}?lang=cs`, 'en')).toMatch(/^Jste/);
    expect(await inLanguage(`${links.denial}?lang=<script>`, 'cs')).toMatch(/^Jste/);
  });

  it('takes the first word, says so from then on, and hears no second one', async () => {
    const first = await press(links.denial, 'never-spoke');
    expect(heading(first)).toBe('Thank you for telling us');
    for (const shown of [await press(links.denial, 'in-touch'), await press(links.denial, 'never-spoke'), await ask(links.denial)]) {
      expect([shown.status, shown.html]).toEqual([200, first.html]);
      expect(buttons(shown)).toEqual([]);
    }
    expect(await of.events('MessageAnswered', links.leadId)).toMatchObject([{ word: 'never-spoke' }]);
    expect(await of.events('LeadDenied', links.leadId)).toMatchObject([{ through: 'message-link', agent: 'agent-1' }]);
    expect(await of.events('ExistingAcknowledged', links.leadId)).toEqual([]);
  });

  it('takes two words at once as one', async () => {
    const { denial, leadId } = await of.told(1);
    const shown = await Promise.all(['never-spoke', 'in-touch', 'never-spoke', 'in-touch'].map((word) => press(denial, word)));
    expect(new Set(shown.map(({ html }) => html)).size).toBe(1);
    expect(await of.events('MessageAnswered', leadId)).toHaveLength(1);
    const followed = [...(await of.events('LeadDenied', leadId)), ...(await of.events('ExistingAcknowledged', leadId))];
    expect(followed).toHaveLength(1);
  });

  it('lets who was told that they are a customer say that they know of it, which is the acknowledgement', async () => {
    const { denial, leadId } = await of.told(2);
    expect(heading(await press(denial, 'in-touch'))).toBe('Thank you');
    expect(await of.events('ExistingAcknowledged', leadId)).toHaveLength(1);
    expect(await of.events('AcknowledgementCredited', leadId)).toHaveLength(1);
    expect(await of.events('MessageAnswerHeeded', leadId)).toHaveLength(1);
  });

  it('offers that to nobody else: it would tell them', async () => {
    const { denial, leadId } = await of.askedToProve(60);
    expect(buttons(await ask(denial))).toEqual(['never-spoke']);
    expect((await press(denial, 'in-touch')).status).toBe(409);
    expect(await of.events('MessageAnswered', leadId)).toEqual([]);
    await press(denial, 'never-spoke');
    expect(await of.events('LeadDenied', leadId)).toHaveLength(1);
  });
});

describe('the page on which an applicant consents', () => {
  it('says who asks, why, what will be told, until when, and offers three words', async () => {
    const { consent, leadId } = await of.askedForConsent(10);
    const shown = await ask(consent);
    expect(heading(shown)).toBe('May we answer A partner?');
    for (const part of ['to make you a customer', 'not confirmed', ' UTC</dd>']) expect(shown.html).toContain(part);
    expect(buttons(shown)).toEqual(['given', 'refused', 'denied']);
    expect(await of.events('ConsentAnswered', leadId)).toEqual([]);
  });

  it.each([
    ['given', 'Thank you'],
    ['refused', 'Thank you'],
    ['denied', 'Thank you for telling us'],
  ])('takes %s once, and hears no second word', async (word, title) => {
    const n = { given: 11, refused: 12, denied: 13 }[word] as number;
    const { consent, leadId } = await of.askedForConsent(n);
    const first = await press(consent, word);
    expect(heading(first)).toBe(title);
    for (const other of ['given', 'refused', 'denied']) expect((await press(consent, other)).html).toBe(first.html);
    expect((await ask(consent)).html).toBe(first.html);
    expect(await of.events('ConsentAnswered', leadId)).toMatchObject([{ word, by: 'page', ask: 1 }]);
    expect(await of.events('LeadDenied', leadId)).toHaveLength(word === 'denied' ? 1 : 0);
  });

  it('is over when the partner has asked anew; who never spoke to them is heard all the same', async () => {
    const first = await of.askedForConsent(14);
    await of.askedForConsent(14, first.leadId);
    const shown = await ask(first.consent);
    expect(heading(shown)).toBe('This question is closed');
    expect(buttons(shown)).toEqual(['denied']);
    expect((await press(first.consent, 'given')).html).toBe(shown.html);
    expect(await of.events('ConsentAnswered', first.leadId)).toEqual([]);
    expect(heading(await press(first.consent, 'denied'))).toBe('Thank you for telling us');
    expect(await of.events('LeadDenied', first.leadId)).toMatchObject([{ through: 'consent-page' }]);
  });

  it('shows what the code has said', async () => {
    const { consent, leadId, code } = await of.askedForConsent(15);
    await of.check(15, leadId, code);
    expect(buttons(await ask(consent))).toEqual([]);
    expect(heading(await ask(consent))).toBe('Thank you');
  });
});

describe('what a customer says at their own address', () => {
  it('shows on no page of who was written to at another: nobody can tell that there is a customer (I6)', async () => {
    const customer = await of.askedForConsent(20);
    const stranger = await of.askedForConsent(70);
    const before = await Promise.all([customer.consent, customer.denial].map((path) => ask(path)));
    const warning = await of.warned(20, customer.leadId);
    expect(buttons(await ask(warning.denial))).toEqual(['never-spoke']);
    await press(warning.denial, 'never-spoke');
    expect(await of.events('LeadDenied', customer.leadId)).toHaveLength(1);
    const after = await Promise.all([customer.consent, customer.denial].map((path) => ask(path)));
    expect(after.map(({ html }) => html)).toEqual(before.map(({ html }) => html));
    for (const purpose of ['consent', 'denial'] as const) {
      const [one, other] = [await ask(customer[purpose]), await ask(stranger[purpose])];
      const timeless = ({ html }: Shown): string => html.replaceAll(/\d\d:\d\d UTC/g, 'then');
      expect(timeless(one)).toBe(timeless(other));
    }
    const said = [await press(customer.denial, 'never-spoke'), await press(stranger.denial, 'never-spoke')];
    expect(said[0]?.html).toBe(said[1]?.html);
    expect(await of.events('MessageAnswered', customer.leadId)).toHaveLength(2);
    expect(await of.events('LeadDenied', customer.leadId)).toHaveLength(1);
  });
});

describe('a link that leads nowhere', () => {
  const made = new Keyring(generateKeyring());
  const lead = made.leadId(`lead-${'0'.repeat(24)}`, 1);

  it('gets one and the same page, whatever is wrong with it', async () => {
    const { denial, consent } = await of.askedForConsent(30);
    const mangled = denial.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const paths = [
      mangled,
      consent.replace('/consent/', '/denial/'),
      denial.replace('/denial/', '/consent/'),
      denial.slice(0, -1),
      `${denial}A`,
      `${denial}/`,
      `${denial}/more`,
      `/denial/${made.linkToken('denial', lead, 1)}`,
      `/consent/${made.linkToken('consent', lead, 1)}`,
      `/denial/${'A'.repeat(5_000)}`,
      '/denial/%E0%A4%A',
      '/denial/',
      '/denial',
      '/consent',
      '/consent/x?lang=en',
    ];
    const shown = await Promise.all(paths.map((path) => ask(path)));
    expect(shown.map(({ status }) => status)).toEqual(paths.map(() => 404));
    expect(new Set(shown.map(({ html }) => html)).size).toBe(1);
    expect(heading(shown[0]!)).toBe('This link does not work');
    expect(shown[0]?.headers.get('content-security-policy')).toContain("default-src 'none'");
    const posted = await press(mangled, 'never-spoke');
    expect([posted.status, posted.html]).toEqual([404, shown[0]?.html]);
  });

  it('is none any more half a year after its message', async () => {
    const { denial } = await of.told(31);
    const realNow = Date.now();
    expect((await ask(denial)).status).toBe(200);
    const { CLOCK } = await import('../../src/event-sourcing/clock.js');
    const clock = of.bank.app.get<{ now(): number }>(CLOCK);
    const spy = jest.spyOn(clock, 'now').mockReturnValue(realNow + 184 * 86_400_000);
    expect((await ask(denial)).status).toBe(404);
    spy.mockRestore();
  });
});

describe('what is no form of these pages', () => {
  let links: Links;
  beforeAll(async () => {
    links = await of.told(32);
  });
  const post = (body: string, type: string): Promise<Shown> =>
    ask(links.denial, { method: 'POST', body, headers: { 'content-type': type } });
  const FORM = 'application/x-www-form-urlencoded';

  it.each([
    ['JSON', '{"word":"never-spoke"}', 'application/json', 415],
    ['another form', 'word=never-spoke', 'multipart/form-data; boundary=x', 415],
    ['plain text', 'word=never-spoke', 'text/plain', 415],
    ['another charset', 'word=never-spoke', `${FORM}; charset=utf-16`, 415],
    ['a word twice', 'word=never-spoke&word=in-touch', FORM, 400],
    ['a field that there is not', 'word=never-spoke&other=1', FORM, 422],
    ['a field of every object', '__proto__=never-spoke', FORM, 400],
    ['no word', 'word=', FORM, 422],
    ['another word', 'word=constructor', FORM, 422],
    ['a word in bytes that are none', 'word=never-spoke%ff', FORM, 422],
    ['too much', `word=${'a'.repeat(2_000)}`, FORM, 413],
  ])('%s is turned away with a page', async (_what, body, type, status) => {
    const shown = await post(body, type);
    expect([shown.status, shown.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(heading(shown)).toBe('That did not work');
    expect(await of.events('MessageAnswered', links.leadId)).toEqual([]);
  });

  it('nothing at all is none, either', async () => {
    expect((await ask(links.denial, { method: 'POST' })).status).toBe(415);
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is not done here, says a page', async (method) => {
    const shown = await ask(links.denial, { method });
    expect([shown.status, shown.headers.get('allow'), heading(shown)]).toEqual([405, 'GET, HEAD, POST', 'That did not work']);
  });

  it('is taken nowhere else: forms are for pages', async () => {
    const response = await fetch(`${of.url}/v1/leads`, { method: 'POST', body: 'word=x', headers: { 'content-type': FORM } });
    expect([response.status, response.headers.get('content-type')]).toEqual([415, 'application/problem+json']);
  });

  it('a form as a browser sends it is taken, charset or not', async () => {
    expect((await press(links.denial, 'never-spoke', { 'content-type': `${FORM};charset=UTF-8` })).status).toBe(200);
  });
});

describe('what is logged of them', () => {
  it('is the route, and no token', async () => {
    const { denial } = await of.told(33);
    await press(denial, 'never-spoke');
    const said = of.bank.lines.join('');
    expect(said).toContain('"route":"/denial/:token"');
    expect(said).not.toContain(denial.slice('/denial/'.length));
    expect(JSON.stringify(await of.bank.log())).not.toContain(denial.slice('/denial/'.length));
  });
});

describe('the bank’s own word', () => {
  it('denies a disclosure as a link does, once', async () => {
    const { leadId } = await of.told(34);
    for (let time = 0; time < 2; time++) {
      const { body } = await of.bank.messages.post(`/v1/disclosures/${leadId}/denial`, {});
      expect(body).toEqual({ disclosureId: leadId, status: 'denied' });
    }
    expect(await of.events('LeadDenied', leadId)).toMatchObject([{ through: 'bank' }]);
    const unknown = of.bank.messages.post(`/v1/disclosures/${leadId.replace(/.$/, 'f')}/denial`, {});
    await expect(unknown).rejects.toMatchObject({ code: 'LEAD_NOT_FOUND' });
  });
});
