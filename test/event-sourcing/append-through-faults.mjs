// Started under strace by the embedded store's fault spec: appends one event after another, sends each again until its outcome
// is known, and prints what it met.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { EmbeddedEventStore } from '../../build/event-sourcing/embedded.event-store.js';

const [directory, count] = process.argv.slice(2);
const store = await EmbeddedEventStore.open(directory);
const errors = {};
const acknowledged = [];
const cause = { correlationId: 'c', causationId: 'c', actor: 'child' };

// Marks in the trace, between which there are appends and nothing else.
writeSync(2, 'first append');
for (let revision = -1; acknowledged.length < Number(count);) {
  const event = { id: randomUUID(), type: 'Written', schemaVersion: 1, recordedAt: '', cause, data: { text: 'x'.repeat(2000) } };
  for (let tries = 0; tries < 20 && acknowledged.at(-1) !== event.id; tries++) {
    try {
      ({ revision } = await store.append('stream', revision, [event]));
      acknowledged.push(event.id);
    } catch (error) {
      errors[error.name] = (errors[error.name] ?? 0) + 1;
    }
  }
  if (acknowledged.at(-1) !== event.id) break;
}

writeSync(2, 'last append');

const readable = (await store.readStream('stream', { limit: 10_000 })).map(({ id }) => id);
const { commits } = store.stats();
await store.close();
process.stdout.write(JSON.stringify({ acknowledged, readable, errors, commits }));
