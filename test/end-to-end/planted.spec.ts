import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiClient, ApiProblem } from '../../src/cli/oauth-client.js';
import { KEY_FILES } from '../../src/config.js';
import { loadKeyring } from '../../src/modules/persons/keyring-file.js';
import { Planted } from '../attack/planted.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { bankDirectory, type BankDirectory, type BankProcess, registerAtCommandLine, registerPartner, startBank } from './bank-process.js';
import { person } from './persons.js';
import type { TestPerson } from './running-bank.js';

const TEXTS = {
  'a customer’s identifier': person(7301).value,
  'an applicant’s identifier': person(7302).value,
  'another applicant’s identifier': person(7303).value,
  'a wrong identifier': `${person(7304).value}77`,
  'a family name': 'Plántedová',
  'another family name': 'Plantedson Óž',
  'a given name': 'Plantédgiven',
  'a birth date': '1957-03-29',
  'an address': 'planted.mail+tag@planted-domain.example',
  'an address on file': 'planted-on-file@bank-domain.example',
  'a phone number': '+420777123321',
  'a street': 'Plántedstreet 77/3',
  'a town': 'Plantedtówn',
  'a customer number': 'PLANTEDNUMBER7301',
  'another customer number': 'PLANTEDNUMBER7302',
  'a wrong secret': 'PLANTEDGUESS99',
  'a note of a partner': 'moved to Plantedland, says her cousin',
  'a note of an analyst': 'rang Mrs. Planted-Noted herself',
} as const;

const CUSTOMER: TestPerson = { ...person(7301), familyName: TEXTS['a family name'], birthDate: TEXTS['a birth date'] };
const APPLICANT: TestPerson = { ...person(7302), familyName: TEXTS['another family name'], birthDate: TEXTS['a birth date'] };
const OTHER: TestPerson = { ...person(7303), familyName: TEXTS['a family name'], birthDate: TEXTS['a birth date'] };
const MODES = ['instant', 'proof', 'consent', 'blind'] as const;
const STAFF = {
  feed: 'bank-feed',
  identity: 'bank-identity',
  messages: 'bank-messages',
  auditor: 'auditor',
  operator: 'operator',
  canaries: 'bank-canaries',
} as const;

/** What has to have happened, or else the search is one for nothing. */
const HAPPENED = [
  ...[
    'CustomersRegistered',
    'MembershipAnswered',
    'LeadEndedExisting',
    'SecretTried',
    'ConsentAsked',
    'ConsentAnswered',
    'ConsentCodeMissed',
  ],
  ...[
    'CustomerSubmitted',
    'LeadConverted',
    'ConversionRevoked',
    'CustomerNumberClaimed',
    'LeadWithdrawn',
    'MembershipLocked',
    'CommandRefused',
    'CanaryRegistered',
    'CanaryRetired',
  ],
  ...['MessageQueued', 'AllowanceGranted', 'PartnerSuspended', 'GateHalted'],
];

const identifierOf = ({ country, scheme, value }: TestPerson): object => ({ country, scheme, value });

describe('the search for what was planted', () => {
  const directory = temporaryDirectory('planted');

  it('finds each text in a file of other things, in whatever way it is written', () => {
    const noise = randomBytes(10_000);
    const [text, plain] = ['Plántedová', 'Plantedova'];
    const ways: Record<string, Buffer> = {
      plain: Buffer.from(text),
      'in capitals': Buffer.from(plain.toUpperCase()),
      decomposed: Buffer.from(text.normalize('NFD')),
      'in plain letters': Buffer.from(plain),
      'in UTF-16': Buffer.from(text, 'utf16le'),
      'in UTF-16, the other way round': Buffer.from(text, 'utf16le').swap16(),
      'in latin-1': Buffer.from(text, 'latin1'),
      'in hex': Buffer.from(Buffer.from(text).toString('hex').toUpperCase()),
      'percent-encoded': Buffer.from(encodeURIComponent(text)),
      'JSON-escaped': Buffer.from('Pl\\u00e1ntedov\\u00E1'),
      ...Object.fromEntries(
        ['', 'x', 'xy'].flatMap((before) =>
          (['base64', 'base64url'] as const).map((alphabet) => [
            `in ${alphabet} after ${before.length} bytes`,
            Buffer.from(Buffer.from(`${before}${text}z`).toString(alphabet)),
          ]),
        ),
      ),
    };
    const planted = new Planted({ 'a name': text, 'a number': '44051401359' });
    for (const [way, bytes] of Object.entries(ways))
      expect([way, ...planted.in(Buffer.concat([noise, bytes, noise]))]).toEqual([way, 'a name']);
    expect(planted.in(Buffer.concat([noise, noise]))).toEqual([]);
    mkdirSync(join(directory(), 'deep/er'), { recursive: true });
    writeFileSync(join(directory(), 'deep/er/44051401359.txt'), Buffer.concat([noise, Buffer.from(`{"n":"${text}"}`)]));
    expect(planted.below(directory())).toEqual(['44051401359.txt: a name', '44051401359.txt: a number']);
  });
});

