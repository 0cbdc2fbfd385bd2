import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { checks, type Told } from './checks.js';
import type { Sent } from './load.js';

const AT = '2026-01-01T00:00:00.000Z';
const cause = { correlationId: 'c', causationId: 'c', actor: 'p' };
const event = (n: number, type: string, data: object): RecordedEvent =>
  ({
    id: `e${n}`,
    type,
    stream: 'notes',
    revision: n,
    position: n,
    recordedAt: AT,
    schemaVersion: 1,
    data: { leadId: 'l', ...data },
    cause,
  }) as RecordedEvent;
const sent = (kind: Sent['kind'], text: string): Sent => ({ kind, client: 'p', path: '/', body: {}, key: kind, leadId: 'l', text });

/** A lead that was opened, answered and followed up, in a stream that the bound does not look at. */
const LOG = [
  event(0, 'LeadAdmitted', { at: AT }),
  event(1, 'MembershipAnswered', { answer: 'no' }),
  event(2, 'CustomerSubmitted', { customerId: 'k' }),
];
const TOLD = [
  sent('open', JSON.stringify({ leadId: 'l', openedAt: AT })),
  sent('check', JSON.stringify({ answer: 'no' })),
  sent('create', JSON.stringify({ customerId: 'k' })),
];

async function broken(log: readonly RecordedEvent[], told: Partial<Told> = {}): Promise<readonly string[]> {
  const load: Told = { sent: TOLD, acknowledged: TOLD, differing: [], problems: new Map(), ...told };
  const found = await Promise.all(checks(log, load, []).map(async ({ rule, breaches }) => ((await breaches()).length > 0 ? [rule] : [])));
  return found.flat().map((rule) => rule.split(':', 1)[0] ?? '');
}

describe("the cluster's checks", () => {
  it('find nothing where everything is as it was told', async () => expect(await broken(LOG)).toEqual([]));

  it('find each acknowledged command that is not in the log', async () => {
    for (const { type } of LOG) {
      const rest = LOG.filter((each) => each.type !== type).map((each, n) => ({ ...each, revision: n }));
      expect(await broken(rest)).toEqual(['R2, R17']);
    }
  });

  it('find an answer, a customer and a time that are not those that were told', async () => {
    for (const change of [{ answer: 'yes' }, { customerId: 'other' }, { at: 'later' }]) {
      const other = LOG.map((each) => ({
        ...each,
        data: { ...each.data, ...((Object.keys(change)[0] as string) in each.data && change) },
      }));
      expect(await broken(other)).toEqual(['R2, R17']);
    }
  });

  it('find an event id twice, a gap in a stream, a second answer, and what nobody had asked for', async () => {
    expect(await broken([...LOG, { ...event(3, 'Noted', {}), id: 'e0' }])).toEqual(['R14']);
    expect(await broken([...LOG, event(4, 'Noted', {})])).toEqual(['R14, R17']);
    expect(await broken([...LOG, event(3, 'MembershipAnswered', { answer: 'no' })])).toEqual([
      'R3, R4',
      'each lead has at most one answer',
    ]);
    expect(await broken([...LOG, event(3, 'LeadAdmitted', { leadId: 'other' })])).toEqual(['R3, R4']);
  });

  it('find a reply of other bytes, an internal error and a command without an outcome', async () => {
    expect(await broken(LOG, { differing: ['open'] })).toEqual(['R12']);
    expect(await broken(LOG, { problems: new Map([['INTERNAL_ERROR', 1]]) })).toEqual(['no request met an internal error']);
    const { text: _, ...open } = sent('check', '');
    expect(await broken(LOG, { sent: [...TOLD, open] })).toEqual(['every command got an outcome in the end']);
  });

  it('find a bound that is broken', async () => {
    const stray = { ...event(3, 'MembershipAnswered', { leadId: 'stray', answer: 'no' }), stream: 'lead-1', revision: 0 };
    expect(await broken([...LOG, stray])).toContain('R1');
  });
});
