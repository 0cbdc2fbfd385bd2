import type { EvidenceRead } from '../../src/modules/audit/evidence.events.js';
import { NoteSeal } from '../../src/modules/persons/note-seal.js';
import { streamSubject } from '../../src/modules/persons/person-subject.js';
import type { TestClient } from '../http/test-app.js';
import { ANALYST, AUDITOR, IDENTITY, ReadSideApp, SHOPS } from './read-side.app.js';

const AT = '2025-01-06T09:00:00.000Z';
const NOTE = 'Mr Novak has called';
const PERSON_KEY = `1.${'p'.repeat(21)}A`;

describe('what the bank added to a reason in its own words', () => {
  let app: ReadSideApp;
  let analyst: TestClient;
  const noteIds: Record<string, string> = {};
  beforeAll(async () => {
    app = await ReadSideApp.start();
    analyst = await app.client(ANALYST);
    const seal = async (subject: string) => (await app.get(NoteSeal).seal(subject, NOTE)) as { sealed: string };
    const write = (name: string, stream: string, event: { type: string; data: object }): void => {
      app.bank.log.write(stream, event as never);
      noteIds[name] = `${stream}@${app.bank.events.at(-1)?.revision}`;
    };
    const ofGate = await seal(streamSubject('gate'));
    const ofPerson = await seal(streamSubject('lead-a'));
    const onLead = { leadId: 'lead-1', owner: 'acme', partner: 'acme-shops' };
    write('halt', 'gate', { type: 'GateHalted', data: { reason: 'leaked-list', ...ofGate, by: 'ana', at: AT } });
    write('silent', 'gate', { type: 'GateReopened', data: { reason: 'false-alarm', by: 'ana', at: AT } });
    write('old', 'gate', { type: 'GateHalted', data: { reason: 'a list of Novak', by: 'ana', at: AT } });
    write('opened', 'lead-a', { type: 'LeadOpened', data: { ...onLead, personKey: PERSON_KEY } });
    write('submitted', 'lead-a', { type: 'CustomerSubmitted', data: { ...onLead, ...ofPerson } });
    write('withdrawn', 'lead-a', { type: 'LeadWithdrawn', data: { ...onLead, reason: 'other', ...ofPerson, at: AT } });
    write('revoked', 'lead-a', { type: 'ConversionRevoked', data: { ...onLead, reason: 'wrong-person', ...ofPerson, at: AT } });
    await app.write();
  });
  afterAll(() => app.stop());

  const read = async (noteId: string | undefined, by = analyst) => (await by.api.get(`/v1/notes/${noteId}`)).body;
  const readings = async () =>
    (await app.store.readAll({ limit: 1_000, types: ['EvidenceRead'] })).events.map(({ data }) => data as EvidenceRead['data']);

  it('is read by an analyst and an auditor, under the key of the stream or of the person, and on record', async () => {
    const halt = { noteId: noteIds['halt'], type: 'GateHalted', reason: 'leaked-list', note: NOTE, at: AT };
    expect(await read(noteIds['halt'])).toEqual(halt);
    expect(await read(noteIds['halt'], await app.client(AUDITOR))).toEqual(halt);
    expect(await read(noteIds['revoked'])).toMatchObject({ type: 'ConversionRevoked', reason: 'wrong-person', note: NOTE });
    expect((await readings()).map(({ by, what }) => [by, what])).toEqual([
      ['ana', { of: 'note', stream: 'gate', revision: 0 }],
      ['otto', { of: 'note', stream: 'gate', revision: 0 }],
      ['ana', { of: 'note', stream: 'lead-a', revision: 3 }],
    ]);
  });

  it('is null where there is only the code, and where the text is from before there were codes', async () => {
    expect(await read(noteIds['silent'])).toMatchObject({ reason: 'false-alarm', note: null });
    expect(await read(noteIds['old'])).toMatchObject({ reason: 'other', note: null });
  });

  it('is no way to what else is sealed about a person, nor to what is not there; and that is no reading', async () => {
    const before = (await readings()).length;
    const others = ['opened', 'submitted', 'withdrawn'].map((name) => noteIds[name]);
    for (const noteId of [
      ...others,
      'gate@99',
      'gate@00',
      'gate',
      'gate@',
      '@0',
      'nobody@0',
      '$all@0',
      'gate%2F@0',
      `gate@${'9'.repeat(20)}`,
    ])
      await expect(read(noteId)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await readings()).length).toBe(before);
  });

  it('is for no other role', async () => {
    for (const identity of [SHOPS, IDENTITY])
      await expect(read(noteIds['halt'], await app.client(identity))).rejects.toMatchObject({ status: 403 });
  });
});
