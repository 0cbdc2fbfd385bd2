import { randomUUID } from 'node:crypto';
import {
  BEFORE_FIRST,
  DuplicateEventId,
  NO_STREAM,
  OtherHistory,
  StoreUnavailable,
  UnknownOutcome,
  WrongExpectedRevision,
  type AllPage,
  type EventStore,
} from '../../src/event-sourcing/event-store.js';
import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/message.js';

export interface OpenedEventStore {
  readonly store: EventStore;
  /** Closes the store and opens it again on the same log, where a log outlives its store. */
  readonly reopen?: () => Promise<EventStore>;
  /** Closes what is open and takes the log away. */
  readonly close: () => Promise<void>;
}

export interface ContractExceptions {
  /** The store does not notice an event id that stands elsewhere in the log (EventStoreDB). */
  readonly repeatedIdsPass?: true;
}

/** An event with an id of its own, unless one is given. */
export function happened(type = 'LampLit', data: object = {}, id: string = randomUUID()): NewEvent {
  const cause = { correlationId: 'request-1', causationId: 'request-1', actor: 'client-1' };
  return { id, type, schemaVersion: 1, recordedAt: '2025-03-01T12:00:00.000Z', cause, data };
}

export function several(count: number, type = 'LampLit'): NewEvent[] {
  return Array.from({ length: count }, (_, n) => happened(type, { n }));
}

const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);
/** A stream that no other test uses, so that the suite also runs against a server that is not empty. */
const aStream = (word = 'lamp') => `${word}-${randomUUID().replaceAll('-', '')}`;

async function everything(store: EventStore, after: number, options: { types?: string[]; limit?: number } = {}): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let through = after; ;) {
    const page = await store.readAll({ ...options, after: through });
    events.push(...page.events);
    through = page.through;
    if (page.atEnd) return events;
  }
}

