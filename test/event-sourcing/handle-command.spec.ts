import fc from 'fast-check';
import { DomainError } from '../../src/event-sourcing/decider.js';
import { BEFORE_FIRST, NO_STREAM, StoreUnavailable, UnknownOutcome, WrongExpectedRevision } from '../../src/event-sourcing/event-store.js';
import { type Attempt, CommandHandling, SHARED_TAKES_MS, StreamContended } from '../../src/event-sourcing/handle-command.js';
import { MemoryEventStore } from '../../src/event-sourcing/memory.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { UnknownEventVersion, Upcasters } from '../../src/event-sourcing/upcasters.js';
import { byTest, type Count, type Counted, counter, ScriptedStore, writeElsewhere } from './counter.js';

const noon = Date.parse('2026-01-02T12:00:00.000Z');
const clock = { now: () => noon };
const unknown = () => new UnknownOutcome('lost');

const shared = { ...counter, name: 'shared', isShared: true } as const;

let store: ScriptedStore;
let handling: CommandHandling;

beforeEach(() => {
  store = new ScriptedStore();
  handling = new CommandHandling(store, clock);
});

const count = (tag: string, over = handling) => over.handle(counter, 's', byTest, () => ({ tag }));
const tagsIn = async (stream = 's') =>
  (await MemoryEventStore.prototype.readStream.call(store, stream)).map(({ data }) => (data as Counted['data']).tag);

describe('a command', () => {
  it('is decided on the state and written with its cause, its time and its revision', async () => {
    await count('a');
    const { events, position } = await count('b');
    expect(events).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        stream: 's',
        revision: 1,
        position,
        type: 'Counted',
        schemaVersion: 1,
        recordedAt: '2026-01-02T12:00:00.000Z',
        cause: byTest,
        data: { tag: 'b', seen: 1 },
      },
    ]);
    expect(await store.readStream('s', { from: 1 })).toEqual(events);
  });

  it('sees the time, never before the last event of the stream (R7), and the revision it is decided at', async () => {
    const seen: Attempt[] = [];
    const note = (now: number, tag: string) =>
      new CommandHandling(store, { now: () => now }).handle(counter, 's', byTest, (_, attempt) => (seen.push(attempt), { tag }));
    await note(noon, 'a');
    const { events } = await note(noon - 3_600_000, 'b');
    expect(seen).toEqual([
      { now: noon, revision: NO_STREAM },
      { now: noon, revision: 0 },
    ]);
    expect(events[0]?.recordedAt).toBe('2026-01-02T12:00:00.000Z');
  });

  it('issued twice emits nothing the second time (R15)', async () => {
    await count('a');
    expect(await count('a')).toEqual({ events: [], position: BEFORE_FIRST, isRepeat: false });
    expect(store.countOf('append')).toBe(1);
  });

  it('that the decider refuses throws its error and writes nothing', async () => {
    await expect(count('forbidden')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(store.countOf('append')).toBe(0);
  });

  it('may make several events, which are written together', async () => {
    const { events, position } = await handling.handle(counter, 's', byTest, () => ({ tag: 'a', times: 3 }));
    expect(events.map((event) => [event.revision, event.position])).toEqual([
      [0, position],
      [1, position],
      [2, position],
    ]);
    expect(await tagsIn()).toEqual(['a', 'a', 'a']);
  });

  it('returns what can be read back, not what only memory can hold', async () => {
    const shared = { tag: 'a', seen: 0, left: undefined };
    const careless = { ...counter, decide: () => [{ type: 'Counted' as const, data: shared }] };
    const { events } = await handling.handle(careless, 's', byTest, () => ({ tag: 'a' }));
    shared.tag = 'changed afterwards';
    expect(events[0]?.data).toStrictEqual({ tag: 'a', seen: 0 });
  });
});

