import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Upcasters } from '../../src/event-sourcing/upcasters.js';
import { REASONS, UPCASTERS } from '../../src/stored-events.reasons.js';

interface Stored {
  readonly type: string;
  readonly data: { readonly reason: string };
}

/** Frozen: what a log of before holds. */
const OF_BEFORE = JSON.parse(readFileSync(join(__dirname, 'reasons-of-version-1.json'), 'utf8')) as readonly Stored[];
const upcasters = new Upcasters(UPCASTERS);

function read({ type, data }: Stored, schemaVersion = 1): Stored {
  const cause = { correlationId: '', causationId: '', actor: '' };
  const event = { id: 'e', stream: 's', revision: 0, position: 0, recordedAt: '', type, schemaVersion, cause, data };
  return upcasters.read(event) as RecordedEvent as unknown as Stored;
}

describe('an event that gives a reason in free text, as all did before there were codes,', () => {
  it('is known of every type that the bank gives a reason for', () => {
    expect(OF_BEFORE.map(({ type }) => type).toSorted()).toEqual(Object.keys(REASONS).toSorted());
  });

  it.each(OF_BEFORE)('is read without the text: $type', (stored) => {
    const { data } = read(stored);
    expect(data).toEqual({ ...stored.data, reason: 'other' });
    expect(JSON.stringify(data)).not.toContain('Novak');
  });

  it.each([
    ['GateHalted', 'the log was restored from a backup', 'log-restored'],
    ['TermsSet', 'measured on the leads opened 45 to 135 days before the month', 'measured'],
    ['TermsSet', 'registration', 'registration'],
    ['TermsSet', 'policy', 'policy'],
  ])('keeps its meaning where the service itself wrote it: %s, %s', (type, reason, code) => {
    expect(read({ type, data: { reason } }).data).toEqual({ reason: code });
  });

  it('is left alone in the shape of today', () => {
    const data = { reason: 'complaints', sealed: 'v1.abc' };
    expect(read({ type: 'AllowanceRevoked', data }, 2).data).toBe(data);
  });
});