/** What every store promises; run by each adapter's spec. */
export function describeEventStore(name: string, open: () => Promise<OpenedEventStore>, exceptions: ContractExceptions = {}): void {
  describe(`${name} keeps the contract of an event store:`, () => {
    let opened: OpenedEventStore;
    let store: EventStore;
    let start: number;
    let abort: AbortController;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      start = await store.end();
      abort = new AbortController();
    });

    afterEach(async () => {
      abort.abort();
      await opened.close();
    });

    const subscribe = (options: { after?: number; types?: string[]; limit?: number } = {}, from: EventStore = store) =>
      from.subscribe({ after: start, ...options, signal: abort.signal })[Symbol.asyncIterator]();

    async function take(pages: AsyncIterator<AllPage>, count: number): Promise<RecordedEvent[]> {
      const events: RecordedEvent[] = [];
      while (events.length < count) {
        const page = await pages.next();
        if (page.done) throw new Error('the subscription ended');
        events.push(...(page.value as AllPage).events);
      }
      return events;
    }

    describe('an append', () => {
      it('starts a stream at revision 0 and continues it', async () => {
        const stream = aStream();
        const first = await store.append(stream, NO_STREAM, [happened()]);
        const second = await store.append(stream, first.revision, several(2));
        expect([first.revision, second.revision]).toEqual([0, 2]);
        expect(second.position).toBeGreaterThan(first.position);
        expect(await store.end()).toBe(second.position);
      });

      it('is read back as it was written', async () => {
        const stream = aStream();
        const event: NewEvent = {
          id: randomUUID(),
          type: 'LampLit',
          schemaVersion: 3,
          recordedAt: '2025-03-01T12:00:00.123Z',
          cause: { correlationId: 'a', causationId: 'b', actor: 'process:x', idempotencyKeyHash: 'c', payloadHash: 'd' },
          data: { text: 'ěšč 漢字 🜲 "\\\u0000\u2028', lone: '\ud800', number: 0.1, big: 2 ** 53, list: [1, null, { a: [] }], yes: true },
        };
        const { position } = await store.append(stream, NO_STREAM, [event]);
        const expected = { ...event, stream, revision: 0, position };
        expect(await store.readStream(stream)).toEqual([expected]);
        expect((await store.readAll({ after: start })).events).toEqual([expected]);
      });

      it('keeps no hold on what it was given or gives out', async () => {
        const stream = aStream();
        const data = { deep: { figure: 1 } };
        const appended = store.append(stream, NO_STREAM, [happened('LampLit', data)]);
        data.deep.figure = 2;
        await appended;
        const [mine] = await store.readStream(stream);
        (mine!.data as typeof data).deep.figure = 3;
        expect((await store.readStream(stream))[0]!.data).toEqual({ deep: { figure: 1 } });
      });

      it.each([
        ['too low', 0, 1],
        ['too high', 5, 1],
        ['no stream, though there is one', NO_STREAM, 1],
      ])('at a revision that is %s is refused with the actual one', async (_, expected, actual) => {
        const stream = aStream();
        await store.append(stream, NO_STREAM, several(2));
        const refused = await store.append(stream, expected, [happened()]).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(WrongExpectedRevision);
        expect(refused).toMatchObject({ stream, expected, actual });
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('to a stream that does not exist is refused unless that is expected', async () => {
        await expect(store.append(aStream(), 0, [happened()])).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: NO_STREAM });
      });

      it('of a batch is all or nothing', async () => {
        const stream = aStream();
        await store.append(stream, NO_STREAM, several(3));
        await expect(store.append(stream, 1, several(3))).rejects.toBeInstanceOf(WrongExpectedRevision);
        expect(await store.readStream(stream)).toHaveLength(3);
        expect(await everything(store, start)).toHaveLength(3);
      });

      it('of nothing, of no JSON, of one id twice, or at no revision is a mistake of the caller (R14)', async () => {
        const stream = aStream();
        const twice = happened();
        await expect(store.append(stream, NO_STREAM, [])).rejects.toBeInstanceOf(TypeError);
        await expect(store.append(stream, NO_STREAM, [happened('LampLit', { n: 1n })])).rejects.toBeInstanceOf(TypeError);
        await expect(
          store.append(stream, NO_STREAM, [happened('LampLit', undefined as never), happened('LampLit', null as never)]),
        ).rejects.toBeInstanceOf(TypeError);
        await expect(store.append(stream, NO_STREAM, [twice, twice])).rejects.toBeInstanceOf(TypeError);
        await expect(store.append('', NO_STREAM, [happened()])).rejects.toBeInstanceOf(TypeError);
        for (const revision of [-2, 0.5, Number.NaN])
          await expect(store.append(stream, revision, [happened()])).rejects.toBeInstanceOf(RangeError);
        expect(await store.readStream(stream)).toEqual([]);
      });
    });

    describe('an append sent again', () => {
      it('resolves to the same and writes nothing', async () => {
        const stream = aStream();
        const events = several(3);
        const first = await store.append(stream, NO_STREAM, events);
        expect(await store.append(stream, NO_STREAM, events)).toEqual(first);
        expect(await everything(store, start)).toHaveLength(3);
      });

      it('resolves to the same when the stream has gone on, and hides nothing of it', async () => {
        const stream = aStream();
        const events = [happened()];
        const first = await store.append(stream, NO_STREAM, events);
        const later = happened();
        await store.append(stream, 0, [later]);
        store = (await opened.reopen?.()) ?? store;
        expect(await store.append(stream, NO_STREAM, events)).toEqual(first);
        expect(idsOf(await store.readStream(stream, { from: 1 }))).toEqual([later.id]);
      });

      it('while the first is under way is one append', async () => {
        const stream = aStream();
        const events = several(2);
        // A server may leave open what became of one that it met half done; then it is sent once more.
        const untilKnown = () => store.append(stream, NO_STREAM, events).catch(sentAgain);
        const sentAgain = (error: unknown) => {
          if (!(error instanceof UnknownOutcome)) throw error;
          return store.append(stream, NO_STREAM, events);
        };
        const [first, ...again] = await Promise.all(Array.from({ length: 10 }, untilKnown));
        for (const appended of again) expect(appended).toEqual(first);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('with other ids at the same revision is refused (R14)', async () => {
        const stream = aStream();
        const [first, second] = several(2) as [NewEvent, NewEvent];
        await store.append(stream, NO_STREAM, [first, second]);
        for (const other of [[happened()], [second, first], [first, happened()], [first, second, happened()]]) {
          await expect(store.append(stream, NO_STREAM, other)).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: 1 });
        }
      });

      (exceptions.repeatedIdsPass ? it.skip : it)(
        'elsewhere is a mistake of the caller, and no event of the batch is written',
        async () => {
          const [stream, other] = [aStream(), aStream()];
          const event = happened();
          await store.append(stream, NO_STREAM, [event]);
          await expect(store.append(other, NO_STREAM, [happened(), event])).rejects.toBeInstanceOf(DuplicateEventId);
          await expect(store.append(stream, 0, [happened(), event])).rejects.toBeInstanceOf(DuplicateEventId);
          expect(await everything(store, start)).toHaveLength(1);
        },
      );
    });

    it('of 200 writers racing for each revision of a stream exactly one wins (R14)', async () => {
      const stream = aStream();
      const won = new Map<number, number>();
      const writer = async () => {
        for (let revision = NO_STREAM; revision < 9;) {
          revision = await store.append(stream, revision, [happened()]).then(
            (appended) => {
              won.set(appended.revision, (won.get(appended.revision) ?? 0) + 1);
              return appended.revision;
            },
            (error: unknown) => {
              if (error instanceof WrongExpectedRevision) return error.actual;
              throw error;
            },
          );
        }
      };
      await Promise.all(Array.from({ length: 200 }, writer));
      const revisions = (await store.readStream(stream)).map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.map((_, i) => i));
      expect([...won.entries()].sort(([a], [b]) => a - b)).toEqual(revisions.map((revision) => [revision, 1]));
    });

    describe('a stream', () => {
      it('goes on from an event that the reader knows, or says that it is not there', async () => {
        const stream = aStream();
        const events = several(4);
        await store.append(stream, NO_STREAM, events);
        const known = (revision: number) => ({ from: revision + 1, follows: events[revision]!.id });
        expect(idsOf(await store.readStream(stream, known(1)))).toEqual(idsOf(events.slice(2)));
        expect(idsOf(await store.readStream(stream, { ...known(0), limit: 2 }))).toEqual(idsOf(events.slice(1, 3)));
        expect(await store.readStream(stream, known(3))).toEqual([]);
        const others = [
          { from: 2, follows: events[2]!.id },
          { from: 4, follows: randomUUID() },
          { from: 5, follows: events[3]!.id },
          { from: 9, follows: events[3]!.id },
        ];
        for (const other of others) await expect(store.readStream(stream, other)).rejects.toBeInstanceOf(OtherHistory);
        await expect(store.readStream(aStream(), { from: 1, follows: events[0]!.id })).rejects.toBeInstanceOf(OtherHistory);
        await store.append(stream, 3, several(1));
        expect(await store.readStream(stream, known(3))).toHaveLength(1);
      });

      it('that does not exist is empty', async () => {
        expect(await store.readStream(aStream())).toEqual([]);
        expect(await store.readStream(aStream(), { from: 7 })).toEqual([]);
      });

      it('is read in order, from a revision, in pages', async () => {
        const stream = aStream();
        const events = several(7);
        await store.append(stream, NO_STREAM, events);
        await store.append(aStream(), NO_STREAM, several(2));
        expect(idsOf(await store.readStream(stream))).toEqual(idsOf(events));
        expect(idsOf(await store.readStream(stream, { from: 5 }))).toEqual(idsOf(events.slice(5)));
        expect(idsOf(await store.readStream(stream, { from: 2, limit: 3 }))).toEqual(idsOf(events.slice(2, 5)));
        expect(await store.readStream(stream, { from: 7 })).toEqual([]);
      });

      it('of more than a page ends with a page that is not full', async () => {
        const stream = aStream();
        await store.append(stream, NO_STREAM, several(501));
        expect(await store.readStream(stream)).toHaveLength(500);
        expect(await store.readStream(stream, { from: 500 })).toHaveLength(1);
      });

      it('read after an acknowledged append holds it', async () => {
        const stream = aStream();
        for (let revision = NO_STREAM; revision < 20; revision++) {
          expect(await store.readStream(stream, { from: revision + 1 })).toEqual([]);
          const event = happened();
          await store.append(stream, revision, [event]);
          expect(idsOf(await store.readStream(stream, { from: revision + 1 }))).toEqual([event.id]);
        }
      });
    });

    describe('the log', () => {
      it('is read over all streams in order of position, which grows', async () => {
        const streams = [aStream(), aStream(), aStream()];
        const lanes = streams.map(async (stream) => {
          for (let revision = NO_STREAM; revision < 9; revision++) await store.append(stream, revision, [happened()]);
        });
        await Promise.all(lanes);
        const log = await everything(store, start);
        expect(log).toHaveLength(30);
        const positions = log.map(({ position }) => position);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
        for (const stream of streams) {
          expect(log.filter((event) => event.stream === stream).map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        }
      });

      it('is read in pages without gap or repetition, and says where it ends (R24)', async () => {
        const events = several(10);
        const { position } = await store.append(aStream(), NO_STREAM, events);
        const pages: AllPage[] = [];
        for (let after = start; pages.at(-1)?.atEnd !== true; after = pages.at(-1)!.through) {
          pages.push(await store.readAll({ after, limit: 4 }));
        }
        for (const { events: page, through } of pages) {
          expect(page.length).toBeLessThanOrEqual(4);
          expect(through).toBeGreaterThanOrEqual(page.at(-1)?.position ?? start);
        }
        expect(pages.at(-1)!.through).toBe(position);
        expect(idsOf(pages.flatMap((page) => page.events))).toEqual(idsOf(events));
        expect(await store.readAll({ after: position })).toEqual({ events: [], through: position, atEnd: true });
      });

      it('is filtered by type, and gets past what is filtered out', async () => {
        const stream = aStream();
        const [lit, out] = [happened('LampLit'), happened('LampPutOut')];
        await store.append(stream, NO_STREAM, [...several(5, 'LampDusted'), lit, ...several(5, 'LampDusted'), out]);
        const { position } = await store.append(stream, 11, several(5, 'LampDusted'));
        expect(idsOf(await everything(store, start, { types: ['LampPutOut', 'LampLit'], limit: 1 }))).toEqual([lit.id, out.id]);
        expect(await everything(store, start, { types: ['LampSold'] })).toEqual([]);
        expect(await everything(store, start, { types: [] })).toEqual([]);
        const beforeLast = (await store.readStream(stream)).at(-2)!.position;
        expect(await store.readAll({ after: beforeLast, types: ['LampSold'] })).toEqual({ events: [], through: position, atEnd: true });
      });

      it('gives the event that stands at a position, and none where none stands', async () => {
        const stream = aStream();
        const { position } = await store.append(stream, NO_STREAM, several(3));
        const written = await store.readStream(stream);
        for (const event of written) expect(await store.readAt(event.position)).toEqual(event);
        expect(await store.readAt(await store.end())).toEqual(written.at(-1));
        const places = new Set(written.map((event) => event.position));
        const nowhere = [position - 1, position + 1, position * 2 + 7].filter((place) => !places.has(place));
        for (const place of nowhere) expect(await store.readAt(place)).toBeUndefined();
        expect(await store.readAt(BEFORE_FIRST)).toBeUndefined();
      });

      it('is read after any number, whether an event stands there or not', async () => {
        const stream = aStream();
        await store.append(stream, NO_STREAM, several(4));
        const [, second, third, last] = (await store.readStream(stream)) as [RecordedEvent, RecordedEvent, RecordedEvent, RecordedEvent];
        const after = [second.position, second.position + 1, third.position - 1, second.position + 0.5].filter((at) => at < third.position);
        const read = async () => {
          for (const place of after) expect(idsOf(await everything(store, place))).toEqual([third.id, last.id]);
          expect(await store.readAll({ after: last.position + 3 })).toEqual({ events: [], through: last.position + 3, atEnd: true });
          expect((await everything(store, -5, { limit: 100 })).at(-1)).toEqual(last);
        };
        await read();
        // And by one that did not see them come.
        store = (await opened.reopen?.()) ?? store;
        await read();
      });
    });

    describe('a subscription', () => {
      it('catches up, then goes on with what is appended, without gap or duplicate, in order', async () => {
        const stream = aStream();
        const events = several(60);
        const append = async (from: number, to: number) => {
          for (let i = from; i < to; i++) await store.append(stream, i - 1, [events[i]!]);
        };
        await append(0, 20);
        const pages = subscribe({ limit: 3 });
        const early = await take(pages, 10);
        // Appends run beside the reads, so that the change from old to live falls anywhere.
        const [later] = await Promise.all([take(pages, 60 - early.length), append(20, 60)]);
        expect(idsOf([...early, ...later])).toEqual(idsOf(events));
      });

      it('waits at the end for the next append', async () => {
        const pages = subscribe();
        let came = false;
        const next = pages.next().finally(() => (came = true));
        await new Promise((resolve) => setTimeout(resolve, 30));
        expect(came).toBe(false);
        const event = happened();
        await store.append(aStream(), NO_STREAM, [event]);
        expect(idsOf(((await next).value as AllPage).events)).toEqual([event.id]);
      });

      it('gives each of many subscribers everything', async () => {
        const all = Array.from({ length: 5 }, (_, i) => take(subscribe({ limit: i + 1 }), 30));
        const events = several(30);
        await Promise.all(events.map((event) => store.append(aStream(), NO_STREAM, [event])));
        const logged = idsOf(await everything(store, start));
        for (const taken of await Promise.all(all)) expect(idsOf(taken)).toEqual(logged);
      });

      it('reads a page only when the one before has been handled', async () => {
        const pages = subscribe({ limit: 500 });
        await store.append(aStream(), NO_STREAM, [happened()]);
        await pages.next();
        // While this page is being handled, much happens: it comes as a page or two and not as a queue of small ones.
        for (let i = 0; i < 30; i++) await store.append(aStream(), NO_STREAM, [happened()]);
        const sizes: number[] = [];
        while (sizes.reduce((sum, size) => sum + size, 0) < 30) sizes.push(((await pages.next()).value as AllPage).events.length);
        expect(sizes.length).toBeLessThan(4);
      });

      it('filtered by type moves on past the rest', async () => {
        const pages = subscribe({ types: ['LampLit'] });
        const { position } = await store.append(aStream(), NO_STREAM, several(3, 'LampDusted'));
        let passed: AllPage;
        do {
          passed = (await pages.next()).value as AllPage;
          expect(passed.events).toEqual([]);
        } while (passed.through < position);
        expect(passed.through).toBe(position);
        const lit = happened('LampLit');
        await store.append(aStream(), NO_STREAM, [happened('LampDusted'), lit]);
        expect(idsOf(await take(pages, 1))).toEqual([lit.id]);
      });

      it('goes on over a restart from where it was', async () => {
        if (!opened.reopen) return;
        const stream = aStream();
        const events = several(20);
        await store.append(stream, NO_STREAM, events.slice(0, 12));
        const before = (await subscribe({ limit: 5 }).next()).value as AllPage;
        store = await opened.reopen();
        const pages = subscribe({ after: before.through, limit: 5 }, store);
        await store.append(stream, 11, events.slice(12));
        expect(idsOf([...before.events, ...(await take(pages, 20 - before.events.length))])).toEqual(idsOf(events));
      });

      it('ends when it is aborted, waiting or not', async () => {
        await store.append(aStream(), NO_STREAM, several(2));
        const reading = subscribe({ limit: 1 });
        await reading.next();
        const waiting = subscribe({ after: await store.end() });
        const next = waiting.next();
        await new Promise((resolve) => setTimeout(resolve, 10));
        abort.abort();
        expect((await next).done).toBe(true);
        expect((await reading.next()).done).toBe(true);
        expect((await subscribe().next()).done).toBe(true);
      });

      it('fails when the store is closed underneath', async () => {
        const next = subscribe().next();
        await new Promise((resolve) => setTimeout(resolve, 10));
        await Promise.all([expect(next).rejects.toBeInstanceOf(StoreUnavailable), store.close()]);
      });
    });

    describe('closing', () => {
      it('finishes the appends under way and turns later calls away', async () => {
        const streams = Array.from({ length: 50 }, () => aStream());
        const underWay = streams.map((stream) => store.append(stream, NO_STREAM, [happened()]));
        const closed = store.close();
        await expect(store.append(aStream(), NO_STREAM, [happened()])).rejects.toBeInstanceOf(StoreUnavailable);
        await closed;
        for (const appended of await Promise.all(underWay)) expect(appended.revision).toBe(0);
        await expect(store.readStream(streams[0]!)).rejects.toBeInstanceOf(StoreUnavailable);
        await expect(store.readAll()).rejects.toBeInstanceOf(StoreUnavailable);
        await expect(store.end()).rejects.toBeInstanceOf(StoreUnavailable);
        await expect(store.close()).resolves.toBeUndefined();
        store = (await opened.reopen?.()) ?? store;
        if (opened.reopen) expect(await everything(store, start)).toHaveLength(50);
      });
    });

    it('starts with nothing before the first event', async () => {
      let page = await store.readAll({ after: BEFORE_FIRST, limit: 1 });
      while (page.events.length === 0 && !page.atEnd) page = await store.readAll({ after: page.through, limit: 1 });
      const { events, atEnd } = page;
      expect(events.length === 0).toBe(start === BEFORE_FIRST);
      expect(atEnd).toBe(start === BEFORE_FIRST || start === events.at(-1)?.position);
    });
  });
}