describe('a command with an idempotency key', () => {
  const keyed = { ...byTest, idempotencyKeyHash: 'key', payloadHash: 'payload' };
  const endlessly = { ...counter, decide: (_: Count, { tag }: { tag: string }) => [{ type: 'Counted' as const, data: { tag, seen: 0 } }] };

  it('comes to what it wrote before, also when another process wrote it and its decider would go on', async () => {
    const other = new CommandHandling(store, clock);
    await count('before');
    const first = await other.handle(endlessly, 's', keyed, () => ({ tag: 'a' }));
    await count('after');
    expect(first.isRepeat).toBe(false);
    expect(await handling.handle(endlessly, 's', keyed, () => ({ tag: 'a' }))).toEqual({ ...first, isRepeat: true });
    expect(await tagsIn()).toEqual(['before', 'a', 'after']);
  });

  it('whose first attempt arrives late, after it was given up, is written once', async () => {
    let late: () => Promise<unknown> = () => Promise.resolve();
    const hasty = new CommandHandling(store, clock, undefined, { deadlineMs: 20 });
    store.onAppend = (append, ...args) => {
      late = () => append(...args);
      return Promise.reject(unknown());
    };
    await expect(hasty.handle(endlessly, 's', keyed, () => ({ tag: 'a' }))).rejects.toThrow(UnknownOutcome);
    // Between the load of the second attempt and its append.
    store.onAppend = async (append, ...args) => {
      await late();
      return append(...args);
    };
    await handling.handle(endlessly, 's', keyed, () => ({ tag: 'a' }));
    expect(await tagsIn()).toEqual(['a']);
  });

  it('is refused where the key was used for something else', async () => {
    await handling.handle(endlessly, 's', keyed, () => ({ tag: 'a' }));
    const reused = handling.handle(endlessly, 's', { ...keyed, payloadHash: 'other' }, () => ({ tag: 'b' }));
    await expect(reused).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await tagsIn()).toEqual(['a']);
  });
});

