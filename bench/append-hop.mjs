// What the writer thread costs and what it earns, as ratios within one run: `npx nest build && node bench/append-hop.mjs`.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { EmbeddedEventStore } from '../dist/event-sourcing/embedded.event-store.js';
import { LogReader, LogWriter, openForReading, openForWriting } from '../dist/event-sourcing/embedded.log.js';

const SECONDS = 3;
const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'append-hop-'));
const cause = { correlationId: randomUUID(), causationId: randomUUID(), actor: 'client' };
const event = () => ({
  id: randomUUID(),
  type: 'LeadAdmitted',
  schemaVersion: 1,
  recordedAt: new Date().toISOString(),
  cause,
  data: {
    leadId: 'x'.repeat(24),
    personKeys: ['y'.repeat(24)],
    purpose: 'account-opening',
    followUpBy: '2026-01-01T00:00:00.000Z',
    number: 1,
  },
});
const row = (e) => ({ ...e, cause: JSON.stringify(e.cause), data: JSON.stringify(e.data) });

function report(name, times, seconds) {
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  const result = { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
  console.log(
    `${name.padEnd(44)} ${result.perSecond.toFixed(0).padStart(8)}/s   p50 ${result.p50.toFixed(3)} ms   p99 ${result.p99.toFixed(3)} ms`,
  );
  return result;
}

async function measure(name, lanes, work) {
  const times = [];
  const end = performance.now() + SECONDS * 1000;
  const started = performance.now();
  const lane = async (n) => {
    for (let i = 0; performance.now() < end; i++) {
      const before = performance.now();
      await work(n, i);
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
  return report(name, times, (performance.now() - started) / 1000);
}

const db = openForWriting(join(root, 'direct.db'));
const writer = new LogWriter(db);
const direct = await measure('direct, main thread, a sync each', 1, (_, i) =>
  writer.write([{ stream: 's', expected: i - 1, events: [row(event())] }]),
);
const reader = new LogReader(openForReading(join(root, 'direct.db')));
const directRead = await measure('read of one event, main thread', 1, (_, i) =>
  JSON.parse(reader.readStream({ stream: 's', from: i % 1000, limit: 1 }).events),
);
writer.close();
reader.close();

const store = await EmbeddedEventStore.open(join(root, 'store'));
const append = (prefix) => (n, i) => store.append(`${prefix}-${n}`, i - 1, [event()]);
const one = await measure('through the thread, 1 stream', 1, append('one'));
const before = store.stats();
const many = await measure('through the thread, 64 streams at once', 64, append('many'));
const after = store.stats();
const threadRead = await measure('read of one event, through the thread', 1, (_, i) =>
  store.readStream('one-0', { from: i % 1000, limit: 1 }),
);
await store.append('head', -1, [event()]);
const headRead = await measure('read after the head, from memory', 1, async (_, i) => {
  if (i % 1000 === 0) await new Promise(setImmediate);
  return store.readStream('head', { from: 1 });
});
const started = performance.now();
let pages = 0;
for (let through = -1; through < (await store.end()); pages++) through = (await store.readAll({ after: through })).through;
const all = (await store.end()) / ((performance.now() - started) / 1000);
const filtered = performance.now();
for (let through = -1; through < (await store.end());) through = (await store.readAll({ after: through, types: ['Rare'] })).through;
const scan = (await store.end()) / ((performance.now() - filtered) / 1000);
await store.close();
rmSync(root, { recursive: true });

const ratio = (a, b) => (a / b).toFixed(2);
console.log(
  `\nthe hop, 1 stream: throughput ${ratio(one.perSecond, direct.perSecond)} of direct, p50 ${ratio(one.p50, direct.p50)} times direct (+${((one.p50 - direct.p50) * 1000).toFixed(0)} µs)`,
);
console.log(
  `64 streams: throughput ${ratio(many.perSecond, direct.perSecond)} times direct, p50 ${ratio(many.p50, direct.p50)} times direct`,
);
console.log(`appends in a commit at 64 streams: ${ratio(after.appends - before.appends, after.commits - before.commits)}`);
console.log(
  `read: thread ${ratio(threadRead.p50, directRead.p50)} times main thread (+${((threadRead.p50 - directRead.p50) * 1000).toFixed(0)} µs), from memory ${(headRead.p50 * 1000).toFixed(1)} µs`,
);
console.log(`log read in pages of 500: ${all.toFixed(0)} events/s; looked through by type: ${scan.toFixed(0)} events/s`);
