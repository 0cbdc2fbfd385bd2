import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogReader, LogWriter, openForReading, openForWriting } from '../../src/event-sourcing/embedded.log.js';
import { NO_STREAM } from '../../src/event-sourcing/event-store.js';

const MEGABYTE = 1_000_000;

describe('the pages of the embedded log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vestibule-log-'));
  const file = join(directory, 'log.db');
  const writer = new LogWriter(openForWriting(file));
  const reader = new LogReader(openForReading(file));
  afterAll(() => {
    reader.close();
    writer.close();
    rmSync(directory, { recursive: true });
  });

  let written = 0;
  const write = (count: number, length: number, type: string) => {
    const events = Array.from({ length: count }, () => {
      written += 1;
      const data = JSON.stringify({ text: 'x'.repeat(length) });
      return { id: `event-${written}`, type, schemaVersion: 1, recordedAt: '2026-01-02T12:00:00.000Z', cause: '{}', data };
    });
    writer.write([{ stream: `stream-${written}`, expected: NO_STREAM, events }]);
  };

  it.each([undefined, ['Small', 'Large']])('stay some megabytes long where large events follow many small ones (types: %p)', (types) => {
    const from = written;
    write(500, 100, 'Small');
    for (let n = 0; n < 40; n++) write(1, MEGABYTE / 2, 'Large');
    const found: string[] = [];
    for (let after = from - 1; after < written - 1;) {
      const { events, through } = reader.readPage({ after, upTo: written - 1, limit: 1_000, types });
      const bytes = events.reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBeLessThan(9 * MEGABYTE);
      for (const text of events) found.push(...(JSON.parse(Buffer.from(text).toString()) as { id: string }[]).map(({ id }) => id));
      after = through;
    }
    expect(found).toEqual(Array.from({ length: 540 }, (_, i) => `event-${from + i + 1}`));
  });

  it('have no gap where one append of a group is taken back, because an id of it stands in the log', () => {
    const row = (id: string) => ({ id, type: 'Small', schemaVersion: 1, recordedAt: '2026-01-02T12:00:00.000Z', cause: '{}', data: '{}' });
    const end = writer.end();
    const outcomes = writer.write([
      { stream: 'first', expected: NO_STREAM, events: [row('a')] },
      { stream: 'second', expected: NO_STREAM, events: [row('b'), row('a')] },
      { stream: 'third', expected: NO_STREAM, events: [row('b')] },
    ]);
    expect(outcomes).toEqual([
      { kind: 'appended', revision: 0, position: end + 1, written: 1 },
      { kind: 'duplicate-id', id: 'a' },
      { kind: 'appended', revision: 0, position: end + 2, written: 1 },
    ]);
    expect(writer.end()).toBe(end + 2);
    expect(reader.readStream({ stream: 'second', from: 0, limit: 10 }).events).toBe('[]');
  });
});
