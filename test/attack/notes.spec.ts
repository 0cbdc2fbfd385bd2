import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../../src/cli/oauth-client.js';
import { CLOCK, type SystemClock } from '../../src/event-sourcing/clock.js';
import { KEY_VAULT, type KeyVault } from '../../src/modules/persons/key-vault.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import { REASONS } from '../../src/stored-events.reasons.js';
import { person } from '../end-to-end/persons.js';
import { runningBank, type RunningBank } from '../end-to-end/running-bank.js';

const NOTE = 'Mrs Plantednote, +420777123321, says so';
const PLANTED = ['plantednote', '777123321'];
const found = (text: string): string[] => PLANTED.filter((planted) => text.toLowerCase().includes(planted));

interface Line {
  readonly type: string;
  readonly subject: string;
  readonly revision: number;
  readonly data: { readonly sealed?: string };
}

describe("what the bank's people add to a reason in their own words", () => {
  let bank: RunningBank;
  let exported: string;
  let noted: readonly Line[];
  let leadStream: string;
  /** Every call of the bank that says why, with a code of its list. */
  let calls: readonly (readonly [client: ApiClient, path: string, code: string, more?: object])[];

  beforeAll(async () => {
    bank = await runningBank({ LOG_LEVEL: 'debug' });
    const { analyst, operator, identity } = bank;
    const partner = await bank.partner({ ownerId: 'noted', partnerId: 'noted' });
    await analyst.post('/v1/clients', { clientId: 'second', role: 'partner', partnerId: 'noted', ownerId: 'noted' });
    const customerId = await converted(partner);
    calls = [
      [identity, `/v1/customers/${customerId}/revocation`, 'stolen-identity'],
      [analyst, '/v1/owners/noted/grants', 'campaign', { units: 2 }],
      [analyst, '/v1/owners/noted/grant-revocations', 'complaints', { units: 1 }],
      [analyst, '/v1/policy', 'new-rules', { changes: { coolDown: 'PT2M' } }],
      [analyst, '/v1/owners/noted/terms', 'agreed', { terms: { perConversion: 9, mode: 'blind' } }],
      [analyst, '/v1/partners/noted/suspension', 'leaked-list'],
      [analyst, '/v1/partners/noted/reinstatement', 'cleared'],
      [analyst, '/v1/partners/noted/termination', 'misuse'],
      [analyst, '/v1/clients/second/disablement', 'not-needed'],
      [operator, '/v1/gate/halt', 'suspected-attack'],
      [operator, '/v1/gate/reopening', 'false-alarm'],
      [operator, '/v1/clock/trust', 'clock-is-right'],
    ];
    for (const [client, path, reason, more] of calls) {
      for (const wrong of [{ reason: NOTE }, { reason: 'because', note: NOTE }, { note: NOTE }, { reason, note: NOTE.repeat(13) }])
        await expect(client.post(path, { ...more, ...wrong })).rejects.toMatchObject({ status: 422, code: 'MEMBERS_INVALID' });
      if (path.endsWith('trust')) bank.app.get<SystemClock>(CLOCK).startAfter(0);
      await client.post(path, { ...more, reason, note: NOTE });
    }
    const second = await bank.client('analyst-of-two', 'analyst');
    await second.post('/v1/owners/noted/terms/3/approval', {});
    for (const nobody of ['/v1/owners/nobody/grants', '/v1/partners/nobody/suspension', '/v1/clients/nobody/disablement'])
      await expect(analyst.post(nobody, { reason: 'other', note: NOTE, ...(nobody.endsWith('grants') && { units: 1 }) })).rejects.toThrow();
    await bank.settled();
    exported = await (await bank.auditor.request('/v1/audit/events')).text();
    const lines = exported
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    noted = lines.filter(({ type, data }) => Object.hasOwn(REASONS, type) && data.sealed !== undefined);
    leadStream = (lines.find(({ type }) => type === 'LeadOpened')?.data as unknown as { leadStream: string }).leadStream;
  });
  afterAll(() => bank.stop());

  /** @returns customerId */
  async function converted(partner: ApiClient): Promise<string> {
    const { country, scheme, value } = person(700);
    const lead = { person: { country, scheme, value }, purpose: 'onboarding', agent: 'agent-1' };
    const { leadId } = (await partner.post<{ leadId: string }>('/v1/leads', lead)).body;
    const body = { leadId, person: person(700), contact: { email: 'me@example.org' } };
    const { customerId } = (await partner.post<{ customerId: string }>('/v1/customers', body)).body;
    const proved = { outcome: 'proved', customerNumber: 'C700', actedAt: new Date().toISOString() };
    await bank.identity.post(`/v1/customers/${customerId}/confirmation`, proved);
    return customerId;
  }

  const read = async (reader: ApiClient, { subject, revision }: Line) =>
    (await reader.get<Record<string, unknown>>(`/v1/notes/${subject}@${revision}`)).body;

  it('is kept with every event of the bank that has a reason', () => {
    expect(noted.map(({ type }) => type).toSorted()).toEqual(Object.keys(REASONS).toSorted());
  });

  it('stands in clear nowhere: not in the exported log, not under the data directory, not in what is logged and measured (I11)', async () => {
    expect(found(exported)).toEqual([]);
    const files = readdirSync(bank.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['log.db-wal', 'vault.db-wal', 'read-models.db-wal']));
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      expect([name, ...found(bytes.toString('latin1')), ...found(bytes.toString('utf16le'))]).toEqual([name]);
    }
    expect(bank.lines.length).toBeGreaterThan(10);
    expect(found(bank.lines.join('\n'))).toEqual([]);
    expect(found(await (await bank.operator.request('/metrics')).text())).toEqual([]);
  });

  it('shows as a place to ask at where partners, owners and clients are shown', async () => {
    const ofPartner = (await bank.analyst.get('/v1/partners/noted')).body;
    const ofOwner = (await bank.analyst.get('/v1/owners/noted')).body;
    const noteId = expect.stringMatching(/^owner-noted@\d+$/) as unknown;
    expect(ofPartner).toMatchObject({ standing: 'terminated', standingChange: { reason: 'misuse', noteId } });
    expect(ofPartner).toMatchObject({ clients: expect.arrayContaining([expect.objectContaining({ disabledNoteId: 'client-second@1' })]) });
    expect(ofOwner).toMatchObject({ termsVersion: 3 });
    expect(JSON.stringify([ofPartner, ofOwner])).not.toContain('sealed');
    expect(found(JSON.stringify([ofPartner, ofOwner]))).toEqual([]);
  });

  it('is read back by an analyst and by an auditor, and each reading is on record without the words', async () => {
    for (const reader of [bank.analyst, bank.auditor]) {
      for (const line of noted) expect(await read(reader, line)).toMatchObject({ type: line.type, note: NOTE });
    }
    const readings = (await bank.log()).filter(
      ({ type, data }) => type === 'EvidenceRead' && (data as { what: { of: string } }).what.of === 'note',
    );
    expect(readings).toHaveLength(2 * noted.length);
    expect(found(JSON.stringify(readings))).toEqual([]);
  });

  it('is gone once the key of whom it is about is destroyed: the person, the owner, the client, the gate, the policy', async () => {
    const vault = bank.app.get<KeyVault>(KEY_VAULT);
    const revoked = noted.filter(({ type }) => type === 'ConversionRevoked');
    await vault.destroy(streamSubject(leadStream));
    expect(await read(bank.analyst, revoked[0] as Line)).toMatchObject({ reason: 'stolen-identity', note: null });
    const others = noted.filter((line) => !revoked.includes(line));
    expect(await read(bank.analyst, others[0] as Line)).toMatchObject({ note: NOTE });
    for (const { subject } of others) await vault.destroy(streamSubject(subject));
    for (const line of others) expect(await read(bank.analyst, line)).toMatchObject({ type: line.type, note: null });
  });
});
