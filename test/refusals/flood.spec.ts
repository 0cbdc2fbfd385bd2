import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock, VirtualClock } from '../../src/event-sourcing/clock.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import { StoreUnavailable, UnknownOutcome, type EventStore } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { ServiceLife } from '../../src/modules/gate/service-life.js';
import type { RefusalEvent } from '../../src/modules/refusals/refusal.events.js';
import { RefusalRecorder } from '../../src/modules/refusals/refusal-recorder.js';

const CAUSE = { correlationId: 'c', causationId: 'c', actor: 'client-1' };
const REFUSAL = { owner: 'o', partner: 'p', client: 'client-1', command: 'POST /v1/leads', code: 'ALLOWANCE_SPENT' };
const START = Date.parse('2026-03-01T10:00:00.000Z');

/** Of a running process, only what the recorder asks it. */
function life(previousEndedCleanly = true): { life: ServiceLife; end: () => Promise<void> } {
  const tasks: (() => Promise<void>)[] = [];
  const beforeEnd = (task: () => Promise<void>): void => void tasks.push(task);
  const end = async (): Promise<void> => {
    for (const task of tasks) await task();
  };
  return { life: { process: 'process-1', previousEndedCleanly, beforeEnd } as unknown as ServiceLife, end };
}

async function events(store: EventStore): Promise<readonly RecordedEvent<RefusalEvent>[]> {
  const found: RecordedEvent[] = [];
  for (let after = -1; ;) {
    const page = await store.readAll({ after });
    found.push(...page.events);
    if (page.atEnd) return found as RecordedEvent<RefusalEvent>[];
    after = page.through;
  }
}

/** Refusals that the log tells of, one by one or folded. */
function reported(log: readonly RecordedEvent<RefusalEvent>[]): number {
  return log.reduce((sum, { type, data }) => {
    if (type === 'CommandRefused') return sum + 1;
    return sum + (data as { counts: readonly { count: number }[] }).counts.reduce((all, { count }) => all + count, 0);
  }, 0);
}

