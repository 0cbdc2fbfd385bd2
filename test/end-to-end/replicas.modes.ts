import type { ApiClient } from '../../src/cli/oauth-client.js';
import { check, codeOf, onFile, open, type Opened, SECRET, type TwoReplicas } from './two-replicas.js';
import { person } from './persons.js';

const wrong = (n: number): object => ({ proof: { kind: 'account-last-six', value: String(100_000 + n) } });
const codeIn = (text: string): string => /\b\d{8}\b/.exec(text)?.[0] ?? 'none';
const pathIn = (text: string, page: string): string => new RegExp(`/${page}/[\\w-]{48}(?=\\n)`).exec(text)?.[0] ?? '';

/** Each mode (design section 5) over both of two replicas: what the one is asked, the other answers. */
export function describeModes(of: () => TwoReplicas): void {
  /** The same client at either door. */
  const partnerIn = async (mode: string, id: string): Promise<readonly [ApiClient, ApiClient]> => {
    const here = await of().partner(id, { mode, initial: 10, settleAfter: 'PT0.2S' });
    return [here, of().b.as(id)];
  };
  const ask = (partner: ApiClient, leadId: string, email: string): Promise<unknown> =>
    partner.post(`/v1/leads/${leadId}/consent`, { contact: { email } });
  const press = (path: string, word: string): Promise<Response> => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return fetch(`${of().b.url}${path}`, { method: 'POST', body: `word=${word}`, headers });
  };

  it('in instant: a lead that was opened at the one is answered at the other', async () => {
    const [here, there] = await partnerIn('instant', 'instant');
    expect(await check(there, await open(here, 0), 0)).toBe('yes');
    expect(await check(here, await open(there, 3000), 3000)).toBe('no');
    expect(await check(there, await open(here, 1), 1, { person: { ...person(1), familyName: 'Wrong' } })).toBe('no');
  });

  it('in proof: three secrets a lead are counted over both, also when they come at once; a fourth is not looked at', async () => {
    const [here, there] = await partnerIn('proof', 'proof');
    const lead = await open(here, 2);
    for (const [n, door] of [here, there, here].entries()) expect(await check(door, lead, 2, wrong(n))).toBe('no');
    for (const door of [here, there]) expect(await check(door, lead, 2, { proof: SECRET })).toBe('no');
    expect(await of().facts('SecretTried', { leadId: lead.leadId })).toHaveLength(3);
    expect(await check(there, await open(here, 3), 3, { proof: SECRET })).toBe('yes');
    const raced = await open(here, 4);
    const tries = Array.from({ length: 12 }, (_, n) => check(n % 2 === 0 ? here : there, raced, 4, wrong(n)));
    expect(new Set(await Promise.all(tries))).toEqual(new Set(['no']));
    const looked = await Promise.all(['MembershipAnswered', 'AnswerUpheld'].map((type) => of().facts(type, { leadId: raced.leadId })));
    expect(looked.map(({ length }) => length)).toEqual([1, 2]);
    // A try is on the person before its answer is on the lead: whoever comes second there has tried for nothing.
    expect((await of().facts('SecretTried', { leadId: raced.leadId })).length).toBeLessThanOrEqual(2 * 3);
  });

  it('in proof: ten wrong secrets for a person in a year are counted over both and over all partners', async () => {
    const doors = await Promise.all(['guesser-1', 'guesser-2', 'guesser-3', 'guesser-4'].map((id) => partnerIn('proof', id)));
    const leads = await Promise.all(doors.map(([here]) => open(here, 5)));
    for (let n = 0; n < 10; n++) {
      const at = Math.floor(n / 3);
      expect(await check(doors[at]?.[n % 2] as ApiClient, leads[at] as Opened, 5, wrong(n))).toBe('no');
    }
    const [here, there] = await partnerIn('proof', 'late-knower');
    const late = await open(here, 5);
    for (const door of [there, here]) expect(await check(door, late, 5, { proof: SECRET })).toBe('no');
    // The same secret once more is no further try.
    expect(await of().facts('SecretTried', { leadId: late.leadId })).toMatchObject([{ outcome: 'exhausted' }]);
  });

  it('in consent: asked for at the one, given at the other, with the code that came by mail', async () => {
    const [here, there] = await partnerIn('consent', 'consent');
    for (const [n, contact, answer] of [
      [10, onFile(10), 'yes'],
      [11, 'mine.11@example.net', 'no'],
      [3010, 'mine.3010@example.net', 'no'],
    ] as const) {
      const lead = await open(here, n);
      await ask(here, lead.leadId, contact);
      const code = codeIn(await of().mailTo(contact));
      expect(await check(there, lead, n, { consent: { code } })).toBe(answer);
    }
    // Whoever is on file under another contact is warned there, once, at a time of its own.
    expect(await of().mailTo(onFile(11))).toContain('/denial/');
  });

  it('in consent: wrong codes, and how many are sent to a contact, are counted over both', async () => {
    const [here, there] = await partnerIn('consent', 'careless');
    const lead = await open(here, 12);
    await ask(there, lead.leadId, onFile(12));
    const right = codeIn(await of().mailTo(onFile(12)));
    const bad = { consent: { code: right === '00000000' ? '00000001' : '00000000' } };
    for (const door of [here, there, here]) expect(await codeOf(check(door, lead, 12, bad))).toBe('CONSENT_CODE_WRONG');
    for (const door of [here, there]) expect(await codeOf(check(door, lead, 12, { consent: { code: right } }))).toBe('CONSENT_MISSING');
    for (const [n, door] of [here, there, here].entries()) await ask(door, (await open(door, 3020 + n)).leadId, 'many@example.net');
    const fourth = await open(there, 3023);
    for (const door of [there, here]) expect(await codeOf(ask(door, fourth.leadId, 'many@example.net'))).toBe('CONSENT_THROTTLED');
  });

  it('in consent: the word on a page of the one is taken at the other, and the first word alone', async () => {
    const [here, there] = await partnerIn('consent', 'by-page');
    const lead = await open(here, 13);
    await ask(here, lead.leadId, onFile(13));
    const path = pathIn(await of().mailTo(onFile(13)), 'consent');
    expect((await press(path, 'given')).status).toBe(200);
    expect((await fetch(`${of().a.url}${path}`, { method: 'POST', body: new URLSearchParams({ word: 'refused' }) })).status).toBe(200);
    expect(await of().facts('ConsentAnswered', { leadId: lead.leadId })).toMatchObject([{ word: 'given' }]);
    expect(await check(here, lead, 13)).toBe('yes');
    expect(await check(there, lead, 13)).toBe('yes');
  });

  it('in blind: no check at either; created at the one, proved at the other, settled and shown at both', async () => {
    const [here, there] = await partnerIn('blind', 'blind');
    for (const n of [14, 3030]) {
      const lead = await open(here, n);
      for (const door of [here, there]) expect(await codeOf(check(door, lead, n))).toBe('CHECK_SWITCHED_OFF');
      const contact = { email: `blind.${n}@example.net` };
      const created = await here.post<{ customerId: string }>('/v1/customers', { leadId: lead.leadId, person: person(n), contact });
      expect(await of().mailTo(contact.email)).toContain('/denial/');
      const body = { outcome: 'proved', customerNumber: n === 14 ? 'C14' : 'N3030', actedAt: new Date().toISOString() };
      await of().b.as('identity').post(`/v1/customers/${created.body.customerId}/confirmation`, body);
      for (const door of [here, there]) {
        const status = async (): Promise<string> => (await door.get<{ status: string }>(`/v1/leads/${lead.leadId}`)).body.status;
        await of().until(async () => (await status()) === 'converted', 30_000);
      }
    }
    expect(of().mail.received.filter(({ to }) => to.includes(onFile(14)))).toEqual([]);
  });

  it('are made stricter at the one, by a system of the bank’s, and hold at the other’s next command', async () => {
    const [here, there] = await partnerIn('instant', 'watched');
    const lead = await open(here, 15);
    expect(await check(there, await open(there, 3040), 3040)).toBe('no');
    await of().a.as('watcher').post('/v1/owners/owner-watched/stricter-mode', { mode: 'blind', reason: 'suspected-misuse' });
    expect(await codeOf(check(there, lead, 15))).toBe('CHECK_SWITCHED_OFF');
    await of()
      .b.as('ana')
      .post('/v1/owners/owner-watched/terms', { terms: { mode: 'instant' }, reason: 'trust-earned' });
    expect(await check(here, lead, 15)).toBe('yes');
  });
}
