import type { EvidenceRead } from '../../src/modules/audit/evidence.events.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import { KEY_VAULT, type KeyVault } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { ApiProblem } from '../../src/cli/oauth-client.js';
import type { TestClient } from '../http/test-app.js';
import { ANALYST, AUDITOR, ReadSideApp } from './read-side.app.js';

const AT = '2025-01-06T09:00:00.000Z';
const PERSON_KEY = `1.${'p'.repeat(21)}A`;
const NOTE = 'Mrs Novak has moved abroad';

describe('why a partner withdrew a lead, in its own words,', () => {
  let app: ReadSideApp;
  let analyst: TestClient;
  let vault: KeyVault;
  let withNote: string;
  let without: string;
  let open: string;
  beforeAll(async () => {
    app = await ReadSideApp.start();
    analyst = await app.client(ANALYST);
    vault = app.get<KeyVault>(KEY_VAULT);
    const keyring = app.get(Keyring);
    const stream = keyring.leadStream('acme', PERSON_KEY);
    [withNote, without, open] = [1, 2, 3].map((number) => keyring.leadId(stream, number)) as [string, string, string];
    await vault.ensureKey(streamSubject(stream));
    const sealed = await vault.seal(streamSubject(stream), { note: NOTE });
    const of = { owner: 'acme', partner: 'acme-shops' };
    for (const leadId of [withNote, without, open]) {
      app.bank.log.write(stream, { type: 'LeadOpened', data: { ...of, leadId, personKey: PERSON_KEY } as never });
      const data = { ...of, leadId, reason: 'other', ...(leadId === withNote && { sealed }), at: AT } as const;
      if (leadId !== open) app.bank.log.write(stream, { type: 'LeadWithdrawn', data });
    }
    await app.write();
  });
  afterAll(() => app.stop());

  const read = async (leadId: string) => (await analyst.api.get(`/v1/withdrawals/${leadId}`)).body;
  const readings = async () =>
    (await app.store.readAll({ limit: 1_000, types: ['EvidenceRead'] })).events.map(({ data }) => data as EvidenceRead['data']);

  it('is read by an analyst, and that it was is on record, without the words', async () => {
    expect(await read(withNote)).toEqual({ leadId: withNote, partnerId: 'acme-shops', reason: 'other', note: NOTE, withdrawnAt: AT });
    expect((await readings()).at(-1)).toMatchObject({ by: 'ana', what: { of: 'note', revision: 1 } });
    expect(JSON.stringify((await app.store.readAll({ limit: 1_000 })).events)).not.toContain('Novak');
  });

  it('is null where it said no more than the reason', async () => {
    expect(await read(without)).toMatchObject({ reason: 'other', note: null });
  });

  it('is not to be had of a lead that is open, or is none; and that is no reading', async () => {
    const before = (await readings()).length;
    for (const leadId of [open, 'nonsense', app.get(Keyring).leadId(`lead-${'0'.repeat(24)}`, 1)])
      await expect(read(leadId)).rejects.toMatchObject({ status: 404, code: 'LEAD_NOT_FOUND' });
    expect((await readings()).length).toBe(before);
  });

  it('is for no other role', async () => {
    const auditor = await app.client(AUDITOR);
    await expect(auditor.api.get(`/v1/withdrawals/${withNote}`)).rejects.toBeInstanceOf(ApiProblem);
  });

  it('is gone with the person', async () => {
    await vault.destroy(streamSubject(app.get(Keyring).leadStream('acme', PERSON_KEY)));
    expect(await read(withNote)).toMatchObject({ reason: 'other', note: null });
  });
});
