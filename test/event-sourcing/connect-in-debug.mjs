// Started by eventstoredb.secrets.spec.ts: uses the store with everything talkative that the client and gRPC have, then fails with it.
// Says 'stop' when the server is to go away. `node connect-in-debug.mjs CONNECTION_STRING`
import { once } from 'node:events';
import { inspect } from 'node:util';
import { EventStoreDbEventStore } from '../../build/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../build/event-sourcing/eventstoredb.settings.js';

const show = (what) => console.error(inspect(what, { depth: 8, showHidden: true }));
const onIncident = (incident) => show(incident);
const store = await EventStoreDbEventStore.open(readConnectionString(process.argv[2]), { deadline: 1_000, onIncident });
show(store);
const cause = { correlationId: 'a', causationId: 'b', actor: 'c' };
const event = () => ({ id: crypto.randomUUID(), type: 'LampLit', schemaVersion: 1, recordedAt: new Date().toISOString(), cause, data: {} });
await store.append('lamp', -1, [event()]);
await store.readStream('lamp');
await store.readAll();
console.log('stop');
await once(process.stdin, 'data');
for (const failing of [store.append('lamp', 0, [event()]), store.readStream('lamp'), store.end()]) await failing.catch(show);
await store.close();
process.exit(0);