describe('a command on a stream that was folded before, and may have gone on since', () => {
  const keyed = { ...byTest, idempotencyKeyHash: 'key', payloadHash: 'payload' };
  const elsewhere = (...tags: string[]) => writeElsewhere(store, 's', tags, 1);

  beforeEach(async () => {
    await count('a');
    store.calls.length = 0;
  });

  it('is written without a read where nobody else has written', async () => {
    expect((await count('b')).events).toMatchObject([{ revision: 1, data: { seen: 1 } }]);
    expect(store.calls).toEqual(['append']);
  });

  it('is made and decided afresh on the end where somebody has, and the time is never before what is there', async () => {
    const seen: [number, Attempt][] = [];
    const later = new Date(noon + 60_000).toISOString();
    const event = { id: 'later', type: 'Counted', schemaVersion: 1, recordedAt: later, cause: byTest, data: { tag: 'other', seen: 1 } };
    await MemoryEventStore.prototype.append.call(store, 's', 0, [event]);
    const { events } = await handling.handle(counter, 's', byTest, ({ total }, attempt) => (seen.push([total, attempt]), { tag: 'b' }));
    expect(seen).toEqual([
      [1, { now: noon, revision: 0 }],
      [2, { now: noon + 60_000, revision: 1 }],
    ]);
    expect(events).toMatchObject([{ revision: 2, recordedAt: later, data: { seen: 2 } }]);
  });

  it('is read forward first where the store has heard that others wrote, so that no append is turned down', async () => {
    await elsewhere('b');
    Object.assign(store, { goesOn: (stream: string, revision: number) => stream === 's' && revision < 1 });
    expect(handling.lastKnown(counter, 's')).toBeUndefined();
    expect((await count('c')).events).toMatchObject([{ revision: 2 }]);
    expect((await count('d')).events).toMatchObject([{ revision: 3 }]);
    expect(store.calls).toEqual(['read', 'append', 'append']);
  });

  it('is refused only after a read has found the end where it was, and is made once for it', async () => {
    let made = 0;
    const refused = handling.handle(counter, 's', byTest, () => ((made += 1), { tag: 'forbidden' }));
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect([store.calls, made]).toEqual([['read'], 1]);
  });

  it.each<[string, (state: Count) => { tag: string }]>([
    ['the decider', ({ total }) => ({ tag: total === 1 ? 'forbidden' : 'c' })],
    [
      'whoever makes it',
      ({ total }) => {
        if (total === 1) throw new DomainError('NOT_YET', 'nothing was there yet');
        return { tag: 'c' };
      },
    ],
    [
      'a state that should not be',
      ({ total }) => {
        if (total === 1) throw new Error('in order');
        return { tag: 'c' };
      },
    ],
  ])('is not refused by %s for what is no longer so', async (_, command) => {
    await elsewhere('b');
    expect((await handling.handle(counter, 's', byTest, command)).events).toMatchObject([{ revision: 2, data: { tag: 'c', seen: 2 } }]);
  });

  it('comes to nothing only after a read has found the end where it was', async () => {
    expect((await count('a')).events).toEqual([]);
    expect(store.calls).toEqual(['read']);
  });

  it('is decided afresh where nothing was left to do, and there is again', async () => {
    await elsewhere('b');
    const again = ({ total }: Count) => ({ tag: total === 1 ? 'a' : 'c' });
    expect((await handling.handle(counter, 's', byTest, again)).events).toMatchObject([{ revision: 2 }]);
  });

  it('is found by its idempotency key where another process wrote it, whatever the old fold says', async () => {
    const other = new CommandHandling(store, clock);
    const first = await other.handle(counter, 's', keyed, () => ({ tag: 'b' }));
    const refused = handling.handle(counter, 's', keyed, ({ total }) => ({ tag: total === 1 ? 'forbidden' : 'b' }));
    expect(await refused).toEqual({ ...first, isRepeat: true });
  });

  it('is found by its idempotency key without a look at the end, since it stays where it is', async () => {
    const first = await handling.handle(counter, 's', keyed, () => ({ tag: 'b' }));
    store.calls.length = 0;
    expect(await handling.handle(counter, 's', keyed, () => ({ tag: 'c' }))).toEqual({ ...first, isRepeat: true });
    expect(store.calls).toEqual(['read']);
  });

  it('has as many attempts on the end as any other', async () => {
    store.onAppend = async (_, stream, expected) => {
      throw new WrongExpectedRevision(stream, expected, expected + 1);
    };
    const patient = new CommandHandling(store, clock, undefined, { maxAttempts: 3 });
    await patient.load(counter, 's');
    await expect(count('b', patient)).rejects.toThrow(StreamContended);
    expect(store.countOf('append')).toBe(1 + 3);
  });

  it('fails at once where the store fails while it is made', async () => {
    const down = new StoreUnavailable('down');
    await expect(handling.handle(counter, 's', byTest, () => Promise.reject(down))).rejects.toBe(down);
    expect(store.calls).toEqual([]);
  });

  it('fails as the store does where the end cannot be read, and is not refused on what may be no longer so', async () => {
    store.onRead = () => Promise.reject(new StoreUnavailable('down'));
    await expect(count('forbidden')).rejects.toThrow(StoreUnavailable);
  });

  it('is not written on a fold of another log, once any stream was found to have another past', async () => {
    await handling.handle(counter, 'gate', byTest, () => ({ tag: 'x', times: 2 }));
    // A backup is put back under the running process, and `s` happens to be as long as it was.
    const restored = new ScriptedStore();
    await writeElsewhere(restored, 's', ['other'], 0);
    await writeElsewhere(restored, 'gate', ['restored', 'restored too'], 0);
    store.onRead = (_, ...args) => restored.readStream(...args);
    store.onAppend = (_, ...args) => restored.append(...args);
    const { events } = await handling.handle(counter, 's', byTest, async () => {
      await handling.load(counter, 'gate');
      return { tag: 'b' };
    });
    expect(events).toMatchObject([{ revision: 1, data: { tag: 'b', seen: 1 } }]);
    expect(handling.lastKnown(counter, 's')?.state.tags).toEqual(new Set(['other', 'b']));
  });
});

