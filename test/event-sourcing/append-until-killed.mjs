// Started by the embedded store's spec: appends to a few streams for as long as it lives, and prints the id of each event
// once it is acknowledged. Writes synchronously, so that what was acknowledged is in the pipe before a kill.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { EmbeddedEventStore } from '../../build/event-sourcing/embedded.event-store.js';

const store = await EmbeddedEventStore.open(process.argv[2]);
const cause = { correlationId: 'c', causationId: 'c', actor: 'child' };

async function lane(stream) {
  let revision = -1;
  for (let events = []; ;) {
    events = await store.readStream(stream, { from: revision + 1 });
    revision += events.length;
    if (events.length === 0) break;
  }
  for (;;) {
    const events = Array.from({ length: 2 }, () => ({
      id: randomUUID(),
      type: 'Lived',
      schemaVersion: 1,
      recordedAt: '2025-01-01T00:00:00.000Z',
      cause,
      data: {},
    }));
    ({ revision } = await store.append(stream, revision, events));
    writeSync(1, events.map(({ id }) => `${id}\n`).join(''));
  }
}

writeSync(1, 'open\n');
await Promise.all(Array.from({ length: 8 }, (_, n) => lane(`lane-${n}`)));
