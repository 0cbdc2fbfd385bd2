import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { EvidenceRead } from '../../src/modules/audit/evidence.events.js';
import { evidence } from '../../src/modules/audit/evidence.js';
import { eventsOfLog, eventsOfStream, lines } from '../../src/queries/evidence-lines.js';
import type { CloudEvent } from '../../src/queries/cloud-event.js';
import { header, raw, type RawResponse, type TestClient } from '../http/test-app.js';
import { given } from '../support/given.js';
import { AUDITOR, ReadSideApp } from './read-side.app.js';

let app: ReadSideApp;
let auditor: TestClient;

beforeAll(async () => {
  app = await ReadSideApp.start();
  auditor = await app.client(AUDITOR);
  const leadId = app.bank.open('acme', 'acme-shops', 1)!;
  app.bank.check(leadId, 'acme-shops', false);
  app.bank.now += 86_400_000;
  app.bank.open('zenith', 'zenith-credit', 2);
  await app.write();
});
afterAll(() => app.stop());

const get = async (path: string, accept = 'application/x-ndjson'): Promise<RawResponse> =>
  raw(app.url, { path, headers: { authorization: `Bearer ${await auditor.token()}`, accept } });
const parsed = (text: string): CloudEvent[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CloudEvent);
const read = async (path: string): Promise<CloudEvent[]> => parsed((await get(path)).body);

describe('an auditor', () => {
  it('reads the whole log as CloudEvents, one a line, as it is stored', async () => {
    const end = await app.store.end();
    const response = await get('/v1/audit/events');
    expect(header(response, 'content-type')).toBe('application/x-ndjson');
    const events = parsed(response.body);
    expect(events.at(-1)?.position).toBe(String(end));
    const stored = (await app.store.readAll({ limit: 1000 })).events.filter(({ position }) => position <= end);
    expect(events.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
    const admitted = stored.find(({ type }) => type === 'LeadAdmitted')!;
    expect(events.find(({ type }) => type === 'LeadAdmitted')).toEqual({
      specversion: '1.0',
      id: admitted.id,
      source: 'urn:vestibule:log',
      type: 'LeadAdmitted',
      subject: 'owner-acme',
      time: admitted.recordedAt,
      datacontenttype: 'application/json',
      dataschema: 'urn:vestibule:event:LeadAdmitted:1',
      position: String(admitted.position),
      revision: admitted.revision,
      correlationid: 'test',
      causationid: 'test',
      actor: 'test',
      data: admitted.data,
    });
  });

  it('goes on from any position, to any number of events', async () => {
    const all = await read('/v1/audit/events');
    const some = await read(`/v1/audit/events?after=${all[4]!.position}&limit=3`);
    expect(some.map(({ id }) => id)).toEqual(all.slice(5, 8).map(({ id }) => id));
  });

  it('narrows the log to types, a partner, a stretch of time', async () => {
    expect((await read('/v1/audit/events?types=LeadAdmitted,MembershipAnswered')).map(({ type }) => type)).toEqual([
      'LeadAdmitted',
      'MembershipAnswered',
      'LeadAdmitted',
    ]);
    expect((await read('/v1/audit/events?partner=zenith-credit&types=LeadAdmitted')).map(({ subject }) => subject)).toEqual([
      'owner-zenith',
    ]);
    expect(await read('/v1/audit/events?from=2025-01-07T00:00:00Z&to=2025-01-07T12:00:00%2B01:00&types=LeadOpened')).toHaveLength(1);
  });

  it('reads a stream from a revision', async () => {
    expect((await read('/v1/audit/streams/lead-acme-1')).map(({ type }) => type)).toEqual(['LeadOpened', 'MembershipAnswered']);
    expect((await read('/v1/audit/streams/lead-acme-1?from=1')).map(({ revision }) => revision)).toEqual([1]);
    expect((await get('/v1/audit/streams/lead-nobody')).status).toBe(404);
  });

  it('leaves evidence of every reading, written before the first byte, and not shown to itself', async () => {
    const readings = async (): Promise<CloudEvent[]> => read('/v1/audit/events?types=EvidenceRead');
    const before = await readings();
    const after = await readings();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toMatchObject([
      { actor: 'otto', data: { by: 'otto', what: { of: 'log', types: ['EvidenceRead'] } } },
    ]);
    expect(after.at(-1)?.subject).toMatch(/^evidence-reads-\d{4}-\d{2}-\d{2}$/);
  });

  it('gets nothing in a format that is not line by line, nor with members that there are not', async () => {
    expect((await get('/v1/audit/events', 'application/json')).status).toBe(406);
    expect((await get('/v1/audit/events?person=1')).status).toBe(422);
    expect((await get('/v1/audit/events?from=yesterday')).status).toBe(422);
    expect((await get('/v1/audit/streams/lead-acme-1?after=1')).status).toBe(422);
  });
});

describe('reading evidence', () => {
  const reading: EvidenceRead = {
    type: 'EvidenceRead',
    data: { by: 'otto', what: { of: 'log' }, until: 7, at: '2025-01-06T09:00:00.000Z' },
  };

  it('is an event, each time', () => {
    given(evidence).when({ type: 'RecordReading', data: reading.data }).happens(reading);
    given(evidence, reading).when({ type: 'RecordReading', data: reading.data }).happens(reading);
  });

  it('reads a page only when the one before has been taken', async () => {
    const store = new MemoryEventStore();
    const cause = { correlationId: 'test', causationId: 'test', actor: 'test' };
    for (let n = 0; n < 1_000; n++) {
      await store.append('s', n - 1, [
        { id: `e${n}`, type: 'Noted', schemaVersion: 1, recordedAt: '2025-01-06T09:00:00.000Z', cause, data: { n } },
      ]);
    }
    let pages = 0;
    const events = eventsOfLog(store, { after: -1, until: 949, limit: Infinity }, () => (pages += 1));
    await events.next();
    expect(pages).toBe(1);
    let last = 0;
    for await (const { position } of events) last = position;
    expect([pages, last]).toEqual([10, 949]);

    const ofStream: number[] = [];
    for await (const { revision } of eventsOfStream(store, { stream: 's', from: 150, until: 949, limit: 250 })) ofStream.push(revision);
    expect([ofStream.length, ofStream[0], ofStream.at(-1)]).toEqual([250, 150, 399]);

    const chunks: string[] = [];
    for await (const chunk of lines(eventsOfLog(store, { after: -1, until: 999, limit: Infinity }))) chunks.push(chunk);
    expect(parsed(chunks.join(''))).toHaveLength(1_000);
    expect(chunks.length).toBeGreaterThan(3);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(70_000);
  });
});