describe('commands on one stream', () => {
  it('wait for each other inside the process, so that none is decided on a stale state', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, i) => count(`t${i}`)));
    expect((await store.readStream('s')).map(({ data }) => (data as Counted['data']).seen)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
    expect(store.countOf('append')).toBe(200);
  });

  it('do not hold up another stream', async () => {
    let release = () => {};
    const held = handling.handle(counter, 's', byTest, () => new Promise((resolve) => (release = () => resolve({ tag: 'a' }))));
    await handling.handle(counter, 'other', byTest, () => ({ tag: 'b' }));
    expect(await tagsIn('other')).toEqual(['b']);
    release();
    await held;
  });

  it('go on after one that failed, and leave no queue behind', async () => {
    const results = await Promise.allSettled([count('a'), count('forbidden'), count('b')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(handling.busyStreams).toBe(0);
  });

  it('are turned away when the queue is longer than their patience', async () => {
    handling = new CommandHandling(store, clock, undefined, { queueMs: 20 });
    let release = () => {};
    const held = handling.handle(counter, 's', byTest, () => new Promise((resolve) => (release = () => resolve({ tag: 'a' }))));
    const late = count('b');
    setTimeout(() => release(), 40);
    await expect(late).rejects.toThrow(StreamContended);
    await held;
    expect(await tagsIn()).toEqual(['a']);
  });
});

describe('when somebody else writes first', () => {
  it('the command is made and decided afresh, and never appended again as it was (R13)', async () => {
    const ids: string[] = [];
    const states: number[] = [];
    store.onAppend = async (append, stream, expected, events) => {
      ids.push(events[0]!.id);
      if (ids.length === 1) await writeElsewhere(store, stream, ['other'], 0);
      return append(stream, expected, events);
    };
    const { events } = await handling.handle(counter, 's', byTest, (state) => (states.push(state.total), { tag: 'a' }));
    expect(states).toEqual([0, 1]);
    expect(events[0]?.data).toEqual({ tag: 'a', seen: 1 });
    expect(new Set(ids).size).toBe(2);
  });

  it('it may turn out that there is nothing left to do', async () => {
    store.onAppend = async (append, stream, expected, events) => {
      await writeElsewhere(store, stream, ['a'], 0);
      return append(stream, expected, events);
    };
    expect((await count('a')).events).toEqual([]);
    expect(await tagsIn()).toEqual(['a']);
  });

  it('it is tried a bounded number of times (R13)', async () => {
    store.onAppend = async (_, stream, expected) => {
      throw new WrongExpectedRevision(stream, expected, expected + 1);
    };
    handling = new CommandHandling(store, clock, undefined, { maxAttempts: 3 });
    await expect(count('a')).rejects.toThrow(StreamContended);
    expect(store.countOf('append')).toBe(3);
  });

  it('a state that changed while the command was made is not decided on', async () => {
    await count('a');
    const seen: number[] = [];
    const decider = {
      ...counter,
      decide: (state: Count, command: { tag: string }) => (seen.push(state.total), counter.decide(state, command)),
    };
    let first = true;
    await handling.handle(decider, 's', byTest, async () => {
      if (first) {
        first = false;
        await writeElsewhere(store, 's', ['other'], 1);
        await handling.load(decider, 's');
      }
      return { tag: 'b' };
    });
    expect(seen).toEqual([2]);
    expect(store.countOf('append')).toBe(2);
  });
});

