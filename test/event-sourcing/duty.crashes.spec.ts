import { setTimeout as later } from 'node:timers/promises';
import { ClaimedDuty } from '../../src/event-sourcing/claimed-duty.js';
import { StoreUnavailable } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { runProcess, type RunningProcess } from '../../src/event-sourcing/run-process.js';
import { byTest, ScriptedStore } from './counter.js';
import { delivery, type Parcel, type ParcelCommand, type ParcelEvent } from './parcels.js';

const LEASE = 600;
const PARCELS = ['p', 'q', 'r', 's'];
const clock = { now: () => Date.now() };

/** One replica: its way to the log, which ends for ever at some call as it does for a process that is killed, and what it runs. */
interface Replica {
  readonly duty: ClaimedDuty;
  readonly process: RunningProcess<Parcel, ParcelEvent, ParcelCommand>;
  readonly readModels: ReadModels;
  readonly calls: () => number;
}

/** @param last the call of the log that is its last; in the append that is the last one, whether it is still done */
function replica(log: MemoryEventStore, last = Infinity, isDone = true): Replica {
  const store = new ScriptedStore();
  let calls = 0;
  const killed = () => new StoreUnavailable('the process was killed');
  store.onRead = (_, ...args) => (++calls > last ? Promise.reject(killed()) : log.readStream(...args));
  store.onAppend = async (_, ...args) => {
    calls += 1;
    if (calls > last || (calls === last && !isDone)) throw killed();
    const appended = await log.append(...args);
    if (calls >= last) throw killed();
    return appended;
  };
  store.readAll = (options) => (calls > last ? Promise.reject(killed()) : log.readAll(options));
  store.end = () => log.end();
  store.subscribe = (options) => log.subscribe(options);
  const duty = new ClaimedDuty('work', new CommandHandling(store, clock, undefined, { deadlineMs: 100 }), { lease: LEASE });
  const readModels = ReadModels.open(':memory:');
  const send = async ({ type, parcel }: ParcelCommand): Promise<void> => {
    const done = type === 'SendParcel' ? 'ParcelSent' : 'ParcelReturned';
    const events = await store.readStream(parcel);
    if (!events.some((event) => event.type === done)) await store.append(parcel, events.length - 1, [event(done, parcel)]);
  };
  const process = runProcess(delivery, { store, readModels, clock, send }, { maySend: () => duty.held, resend: { baseMs: 20, capMs: 50 } });
  return { duty, process, readModels, calls: () => calls };
}

function event(type: ParcelEvent['type'], parcel: string) {
  const data = { parcel, returnBy: Date.now() + 3_600_000 };
  return { id: crypto.randomUUID(), type, schemaVersion: 1, recordedAt: new Date().toISOString(), cause: byTest, data };
}

interface Seen {
  readonly sent: readonly number[];
  /** Milliseconds from the kill until the other one had the duty. */
  readonly takenOverAfter: number;
  readonly calls: number;
}

/** One replica is killed at a call of the log, another is there; what became of what was owed? */
async function killedAt(last: number, isDone: boolean): Promise<Seen> {
  const log = new MemoryEventStore();
  const [first, second] = [replica(log, last, isDone), replica(log)];
  first.duty.start();
  while (!first.duty.held && first.calls() < last) await later(2);
  second.duty.start();
  for (const parcel of PARCELS) await log.append(parcel, -1, [event('ParcelOrdered', parcel)]);
  const began = performance.now();
  let killed: number | undefined;
  while (!second.duty.held && performance.now() - began < 4 * LEASE) {
    if (first.calls() >= last) killed ??= performance.now();
    await later(5);
  }
  const takenOverAfter = performance.now() - (killed ?? began);
  const sentIn = async (parcel: string): Promise<number> =>
    (await log.readStream(parcel)).filter(({ type }) => type === 'ParcelSent').length;
  const all = () => Promise.all(PARCELS.map(sentIn));
  for (let i = 0; i < 100 && (await all()).some((sent) => sent === 0); i++) await later(10);
  await Promise.all([first.duty.stop(), second.duty.stop(), first.process.stop(), second.process.stop()]);
  for (const { readModels } of [first, second]) readModels.close();
  return { sent: await all(), takenOverAfter, calls: first.calls() };
}

/** Before the claim, in it, while sending, after what was sent is done and before that is noted, between renewals. */
const CALLS = Array.from({ length: 18 }, (_, i) => i + 1);

describe('what is owed, when its sender is killed at any of its calls of the log,', () => {
  it.each([
    ['and the last append is still done', true],
    ['and the last append is not done any more', false],
  ])('is done once, and taken over within the lease and a bit: %s', async (_, isDone) => {
    const seen: Seen[] = [];
    // A few at a time: eighteen pairs of replicas at once hold each other up for longer than a lease.
    for (let at = 0; at < CALLS.length; at += 6) {
      seen.push(...(await Promise.all(CALLS.slice(at, at + 6).map((last) => killedAt(last, isDone)))));
    }
    for (const { sent } of seen) expect(sent).toEqual(PARCELS.map(() => 1));
    // It may have renewed right before, and the other one looks every tenth of a lease.
    expect(Math.max(...seen.map(({ takenOverAfter }) => takenOverAfter))).toBeLessThan(LEASE * 1.1 + 1_000);
    expect(Math.max(...seen.map(({ calls }) => calls))).toBeGreaterThanOrEqual(CALLS.length);
  });
});