describe('after a whole run of the service, with all that a person may be known by,', () => {
  let directory: BankDirectory;
  let bank: BankProcess;
  const planted = new Planted(TEXTS);
  /** What the processes printed, what the metrics said, what an auditor and an analyst read, and the URLs that were given out. */
  const said: Record<string, string> = { log: '', metrics: '', evidence: '', tables: '', urls: '' };
  const codes: string[] = [];
  const clients = new Map<string, ApiClient>();
  let refused = 0;

  const start = async (): Promise<void> => {
    bank = await startBank(directory, { LOG_LEVEL: 'debug' });
    clients.clear();
  };
  /** One a process, so that it keeps its token. */
  const as = (id: string): ApiClient => {
    const client = clients.get(id) ?? bank.as(id);
    clients.set(id, client);
    return client;
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    await bank.kill(signal);
    said['log'] += bank.output();
  };
  /** A refusal is as good as an answer here: what is asked for is what it leaves behind. */
  const tried = async (call: Promise<unknown>): Promise<void> => {
    await call.catch((error: unknown) => {
      if (!(error instanceof ApiProblem)) throw error;
      refused += 1;
    });
  };
  const open = async (partner: ApiClient, who: TestPerson): Promise<string> =>
    (await partner.post<{ leadId: string }>('/v1/leads', { person: identifierOf(who), purpose: 'onboarding', agent: 'agent-1' })).body
      .leadId;
  const contact = { email: TEXTS['an address'], phone: TEXTS['a phone number'] };
  const address = { lines: [TEXTS['a street']], city: TEXTS['a town'], country: 'CZ' };
  const details = (who: TestPerson): object => ({ person: { ...who, givenNames: TEXTS['a given name'] }, contact, address });

  beforeAll(async () => {
    directory = await bankDirectory();
    for (const [id, role] of Object.entries(STAFF)) await registerAtCommandLine(directory, id, role);
    await start();
    await feed();
    for (const mode of MODES) {
      const partner = await registerPartner(bank, directory, `p-${mode}`, {
        initial: 30,
        followUpWithin: 'PT2M',
        settleAfter: 'PT0.2S',
        mode,
      });
      await walk(partner, mode);
    }
    await staff();
    await wander();
    await stop('SIGKILL');
    await start();
    await walk(as('p-instant'), 'instant');
    await read();
    expect(planted.below(directory.dataDir)).toEqual([]);
    await stop('SIGTERM');
  }, 240_000);

  afterAll(() => bank.kill());

  async function feed(): Promise<void> {
    const row = {
      customerNumber: TEXTS['a customer number'],
      identifiers: [identifierOf(CUSTOMER)],
      familyNames: [CUSTOMER.familyName, TEXTS['another family name']],
      birthDate: CUSTOMER.birthDate,
      contact: { email: TEXTS['an address on file'] },
      secrets: [{ kind: 'customer-number', value: TEXTS['a customer number'] }],
      givenNames: TEXTS['a given name'],
    };
    const bad = [
      { ...row, identifiers: [{ ...identifierOf(CUSTOMER), value: TEXTS['a wrong identifier'] }] },
      { ...row, nickname: TEXTS['a given name'] },
    ];
    const body = [...[row, ...bad].map((each) => JSON.stringify(each)), `{"customerNumber": ${TEXTS['a customer number']}`].join('\n');
    const response = await as('feed').request('/v1/registry/imports?importId=planted', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body,
    });
    said['tables'] += await response.text();
  }

  /** What a partner does with a customer, an applicant and somebody who withdraws, and what it does wrong on the way. */
  async function walk(partner: ApiClient, mode: (typeof MODES)[number]): Promise<void> {
    const [customer, applicant, other] = [await open(partner, CUSTOMER), await open(partner, APPLICANT), await open(partner, OTHER)];
    const secret = (value: string) => ({ ...(mode === 'proof' && { proof: { kind: 'customer-number', value } }) });
    if (mode === 'consent') await tried(consents(partner, customer));
    await tried(partner.post('/v1/membership-checks', { leadId: customer, person: CUSTOMER, ...secret(TEXTS['a wrong secret']) }));
    await tried(partner.post('/v1/membership-checks', { leadId: customer, person: CUSTOMER, ...secret(TEXTS['a customer number']) }));
    await tried(partner.post('/v1/membership-checks', { leadId: applicant, person: { ...APPLICANT, value: TEXTS['a wrong identifier'] } }));
    await tried(partner.post('/v1/membership-checks', { leadId: applicant, person: { ...APPLICANT, nickname: TEXTS['a given name'] } }));
    await tried(partner.post('/v1/membership-checks', { leadId: applicant, person: APPLICANT, ...secret(TEXTS['a wrong secret']) }));
    await tried(confirmed(partner, applicant, mode));
    await tried(partner.post(`/v1/leads/${other}/withdrawal`, { reason: TEXTS['a note of a partner'] }));
    await tried(partner.post(`/v1/leads/${other}/withdrawal`, { reason: 'other', note: TEXTS['a note of a partner'] }));
    for (const path of ['/v1/leads', '/v1/customers', '/v1/allowance', '/v1/usage'])
      said['tables'] += JSON.stringify((await partner.get(path)).body);
  }

  async function consents(partner: ApiClient, leadId: string): Promise<void> {
    await tried(partner.post(`/v1/leads/${leadId}/consent`, { contact: { email: `${TEXTS['an address']} ` } }));
    await partner.post(`/v1/leads/${leadId}/consent`, { contact: { email: TEXTS['an address'] } });
    const code = loadKeyring(join(directory.dataDir, KEY_FILES.keyring)).oneTimeCode(leadId, 1);
    codes.push(code);
    await tried(partner.post('/v1/membership-checks', { leadId, person: CUSTOMER, consent: { code: '00000000' } }));
    await partner.post('/v1/membership-checks', { leadId, person: CUSTOMER, consent: { code } });
  }

  async function confirmed(partner: ApiClient, leadId: string, mode: string): Promise<void> {
    const { customerId } = (await partner.post<{ customerId: string }>('/v1/customers', { leadId, ...details(APPLICANT) })).body;
    const customerNumber = mode === 'instant' ? TEXTS['another customer number'] : TEXTS['a customer number'];
    const proved = { outcome: 'proved', customerNumber, actedAt: new Date().toISOString() };
    await as('identity').post(`/v1/customers/${customerId}/confirmation`, proved);
    if (mode === 'blind') {
      await as('identity').post(`/v1/customers/${customerId}/revocation`, { reason: 'forged-papers', note: TEXTS['a note of an analyst'] });
    }
  }

  async function staff(): Promise<void> {
    for (const locked of [true, false]) await as('identity').post('/v1/locks', { person: identifierOf(CUSTOMER), locked });
    await as('canaries').post('/v1/canaries', { person: identifierOf(CUSTOMER), kind: 'staff' });
    await as('canaries').post('/v1/canaries', { person: identifierOf(OTHER), kind: 'deceased' });
    await as('canaries').post('/v1/canaries/retirement', { person: identifierOf(OTHER) });
    await tried(as('canaries').post('/v1/canaries', { person: { ...OTHER, value: TEXTS['a wrong identifier'] }, kind: 'deceased' }));
    const [ana, operator, note] = [as('ana'), as('operator'), TEXTS['a note of an analyst']];
    await ana.post('/v1/owners/owner-p-instant/grants', { units: 3, reason: 'other', note });
    await ana.post('/v1/partners/p-blind/suspension', { reason: 'other', note });
    await operator.post('/v1/gate/halt', { reason: 'other', note });
    await tried(as('p-instant').post('/v1/leads', { person: identifierOf(CUSTOMER), purpose: 'onboarding', agent: 'agent-1' }));
    await operator.post('/v1/gate/reopening', { reason: 'other', note });
  }

  /** Every published route, by every role, with what was planted in its place in the path, in its query, its headers and its body. */
  async function wander(): Promise<void> {
    const { paths } = (await (await fetch(`${bank.url}/docs/json`)).json()) as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
    );
    expect(routes.length).toBeGreaterThan(30);
    for (const client of [...Object.keys(STAFF), 'ana', 'p-instant']) {
      for (const [method, path] of routes) {
        const place = path.replace(/\{\w+\}/g, encodeURIComponent(TEXTS['an applicant’s identifier']));
        const query = `?partner=${encodeURIComponent(TEXTS['a family name'])}&${encodeURIComponent(TEXTS['a town'])}=1`;
        const headers = {
          'idempotency-key': TEXTS['a customer number'],
          'x-correlation-id': TEXTS['a street'].normalize('NFKD').replace(/[^ -~]/g, ''),
          'content-type': 'application/json',
        };
        const body = method === 'GET' ? {} : { body: JSON.stringify({ person: APPLICANT, contact, note: TEXTS['a note of an analyst'] }) };
        await tried(
          as(client)
            .request(`${place}${query}`, { method, headers, ...body })
            .then((response) => response.text()),
        );
      }
    }
    for (const body of ['{"planted', `{"a":"${TEXTS['a family name']}`, TEXTS['a street']]) {
      await tried(
        as('p-instant').request('/v1/leads', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': 'x' },
          body,
        }),
      );
    }
    await tried(as('p-instant').request(`/${encodeURIComponent(TEXTS['a street'])}/${TEXTS['an applicant’s identifier']}`));
  }

  async function read(): Promise<void> {
    said['evidence'] += await (await as('auditor').request('/v1/audit/events', { headers: { accept: 'application/x-ndjson' } })).text();
    for (const path of ['/v1/partners', '/v1/funnels', '/v1/refusals', '/v1/deadlines', '/v1/ledger', '/v1/canaries']) {
      await tried(
        as('ana')
          .request(path)
          .then(async (response) => (said['tables'] += await response.text())),
      );
    }
    const { items } = (await as('messages').get<{ items: { content: object | null }[] }>('/v1/messages')).body;
    const texts = JSON.stringify(items);
    // To whom they go is in clear there, and only there: it shows that the run was what it should be.
    expect(planted.in(texts)).toEqual(expect.arrayContaining(['an address', 'an address on file']));
    said['urls'] += (texts.match(/https?:[^\s"\\]+/g) ?? []).join('\n');
    said['metrics'] += await (await as('operator').request('/metrics')).text();
  }

  it('nothing of it stands under the data directory, of a process that runs, was killed, or was stopped (R45, I11)', () => {
    expect(planted.below(directory.dataDir)).toEqual([]);
  });

  it.each(Object.keys(said))('nothing of it stands in the %s (R45, I11)', (where) => {
    expect(said[where]?.length).toBeGreaterThan(where === 'urls' ? 30 : 500);
    expect(planted.in(said[where] as string)).toEqual([]);
  });

  it('no code that was sent stands anywhere but in the message (R45)', () => {
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) {
      const alone = new RegExp(`(?<![0-9A-Za-z+/_-])${code}(?![0-9A-Za-z+/_-])`);
      for (const text of Object.values(said)) expect(text).not.toMatch(alone);
    }
  });

  it('and there was enough to be found: of everything that happens to a person, something happened, and much was refused', () => {
    expect(HAPPENED.filter((type) => !said['evidence']?.includes(`"type":"${type}"`))).toEqual([]);
    expect(refused).toBeGreaterThan(200);
  });
});