describe('when the outcome of an append is unknown', () => {
  it('the same ids are sent at the same revision until it is known (R4)', async () => {
    const sent: unknown[] = [];
    store.onAppend = async (append, stream, expected, events) => {
      sent.push([expected, events.map(({ id }) => id)]);
      if (sent.length < 4) throw unknown();
      return append(stream, expected, events);
    };
    await count('a');
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map((attempt) => JSON.stringify(attempt))).size).toBe(1);
    expect(await tagsIn()).toEqual(['a']);
  });

  it('an append that had arrived is found by its id, and is the answer, whatever was written after it (R3)', async () => {
    store.onAppend = async (append, stream, expected, events) => {
      if (store.countOf('append') > 1) throw new WrongExpectedRevision(stream, expected, 1);
      await append(stream, expected, events);
      await writeElsewhere(store, stream, ['later'], 1);
      throw unknown();
    };
    const { events, position } = await count('a');
    expect(events).toMatchObject([{ revision: 0, data: { tag: 'a' } }]);
    expect(position).toBe(0);
    expect(await tagsIn()).toEqual(['a', 'later']);
  });

  it('an append whose place somebody else took did not arrive, and is decided afresh', async () => {
    store.onAppend = async (append, stream, expected, events) => {
      if (store.countOf('append') === 1) {
        await writeElsewhere(store, stream, ['other'], 0);
        throw unknown();
      }
      return append(stream, expected, events);
    };
    expect((await count('a')).events).toMatchObject([{ revision: 1, data: { seen: 1 } }]);
    expect(await tagsIn()).toEqual(['other', 'a']);
  });

  it('an unavailable store does not make it known that nothing was written', async () => {
    store.onAppend = async () => {
      throw store.countOf('append') === 1 ? unknown() : new StoreUnavailable('down');
    };
    handling = new CommandHandling(store, clock, undefined, { deadlineMs: 60 });
    await expect(count('a')).rejects.toThrow(UnknownOutcome);
  });

  it('an empty place is no proof, where the store says that the revision is wrong', async () => {
    store.onAppend = async (_, stream, expected) => {
      throw store.countOf('append') === 1 ? unknown() : new WrongExpectedRevision(stream, expected, 0);
    };
    handling = new CommandHandling(store, clock, undefined, { deadlineMs: 60 });
    await expect(count('a')).rejects.toThrow(UnknownOutcome);
  });

  it('there is no answer after the deadline, and an append that is never answered counts as unknown (R3, R22)', async () => {
    store.onAppend = () => new Promise(() => {});
    handling = new CommandHandling(store, clock, undefined, { deadlineMs: 50 });
    await expect(count('a')).rejects.toThrow(UnknownOutcome);
    store.onAppend = (append, ...args) => append(...args);
    expect((await count('b')).events).toHaveLength(1);
  });

  it('an error that the port does not know is no proof either', async () => {
    store.onAppend = async (append, ...args) => {
      if (store.countOf('append') > 1) return append(...args);
      await append(...args);
      throw new Error('Server Is Not Ready');
    };
    expect((await count('a')).events).toMatchObject([{ revision: 0 }]);
    expect(await tagsIn()).toEqual(['a']);
  });
});

describe('when the store is unavailable', () => {
  it('the command fails as the store said, at once', async () => {
    const down = new StoreUnavailable('down');
    store.onAppend = async () => Promise.reject(down);
    await expect(count('a')).rejects.toBe(down);
    expect(store.countOf('append')).toBe(1);
  });

  it('a read that never ends fails at the deadline, and nothing is written afterwards', async () => {
    handling = new CommandHandling(store, clock, undefined, { deadlineMs: 30 });
    let release = () => {};
    store.onRead = async (read, ...args) => {
      await new Promise<void>((resolve) => (release = resolve));
      return read(...args);
    };
    await expect(count('a')).rejects.toThrow(StoreUnavailable);
    release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.countOf('append')).toBe(0);
  });
});

