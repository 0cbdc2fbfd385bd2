import { randomUUID } from 'node:crypto';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { Fact, NewEvent } from '../../src/event-sourcing/message.js';
import { compromiseReport } from '../../src/queries/compromise-report.js';

const STREAM = 'client-acme';
const EARLIER = '2020-01-01T00:00:00.000Z';

const by = (actor: string, { type, data }: Fact): NewEvent => ({
  id: randomUUID(),
  type,
  schemaVersion: 1,
  data,
  recordedAt: '2026-01-01T12:00:00.000Z',
  cause: { correlationId: 'c', causationId: 'c', actor },
});
const registered = by('ana', { type: 'ClientRegistered', data: { clientId: 'acme', role: 'partner' } });
const compromised = by('ana', {
  type: 'ClientCompromised',
  data: { clientId: 'acme', since: EARLIER, kids: ['k1'], reason: 'key-exposed' },
});

describe('What was asked since a client was compromised', () => {
  it('is found however long whoever had its key has made its stream', async () => {
    const store = new MemoryEventStore();
    const thief = Array.from({ length: 1_200 }, (_, n) =>
      by('acme', { type: n % 2 === 0 ? 'ClientKeyRegistered' : 'ClientKeyRevoked', data: { kid: `k${n}` } }),
    );
    await store.append(STREAM, -1, [registered, ...thief, compromised]);
    const report = await compromiseReport(store, STREAM, { after: undefined, limit: 10_000 });
    expect(report?.compromises).toMatchObject([{ since: EARLIER, kids: ['k1'] }]);
    expect(report?.asked).toHaveLength(1_200);
    expect(report?.next).toBeNull();
  });

  it('is everything that writes, under a name of its own, and nothing that others did', async () => {
    const store = new MemoryEventStore();
    await store.append(STREAM, -1, [registered, compromised]);
    const types = ['LeadAdmitted', 'MembershipAnswered', 'AnswerChanged', 'AnswerUpheld', 'ConsentAsked', 'ConsentCodeMissed'];
    const data = { leadId: 'l1', partner: 'p1', agent: 'a1' };
    for (const actor of ['acme', 'another']) {
      await store.append(
        `lead-${actor}`,
        -1,
        types.map((type) => by(actor, { type, data })),
      );
    }
    const report = await compromiseReport(store, STREAM, { after: undefined, limit: 100 });
    expect(report?.asked.map(({ what }) => what)).toEqual([
      'lead-opened',
      'membership-checked',
      'answer-changed',
      'answer-upheld',
      'consent-asked',
      'consent-code-missed',
    ]);
    expect(report?.asked[2]).toMatchObject({ leadId: 'l1', partner: 'p1', agent: 'a1' });
  });
});
