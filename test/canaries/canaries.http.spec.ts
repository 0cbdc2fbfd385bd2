import { routeTable } from '../../src/http/route-table.js';
import type { ApiClient, ApiProblem } from '../../src/cli/oauth-client.js';
import { ROLES } from '../../src/modules/access/role.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

interface Listing {
  readonly asOfPosition: number;
  readonly kinds: readonly { kind: string; visible: boolean; registered: number; hits: number; hitCanaries: number }[];
  readonly items: readonly Record<string, unknown>[];
  readonly next: string | null;
}

const identifier = (n: number): object => {
  const { country, scheme, value } = person(n);
  return { country, scheme, value };
};

describe('The canaries over HTTP', () => {
  let bank: RunningBank;
  let canaries: ApiClient;
  let partner: ApiClient;
  beforeAll(async () => {
    bank = await runningBank();
    canaries = await bank.client('canaries', 'bank-canaries');
    partner = await bank.partner({ partnerId: 'shops', ownerId: 'acme', terms: { initial: 50 } });
  });
  afterAll(() => bank.stop());

  const register = async (n: number, kind = 'staff', more: object = {}): Promise<unknown> =>
    (await canaries.post('/v1/canaries', { person: identifier(n), kind, ...more })).body;
  const retire = async (n: number): Promise<unknown> => (await canaries.post('/v1/canaries/retirement', { person: identifier(n) })).body;
  const open = async (n: number): Promise<string> =>
    (await partner.post<{ leadId: string }>('/v1/leads', { person: identifier(n), purpose: 'onboarding', agent: 'agent-1' })).body.leadId;
  const written = async (): Promise<readonly string[]> =>
    (await bank.log()).map(({ type }) => type).filter((type) => type.startsWith('Canary'));
  const listing = async (query = '', by = bank.analyst): Promise<Listing> => {
    const end = await bank.store.end();
    return (await by.get<Listing>(`/v1/canaries?after=${end}${query}`)).body;
  };
  const kindsOf = ({ kinds }: Listing): object =>
    Object.fromEntries(kinds.filter(({ registered }) => registered > 0).map(({ kind, registered }) => [kind, registered]));
  const problemOf = async (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => 'none',
      (error: ApiProblem) => error.code,
    );
  const imported = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await canaries.request('/v1/canaries/imports', { method: 'POST', headers, body: text });
    return (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const line = (n: number, more: object): string => `${JSON.stringify({ person: identifier(n), ...more })}\n`;

  it('are registered and retired, as often as one likes, and what is answered does not tell whether they had been there', async () => {
    expect(await register(1)).toEqual({ kind: 'staff', visible: false });
    expect(await register(1)).toEqual({ kind: 'staff', visible: false });
    expect(await register(2, 'minor', { until: '2099-04' })).toEqual({ kind: 'minor', visible: true, until: '2099-04' });
    expect(await written()).toEqual(['CanaryRegistered', 'CanaryRegistered']);
    expect(kindsOf(await listing())).toEqual({ staff: 1, minor: 1 });
    expect(await retire(1)).toEqual({ retired: true });
    expect(await retire(1)).toEqual({ retired: true });
    expect(await retire(99)).toEqual({ retired: true });
    expect((await written()).filter((type) => type === 'CanaryRetired')).toHaveLength(1);
    expect(kindsOf(await listing())).toEqual({ minor: 1 });
  });

  it('are answered alike when a request comes again under its key (R12)', async () => {
    const ask = { person: identifier(3), kind: 'minor', until: '2031-01' };
    const first = await canaries.post('/v1/canaries', ask, 'canary-key');
    const before = await written();
    expect((await canaries.post('/v1/canaries', ask, 'canary-key')).body).toEqual(first.body);
    expect(await problemOf(canaries.post('/v1/canaries', { ...ask, kind: 'staff' }, 'canary-key'))).toBe('IDEMPOTENCY_KEY_REUSED');
    const gone = await canaries.post('/v1/canaries/retirement', { person: identifier(3) }, 'gone-key');
    expect((await canaries.post('/v1/canaries/retirement', { person: identifier(3) }, 'gone-key')).body).toEqual(gone.body);
    expect(await written()).toEqual([...before, 'CanaryRetired']);
  });

  it.each([
    ['a kind that there is not', { kind: 'celebrity' }, 'MEMBERS_INVALID'],
    ['no kind', {}, 'MEMBERS_INVALID'],
    ['a minor who never comes of age', { kind: 'minor' }, 'MEMBERS_INVALID'],
    ['a day, which would tell a birthday', { kind: 'minor', until: '2031-04-17' }, 'MEMBERS_INVALID'],
    ['a month that there is not', { kind: 'staff', until: '2031-13' }, 'MEMBERS_INVALID'],
    ['that a kind is visible, which follows from it', { kind: 'staff', visible: false }, 'MEMBERS_INVALID'],
    ['an identifier that nobody issues', { kind: 'staff', person: { ...identifier(4), value: '1' } }, 'IDENTIFIER_INVALID'],
  ])('are not registered with %s', async (_what, said, code) => {
    const before = await written();
    expect(await problemOf(canaries.post('/v1/canaries', { person: identifier(4), ...said }))).toBe(code);
    expect(await written()).toEqual(before);
  });

  it('are the work of one role alone, and seen by analysts and auditors alone (R31)', () => {
    const routes = routeTable(bank.app).filter(({ path }) => path.startsWith('/v1/canaries'));
    expect(Object.fromEntries(routes.map(({ method, path, access }) => [`${method} ${path}`, access]))).toEqual({
      'POST /v1/canaries': ['bank-canaries'],
      'POST /v1/canaries/retirement': ['bank-canaries'],
      'POST /v1/canaries/imports': ['bank-canaries'],
      'GET /v1/canaries': ['analyst', 'auditor'],
    });
    // One stolen key must not be able to take the alarm off and do what it warns of, nor to lay a hit and judge it.
    const theirs = routeTable(bank.app).filter(({ access }) => access !== 'public' && access?.includes('bank-canaries'));
    expect(theirs.map(({ path }) => path).every((path) => path.startsWith('/v1/canaries'))).toBe(true);
    expect(ROLES).toContain('bank-canaries');
  });

  it('come as lines, too: each is taken in or named as bad, and lines that come again change nothing', async () => {
    const text = [
      line(10, { kind: 'deceased' }),
      '\n',
      'no line\n',
      line(11, { kind: 'minor' }),
      line(12, { kind: 'staff', note: 'Eva from accounting' }),
      `{"person": {"country": "CZ", "scheme": "rc", "value": "1"}, "kind": "staff"}\n`,
      line(13, { kind: 'staff' }),
      line(13, { retired: true }),
      line(13, { kind: 'locked' }),
      line(10, { retired: false }),
      `{"person": 1, "kind": "staff", "kind": "locked"}\n`,
      `${line(14, { kind: 'staff' }).trimEnd().padEnd(20_000)}\n`,
    ].join('');
    const reports = await imported(`${text}\n`);
    expect(reports.at(0)).toEqual({ line: 0, accepted: 0, rejected: 0, errors: [], finished: false });
    expect(reports.at(-1)).toEqual({ line: 13, accepted: 4, rejected: 7, errors: [], finished: true });
    expect(reports.flatMap(({ errors }) => errors)).toEqual([
      { line: 3, reason: 'json-malformed' },
      { line: 4, reason: 'members-invalid' },
      { line: 5, reason: 'members-invalid' },
      { line: 6, reason: 'identifier-invalid' },
      { line: 10, reason: 'members-invalid' },
      { line: 11, reason: 'json-duplicate-member' },
      { line: 12, reason: 'line-too-long' },
    ]);
    expect(kindsOf(await listing())).toEqual({ minor: 1, deceased: 1, locked: 1 });
    const before = await written();
    await imported(line(10, { kind: 'deceased' }) + line(13, { kind: 'locked' }));
    expect(await written()).toEqual(before);
  });

  it('come in any number, a bounded number at once', async () => {
    const reports = await imported(Array.from({ length: 350 }, (_, n) => line(1_000 + n, { kind: 'deceased' })).join(''));
    expect(reports.at(-1)).toMatchObject({ accepted: 350, rejected: 0, finished: true });
    expect(reports.length).toBeGreaterThan(4);
    expect(kindsOf(await listing())).toMatchObject({ deceased: 351 });
  });

  it('show which leads were opened on them, by whom, and the event that this rests on', async () => {
    await open(20);
    await register(20, 'deceased');
    await register(21, 'staff');
    const [before, hit] = [await listing(), await open(21)];
    expect(before.items).toEqual([]);
    const { items, kinds } = await listing();
    expect(items).toEqual([
      expect.objectContaining({ leadId: hit, owner: 'acme', partner: 'shops', agent: 'agent-1', purpose: 'onboarding', kind: 'staff' }),
    ]);
    expect(kinds.find(({ kind }) => kind === 'staff')).toMatchObject({ visible: false, hits: 1, hitCanaries: 1 });
    const events = await bank.log();
    const [admission, registration] = [items[0]!['position'], items[0]!['canary']].map((at) =>
      events.find(({ position }) => position === at),
    );
    expect([admission?.type, registration?.type]).toEqual(['LeadAdmitted', 'CanaryRegistered']);
    expect((await listing('', bank.auditor)).items).toEqual(items);
    expect((await listing('&partner=nobody')).items).toEqual([]);
    const csv = await (await bank.analyst.request('/v1/canaries', { headers: { accept: 'text/csv' } })).text();
    expect(csv.split('\r\n')[0]).toBe('position,canary,kind,visible,leadId,owner,partner,agent,purpose,openedAt');
    expect(csv).toContain(hit);
  });

  it('are never told by person: there is nothing that one could ask with, and no identifier in what is told (I11)', async () => {
    for (const member of ['person', 'personKey', 'value', 'leadId', 'canary']) {
      expect([member, await problemOf(bank.analyst.get(`/v1/canaries?${member}=1`))]).toEqual([member, 'MEMBERS_INVALID']);
    }
    expect(await problemOf(bank.analyst.post('/v1/canaries', { person: identifier(21), kind: 'staff' }))).toBe('FORBIDDEN');
    expect(await problemOf(canaries.get('/v1/canaries'))).toBe('FORBIDDEN');
    const told = JSON.stringify(await listing());
    const keys = (await bank.log()).flatMap(({ type, data }) =>
      type === 'CanaryRegistered' ? (data as { personKeys: string[] }).personKeys : [],
    );
    for (const secret of [person(21).value, ...keys]) expect(told).not.toContain(secret);
    const { value } = person(21);
    for (const text of [JSON.stringify(await bank.log()), bank.lines.join('\n')]) {
      expect(text).not.toContain(value);
      expect(text).not.toContain(value.replace(/\D/g, ''));
    }
  });
});