describe('a shared stream', () => {
  const took = async (act: () => Promise<unknown>): Promise<number> => {
    const from = performance.now();
    await act().catch(() => {});
    return performance.now() - from;
  };

  it('lets each command on it take its time, whether it writes, is refused or fails', async () => {
    const refusing = { ...shared, decide: () => { throw new DomainError('NO', 'no'); } }; // prettier-ignore
    const failing = (): never => {
      throw new Error('a bug');
    };
    expect(await took(() => handling.handle(shared, 's', byTest, () => ({ tag: 'a' })))).toBeGreaterThanOrEqual(SHARED_TAKES_MS);
    expect(await took(() => handling.handle(refusing, 's', byTest, () => ({ tag: 'b' })))).toBeGreaterThanOrEqual(SHARED_TAKES_MS);
    expect(await took(() => handling.handle(shared, 's', byTest, failing))).toBeGreaterThanOrEqual(SHARED_TAKES_MS);
  });

  it('does not hold up the next command on it', async () => {
    const order: string[] = [];
    const tell = async (tag: string): Promise<void> => {
      await handling.handle(shared, 's', byTest, () => {
        order.push(`begins ${tag}`);
        return { tag };
      });
      order.push(`ends ${tag}`);
    };
    await Promise.all([tell('a'), tell('b')]);
    // Which of them ends first is up to the machine.
    expect(order.slice(0, 2)).toEqual(['begins a', 'begins b']);
    expect(order.slice(2).toSorted()).toEqual(['ends a', 'ends b']);
  });
});