describe('refusals on record', () => {
  const clock = new VirtualClock(START);
  beforeEach(() => clock.set(START));

  it('a million of them cost less than a megabyte, and each is reported once (R9)', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vestibule-flood-'));
    const store = await EmbeddedEventStore.open(directory);
    const { life: alive, end } = life();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, alive);
    const before = statSync(join(directory, 'log.db')).size;
    for (let n = 0; n < 1_000_000; n++) {
      await recorder.refused({ ...REFUSAL, code: n % 3 === 0 ? 'LEAD_NOT_FOUND' : 'ALLOWANCE_SPENT' }, CAUSE);
      if (n % 10_000 === 9_999) {
        clock.advance(5_000);
        await recorder.flush();
      }
    }
    await end();
    expect(reported(await events(store))).toBe(1_000_000);
    await store.close();
    expect(statSync(join(directory, 'log.db')).size - before).toBeLessThan(1_000_000);
    rmSync(directory, { recursive: true });
  }, 60_000);

  it('the first of each kind in an hour is an event of its own, before the reply', async () => {
    const store = new MemoryEventStore();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life().life);
    await recorder.refused(REFUSAL, CAUSE);
    expect(await events(store)).toMatchObject([{ type: 'CommandRefused', data: { ...REFUSAL, process: 'process-1' } }]);
    await recorder.refused(REFUSAL, CAUSE);
    await recorder.refused({ ...REFUSAL, code: 'PACE_EXCEEDED' }, CAUSE);
    expect(await events(store)).toHaveLength(2);
    clock.advance(3_600_000);
    await recorder.refused(REFUSAL, CAUSE);
    expect(await events(store)).toHaveLength(3);
  });

  it("writes the counts down at fixed moments, whenever the first was refused, and nobody has to wait for another's (I7)", async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate', 'Date'] });
    try {
      for (const first of [100, 4_300]) {
        const store = new MemoryEventStore();
        const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life().life);
        await jest.advanceTimersByTimeAsync(first);
        for (const partner of ['p1', 'p2']) recorder.counted({ ...REFUSAL, partner });
        await jest.advanceTimersByTimeAsync(4_999 - first);
        expect(await events(store)).toHaveLength(0);
        // The first append hangs until the second is there.
        const append = store.append.bind(store);
        let second: () => void = () => {};
        const isThere = new Promise<void>((resolve) => (second = resolve));
        jest.spyOn(store, 'append').mockImplementationOnce((...args) => isThere.then(() => append(...args)));
        jest.spyOn(store, 'append').mockImplementationOnce((...args) => append(...args).finally(second));
        await jest.advanceTimersByTimeAsync(1);
        expect((await events(store)).map(({ data }) => (data as { partner: string }).partner)).toEqual(['p2', 'p1']);
        await jest.advanceTimersByTimeAsync(5_000 - (performance.now() % 5_000));
      }
    } finally {
      jest.useRealTimers();
    }
  });

  it('tells the agents apart in what it folds, as long as these are few', async () => {
    const store = new MemoryEventStore();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life().life);
    for (const agent of ['anna', 'bert', 'anna']) await recorder.refused({ ...REFUSAL, agent }, CAUSE);
    await recorder.refused(REFUSAL, CAUSE);
    await recorder.flush();
    const [first, folded] = await events(store);
    expect(first?.data).toMatchObject({ agent: 'anna' });
    const { command, code } = REFUSAL;
    expect((folded?.data as unknown as { counts: object[] }).counts).toEqual([
      { command, code, agent: 'bert', count: 1 },
      { command, code, agent: 'anna', count: 1 },
      { command, code, count: 1 },
    ]);
  });

  it('counts a flood under a thousand agents in an event of bounded size, each refusal once', async () => {
    const store = new MemoryEventStore();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life().life);
    for (let n = 0; n < 10_000; n++) await recorder.refused({ ...REFUSAL, agent: `agent-${n % 1_000}` }, CAUSE);
    await recorder.flush();
    const log = await events(store);
    expect(reported(log)).toBe(10_000);
    expect(log).toHaveLength(2);
    expect(JSON.stringify(log).length).toBeLessThan(10_000);
  });

  it('says after a kill that one flush may be missing, once for each partner (R9)', async () => {
    const store = new MemoryEventStore();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life(false).life);
    for (let round = 0; round < 2; round++) {
      recorder.counted(REFUSAL);
      await recorder.flush();
    }
    expect((await events(store)).map(({ data }) => (data as { afterUncleanStop?: true }).afterUncleanStop)).toEqual([true, undefined]);
  });

  it('keeps what could not be written for the next flush', async () => {
    const store = new MemoryEventStore();
    const append = store.append.bind(store);
    let broken = true;
    store.append = (...args) => (broken ? Promise.reject(new StoreUnavailable('the disk is away')) : append(...args));
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, life().life);
    await recorder.refused(REFUSAL, CAUSE);
    recorder.counted(REFUSAL);
    await recorder.flush();
    broken = false;
    await recorder.flush();
    expect(reported(await events(store))).toBe(2);
  });

  it('are reported by a process that ends as soon as they can be, and if not it does not end in good order', async () => {
    const store = new MemoryEventStore();
    const append = store.append.bind(store);
    let failures = 3;
    store.append = (...args) => (failures-- > 0 ? Promise.reject(new StoreUnavailable('the disk is away')) : append(...args));
    const { life: alive, end } = life();
    const recorder = new RefusalRecorder(new CommandHandling(store, clock), clock, alive);
    recorder.counted(REFUSAL);
    await expect(end()).rejects.toThrow(StoreUnavailable);
    expect(await events(store)).toEqual([]);
    await end();
    expect(reported(await events(store))).toBe(1);
  });

  it('of which it is not known whether they were written are reported once all the same (R9)', async () => {
    const store = new MemoryEventStore();
    const append = store.append.bind(store);
    let unheard = true;
    store.append = async (...args) => {
      const appended = await append(...args);
      if (unheard) throw new UnknownOutcome('no acknowledgement');
      return appended;
    };
    const recorder = new RefusalRecorder(new CommandHandling(store, clock, undefined, { deadlineMs: 20 }), clock, life().life);
    await recorder.refused(REFUSAL, CAUSE);
    recorder.counted(REFUSAL);
    await recorder.flush();
    unheard = false;
    await recorder.flush();
    await recorder.flush();
    expect(reported(await events(store))).toBe(2);
  });

  it('wait for a clock that is trusted, and trouble nobody while it is not', async () => {
    const store = new MemoryEventStore();
    let wall = START;
    const watched = new SystemClock({ maxJump: 1_000, maxGap: 1_000, wall: () => wall, monotonic: () => 0 });
    const recorder = new RefusalRecorder(new CommandHandling(store, watched), watched, life().life);
    recorder.counted(REFUSAL);
    wall += 60_000;
    await recorder.refused(REFUSAL, CAUSE);
    await recorder.flush();
    expect(await events(store)).toEqual([]);
    watched.trust();
    await recorder.flush();
    expect(reported(await events(store))).toBe(2);
  });
});