describe('the fold of a stream', () => {
  it('costs a constant number of reads after the first time, however long the stream is', async () => {
    await writeElsewhere(
      store,
      's',
      Array.from({ length: 200_000 }, (_, i) => `t${i}`),
      0,
    );
    await handling.load(counter, 's');
    expect(store.countOf('read')).toBe(401);
    store.calls.length = 0;
    await count('a');
    await count('b');
    expect(store.calls).toEqual(['append', 'append']);
    expect((await handling.load(counter, 's')).state.total).toBe(200_002);
  });

  it('is read anew each time where its stream is shared: as many reads and appends for whoever comes second as for the first', async () => {
    let tags = 0;
    const costOf = async (stream: string): Promise<string[]> => {
      store.calls.length = 0;
      tags += 1;
      await handling.handle(shared, stream, byTest, () => ({ tag: `tag ${tags}` }));
      return [...store.calls];
    };
    const first = await costOf('s');
    expect(first).toContain('read');
    expect([await costOf('s'), await costOf('s')]).toEqual([first, first]);
    expect(await costOf('never seen')).toEqual(first);
    expect((await handling.load(shared, 's')).state.total).toBe(3);
  });

  it('asks nobody where the store knows that the stream ends there, and the store where it does not', async () => {
    const ends = new Map<string, string>();
    Object.assign(store, { endsWith: (stream: string, revision: number, id: string) => ends.get(stream) === `${revision} ${id}` });
    await count('a');
    const [written] = await store.readStream('s');
    ends.set('s', `0 ${written?.id}`);
    store.calls.length = 0;
    expect(handling.current(counter, 's')?.state.total).toBe(1);
    await count('b');
    expect(store.calls).toEqual(['append']);
    // The end has moved on, and this store has not heard who is there.
    expect(handling.current(counter, 's')).toBeUndefined();
    await writeElsewhere(store, 's', ['c'], 2);
    expect((await handling.load(counter, 's')).state.total).toBe(3);
  });

  it('has what the command wrote, and one that cannot take it in does not make the command fail', async () => {
    const decider = {
      ...counter,
      evolve: (state: Count, event: RecordedEvent<Counted> & Counted) => {
        if (event.data.tag === 'b' && isBroken) throw new Error('a bug');
        return counter.evolve(state, event as never);
      },
    };
    let isBroken = true;
    const counted = (tag: string) => handling.handle(decider, 's', byTest, () => ({ tag }) as never);
    await counted('a');
    expect((await counted('b')).events.map(({ revision }) => revision)).toEqual([1]);
    isBroken = false;
    expect((await handling.load(decider, 's')).state.total).toBe(2);
  });

  it("is read to the stream's end, where others wrote", async () => {
    await count('a');
    await writeElsewhere(store, 's', ['b', 'c'], 1);
    const { state, revision, lastRecordedAt } = await handling.load(counter, 's');
    expect([state.total, revision, lastRecordedAt]).toEqual([3, 2, noon]);
  });

  it('takes each event once when loads overlap, and never shows half of a page', async () => {
    await count('a');
    await writeElsewhere(store, 's', ['b', 'c', 'd'], 1);
    store.onRead = async (read, ...args) => {
      const page = await read(...args);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      return page;
    };
    const loads = await Promise.all(Array.from({ length: 20 }, () => handling.load(counter, 's')));
    expect(loads.map(({ state }) => state.total)).toEqual(Array(20).fill(4));
  });

  it('is made once for all who ask for it at the same time', async () => {
    await writeElsewhere(
      store,
      's',
      Array.from({ length: 5_000 }, (_, i) => `t${i}`),
      0,
    );
    const loads = await Promise.all(Array.from({ length: 20 }, () => handling.load(counter, 's')));
    expect(loads.map(({ revision }) => revision)).toEqual(Array(20).fill(4_999));
    // Eleven pages, a look at the end for the first who came meanwhile, and one for all the others.
    expect(store.countOf('read')).toBe(11 + 2);
  });

  it('is read again for who asks while a read is under way, which may have seen the end before', async () => {
    await count('a');
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    store.onRead = async (read, ...args) => {
      const page = await read(...args);
      await held;
      return page;
    };
    const early = handling.load(counter, 's').then(({ state }) => state.total);
    await new Promise((resolve) => setImmediate(resolve));
    await writeElsewhere(store, 's', ['b'], 1);
    const late = Array.from({ length: 5 }, () => handling.load(counter, 's').then(({ state }) => state.total));
    store.calls.length = 0;
    letGo();
    expect([await early, ...(await Promise.all(late))]).toEqual([expect.any(Number), 2, 2, 2, 2, 2]);
    expect(store.calls).toEqual(['read']);
  });

  it('is read anew after a read that failed, by those who waited for it too', async () => {
    await count('a');
    let failures = 1;
    store.onRead = async (read, ...args) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (failures-- > 0) throw new StoreUnavailable('for a moment');
      return read(...args);
    };
    const loads = await Promise.allSettled(Array.from({ length: 3 }, () => handling.load(counter, 's')));
    expect(loads.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('is thrown away when the log under it was replaced by an older one', async () => {
    await count('a');
    await count('b');
    await count('c');
    const restored = new MemoryEventStore();
    await writeElsewhere(restored, 's', ['x', 'y', 'z', 'w'], 0);
    store.onRead = (_, ...args) => restored.readStream(...args);
    expect([...(await handling.load(counter, 's')).state.tags]).toEqual(['x', 'y', 'z', 'w']);
  });

  it('that fails in the middle of an event is not used again', async () => {
    let broken = true;
    const decider = {
      ...counter,
      evolve: (state: Count, event: RecordedEvent<Counted> & Counted) => {
        const next = counter.evolve(state, event as never);
        if (broken && event.data.tag === 'b') throw new Error('a bug');
        return next;
      },
    };
    await writeElsewhere(store, 's', ['a'], 0);
    await handling.load(decider, 's');
    await writeElsewhere(store, 's', ['b', 'c'], 1);
    await expect(handling.load(decider, 's')).rejects.toThrow('a bug');
    broken = false;
    expect((await handling.load(decider, 's')).state.total).toBe(3);
  });

  it('refuses a stream with a hole', async () => {
    await writeElsewhere(store, 's', ['a', 'b', 'c'], 0);
    store.onRead = async (read, ...args) => (await read(...args)).filter(({ revision }) => revision !== 1);
    await expect(handling.load(counter, 's')).rejects.toThrow('gap');
  });

  it("reads old events in today's shape and writes today's schema version", async () => {
    const upcasters = new Upcasters([
      { type: 'Counted', version: 1, upcast: (data) => ({ ...data, tag: (data as Counted['data']).tag.toUpperCase() }) },
    ]);
    await writeElsewhere(store, 's', ['old'], 0);
    handling = new CommandHandling(store, clock, undefined, { upcasters });
    expect((await count('OLD')).events).toEqual([]);
    expect((await count('new')).events[0]?.schemaVersion).toBe(2);
    expect([...(await handling.load(counter, 's')).state.tags]).toEqual(['OLD', 'new']);
  });

  it('stops at an event that a newer program wrote', async () => {
    const newer = new CommandHandling(store, clock, undefined, {
      upcasters: new Upcasters([{ type: 'Counted', version: 1, upcast: (data) => data }]),
    });
    await count('a', newer);
    await expect(count('b')).rejects.toThrow(UnknownEventVersion);
    await expect(count('b')).rejects.toMatchObject({ stream: 's', revision: 0, type: 'Counted', version: 2, known: 1 });
  });
});

describe('under any mix of conflicts and lost answers', () => {
  type Fault = 'none' | 'lost before' | 'lost after' | 'others first' | 'unavailable' | 'lost and others';

  it('log and fold agree, no event is doubled (R4, R14), and what was acknowledged is there', async () => {
    const faults = fc.array(fc.constantFrom<Fault>('none', 'lost before', 'lost after', 'others first', 'unavailable', 'lost and others'), {
      maxLength: 40,
    });
    const commands = fc.array(fc.record({ stream: fc.constantFrom('p', 'q'), tag: fc.constantFrom('a', 'b', 'c', 'd', 'e') }), {
      minLength: 1,
      maxLength: 25,
    });
    await fc.assert(
      fc.asyncProperty(faults, commands, async (script, wanted) => {
        const store = new ScriptedStore();
        let others = 0;
        const elsewhere = async (stream: string) => {
          const { length } = await MemoryEventStore.prototype.readStream.call(store, stream);
          await writeElsewhere(store, stream, [`other${others++}`], length);
        };
        const pending = [...script];
        store.onAppend = async (append, stream, expected, events) => {
          const fault = pending.shift() ?? 'none';
          if (fault === 'unavailable') throw new StoreUnavailable('down');
          if (fault === 'lost before') throw unknown();
          if (fault === 'others first') await elsewhere(stream);
          const appended = await append(stream, expected, events);
          if (fault === 'lost and others') await elsewhere(stream);
          if (fault.startsWith('lost')) throw unknown();
          return appended;
        };
        const handling = new CommandHandling(store, clock);
        const results = await Promise.allSettled(
          wanted.map(async ({ stream, tag }, i) => {
            if (i % 3 === 0) void handling.load(counter, stream);
            return handling.handle(counter, stream, byTest, async () => ({ tag }));
          }),
        );
        for (const stream of ['p', 'q']) {
          const log = await MemoryEventStore.prototype.readStream.call(store, stream);
          const tags = log.map(({ data }) => (data as Counted['data']).tag);
          expect(new Set(tags).size).toBe(tags.length);
          log.forEach(({ data, revision }) => expect((data as Counted['data']).seen).toBe(revision));
          const { state, revision } = await handling.load(counter, stream);
          expect([state.total, revision, [...state.tags]]).toEqual([log.length, log.length - 1, tags]);
          const acknowledged = results.flatMap((result) => (result.status === 'fulfilled' ? [...result.value.events] : []));
          const there = new Set(log.map(({ id }) => id));
          for (const event of acknowledged.filter((event) => event.stream === stream)) expect(there).toContain(event.id);
        }
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreUnavailable);
        }
      }),
      { numRuns: 60 },
    );
  });
});
