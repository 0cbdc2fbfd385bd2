import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Worker } from 'node:worker_threads';
import { DataDirectoryInUse } from '../../src/event-sourcing/data-directory-lock.js';
import { EmbeddedEventStore, type EmbeddedEventStoreOptions } from '../../src/event-sourcing/embedded.event-store.js';
import { assertDurable, LogWriter, openForReading, openForWriting, UnsafeLog } from '../../src/event-sourcing/embedded.log.js';
import { NO_STREAM, StoreUnavailable, UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { describeEventStore, happened, several } from './event-store.contract.js';
import { Sqlite } from '../../src/event-sourcing/sqlite.js';

const aDirectory = () => mkdtempSync(join(tmpdir(), 'embedded-'));

describeEventStore('the embedded store', async () => {
  const directory = aDirectory();
  let store = await EmbeddedEventStore.open(directory);
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await EmbeddedEventStore.open(directory));
    },
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});

// The same contract with room for two streams' heads, so that most are pushed out and learned again.
describeEventStore('the embedded store with a short memory', async () => {
  const directory = aDirectory();
  const store = await EmbeddedEventStore.open(directory, { heads: 2 });
  return {
    store,
    close: async () => {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});

describe('the embedded store', () => {
  let directory: string;
  let store: EmbeddedEventStore;

  const open = async (options?: EmbeddedEventStoreOptions) => (store = await EmbeddedEventStore.open(directory, options));
  const events = async () => (await store.readAll()).events;
  /** A second connection, as an operator's tool would have one. */
  const tool = () => new Sqlite(join(directory, 'log.db'));

  beforeEach(() => {
    directory = aDirectory();
  });

  afterEach(async () => {
    await store?.close();
    rmSync(directory, { recursive: true });
  });

  it('knows where a stream ends that it wrote or read, and knows nothing once it is closed', async () => {
    const directory = aDirectory();
    const store = await EmbeddedEventStore.open(directory);
    const [first, second] = several(2);
    await store.append('s', NO_STREAM, [first!]);
    expect([store.endsWith('s', 0, first!.id), store.endsWith('s', 0, second!.id), store.endsWith('other', 0, first!.id)]).toEqual([
      true,
      false,
      false,
    ]);
    await store.append('s', 0, [second!]);
    expect([store.endsWith('s', 0, first!.id), store.endsWith('s', 1, second!.id)]).toEqual([false, true]);
    await store.close();
    expect(store.endsWith('s', 1, second!.id)).toBe(false);
    const again = await EmbeddedEventStore.open(directory);
    expect(again.endsWith('s', 1, second!.id)).toBe(false);
    await again.readStream('s');
    expect(again.endsWith('s', 1, second!.id)).toBe(true);
    await again.close();
    rmSync(directory, { recursive: true });
  });

  describe('is durable:', () => {
    it('each connection waits for the disk at every commit (R16)', async () => {
      await open();
      const full = { journalMode: 'wal', synchronous: 2 };
      expect(store.stats().connections).toEqual([
        { role: 'writer', end: -1, ...full },
        { role: 'reader', end: -1, ...full },
      ]);
      await store.close();
      for (const connect of [openForWriting, openForReading]) {
        const db = connect(join(directory, 'log.db'));
        expect(assertDurable(db)).toEqual(full);
        db.close();
      }
    });

    it('a connection that does not is refused (R16)', () => {
      const db = new Sqlite(join(directory, 'other.db'));
      expect(() => assertDurable(db)).toThrow(UnsafeLog);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      expect(() => assertDurable(db)).toThrow(UnsafeLog);
      db.pragma('synchronous = FULL');
      expect(() => assertDurable(db)).not.toThrow();
      db.close();
    });

    it('a commit that a crash cut off before its sync is synced at the start', async () => {
      const db = openForWriting(join(directory, 'log.db'));
      const row = { id: 'a', type: 'LampLit', schemaVersion: 1, recordedAt: '', cause: '{}', data: '{}' };
      new LogWriter(db).write([{ stream: 'lamp', expected: NO_STREAM, events: [row] }]);
      await open();
      // The write-ahead log is empty because everything in it was moved to the database, which takes two syncs.
      expect(readdirSync(directory)).toContain('log.db-wal');
      expect(await events()).toHaveLength(1);
      const readable = new Sqlite(join(directory, 'log.db'), { readonly: true });
      expect(readable.pragma('wal_checkpoint')).toMatchObject([{ log: 0, checkpointed: 0 }]);
      readable.close();
      db.close();
    });
  });

  describe('commits in groups:', () => {
    it('appends that wait together share a transaction', async () => {
      await open();
      const lane = async (n: number) => {
        for (let revision = NO_STREAM; revision < 9; revision++) await store.append(`lamp-${n}`, revision, [happened()]);
      };
      await Promise.all(Array.from({ length: 64 }, (_, n) => lane(n)));
      const { commits, appends, events: written, groupSize, appendLatency, waiting } = store.stats();
      expect([appends, written, waiting]).toEqual([640, 640, 0]);
      expect(commits).toBeLessThan(64);
      expect(groupSize.count).toBe(commits);
      expect(groupSize.mean).toBeGreaterThan(10);
      expect(appendLatency.count).toBe(640);
      expect(appendLatency.p99).toBeGreaterThanOrEqual(appendLatency.p50);
    });

    it('a wrong revision in a group fails alone', async () => {
      await open();
      const appends = [store.append('a', NO_STREAM, several(2)), store.append('b', 4, [happened()]), store.append('a', 1, [happened()])];
      const outcomes = await Promise.allSettled(appends);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(store.stats()).toMatchObject({ commits: 1, appends: 2, events: 3 });
      expect((await events()).map(({ position, stream, revision }) => [position, stream, revision])).toEqual([
        [0, 'a', 0],
        [1, 'a', 1],
        [2, 'a', 2],
      ]);
    });

    it('repetitions and refusals alone commit nothing', async () => {
      await open();
      const lit = [happened()];
      await store.append('lamp', NO_STREAM, lit);
      await store.append('lamp', NO_STREAM, lit);
      await store.append('lamp', 4, lit).catch(() => undefined);
      expect(store.stats()).toMatchObject({ commits: 1, appends: 1, events: 1 });
    });
  });

  describe('when the disk fails', () => {
    /** Lets an event of type `Unwritable` fail at its insert and one of type `Unsynced` at the commit. */
    const breakDisk = () => {
      const db = tool();
      db.exec(`
        CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER unsynced AFTER INSERT ON event WHEN new.type = 'Unsynced' BEGIN INSERT INTO child VALUES (1); END;
        CREATE TRIGGER unwritable AFTER INSERT ON event WHEN new.type = 'Unwritable' BEGIN SELECT RAISE(ROLLBACK, 'disk'); END;
      `);
      db.close();
    };
    const errors = async (appends: Promise<unknown>[]) =>
      (await Promise.allSettled(appends)).map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as Error).name : 'done'));

    it('before the commit, all of the group are told that nothing was written', async () => {
      await open();
      breakDisk();
      const good = [happened()];
      const group = [
        store.append('a', NO_STREAM, good),
        store.append('b', NO_STREAM, [happened(), happened('Unwritable')]),
        store.append('c', 3, [happened()]),
      ];
      expect(await errors(group)).toEqual(['StoreUnavailable', 'StoreUnavailable', 'StoreUnavailable']);
      expect(await events()).toEqual([]);
      expect(await store.append('a', NO_STREAM, good)).toEqual({ revision: 0, position: 0 });
    });

    it('at the commit, those that would have written are told that the outcome is unknown, and nothing is half done', async () => {
      await open();
      const before = [happened()];
      await store.append('a', NO_STREAM, before);
      breakDisk();
      const good = several(2);
      const group = [store.append('a', 0, good), store.append('b', NO_STREAM, [happened('Unsynced')]), store.append('a', 0, [happened()])];
      expect(await errors(group)).toEqual(['UnknownOutcome', 'UnknownOutcome', 'StoreUnavailable']);
      expect(await events()).toHaveLength(1);
      expect(await store.readStream('a', { from: 1 })).toEqual([]);
      expect(await store.readStream('b')).toEqual([]);
      // The same append again, once the disk is well, is the one append.
      expect(await store.append('a', 0, good)).toEqual({ revision: 2, position: 2 });
      expect(await store.append('a', 0, good)).toEqual({ revision: 2, position: 2 });
    });

    it('to answer in time, the outcome is unknown until the same append is sent again', async () => {
      await open({ deadline: 60 });
      const blocker = tool();
      blocker.exec('BEGIN IMMEDIATE');
      const lit = [happened()];
      await expect(store.append('lamp', NO_STREAM, lit)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(await store.readStream('lamp')).toEqual([]);
      blocker.close();
      while (store.stats().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await store.append('lamp', NO_STREAM, lit)).toEqual({ revision: 0, position: 0 });
      expect(await events()).toHaveLength(1);
    });

    it('and appends pile up, more are turned away', async () => {
      await open({ maxWaiting: 3 });
      const blocker = tool();
      blocker.exec('BEGIN IMMEDIATE');
      const waiting = ['a', 'b', 'c'].map((stream) => store.append(stream, NO_STREAM, [happened()]));
      await expect(store.append('d', NO_STREAM, [happened()])).rejects.toBeInstanceOf(StoreUnavailable);
      blocker.close();
      await Promise.all(waiting);
      expect(await store.readStream('d')).toEqual([]);
    });
  });

  it('whose thread dies leaves what was under way unknown, says so, and turns the rest away', async () => {
    await open();
    await store.append('lamp', NO_STREAM, [happened()]);
    const subscription = store.subscribe({ after: 0, signal: new AbortController().signal })[Symbol.asyncIterator]().next();
    const { worker } = (store as unknown as { parts: { writer: { worker: Worker } } }).parts.writer;
    const underWay = store.append('lamp', 0, [happened()]);
    void worker.terminate();
    await expect(underWay).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(subscription).rejects.toBeInstanceOf(StoreUnavailable);
    expect(await store.failed).toBeInstanceOf(Error);
    await expect(store.append('lamp', 0, [happened()])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.readStream('lamp')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('closes without delay right after an answer', async () => {
    for (let round = 0; round < 15; round++) {
      await open({ deadline: 1000 });
      const appended = store.append(`lamp-${round}`, NO_STREAM, [happened()]);
      const read = store.readStream('lamp-0');
      // A thread that misses its stop is left behind with the directory, and the next round finds it in use.
      await store.close();
      await Promise.all([appended, read]);
    }
  });

  it('leaves the whole log in its one file when it closes, and nothing beside it', async () => {
    await open();
    await store.append('a', NO_STREAM, several(3));
    await store.readStream('a');
    await store.close();
    expect(readdirSync(directory).filter((name) => name.startsWith('log.db'))).toEqual(['log.db']);
  });

  it('leaves the whole log in its one file also while a tool has it open', async () => {
    await open();
    const other = tool();
    other.prepare('SELECT count(*) FROM event').get();
    await store.append('a', NO_STREAM, several(3));
    await store.close();
    expect(statSync(join(directory, 'log.db-wal')).size).toBe(0);
    other.close();
  });

  it('refuses a file that is no log, a log of another format, and lets the directory go', async () => {
    writeFileSync(join(directory, 'log.db'), 'not a database, whatever its name may say '.repeat(100));
    await expect(open()).rejects.toThrow('not a database');
    rmSync(join(directory, 'log.db'));
    const db = tool();
    db.pragma('user_version = 99');
    db.close();
    await expect(open()).rejects.toThrow('format 99');
    for (const file of readdirSync(directory)) rmSync(join(directory, file));
    await expect(open()).resolves.toBeDefined();
  });

  it('looks through a long log a stretch at a time', async () => {
    await open();
    await store.append('lamp', NO_STREAM, [...several(10_500), happened('LampSold')]);
    await store.close();
    await open();
    const first = await store.readAll({ types: ['LampSold'] });
    expect([first.events.length, first.through, first.atEnd]).toEqual([0, 9_999, false]);
    const rest = await store.readAll({ types: ['LampSold'], after: first.through });
    expect([rest.events.length, rest.through, rest.atEnd]).toEqual([1, 10_500, true]);
  });

  it('hands what was just written to whoever follows, without a reading', async () => {
    await open();
    const reader = (store as unknown as { parts: { reader: { ask: (...args: unknown[]) => unknown } } }).parts.reader;
    const asked = jest.spyOn(reader, 'ask');
    await store.append('lamp', NO_STREAM, several(20));
    const [all, some, late] = await Promise.all([
      store.readAll(),
      store.readAll({ types: ['LampSold'] }),
      store.readAll({ after: 9, limit: 5 }),
    ]);
    expect([all.events.length, all.through, all.atEnd]).toEqual([20, 19, true]);
    expect([some.events.length, some.through, some.atEnd]).toEqual([0, 19, true]);
    expect([late.events.map(({ position }) => position), late.through, late.atEnd]).toEqual([[10, 11, 12, 13, 14], 14, false]);
    expect(asked).not.toHaveBeenCalled();
    expect(await store.readStream('lamp', { from: 20, follows: all.events[19]!.id })).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
  });

  it('hands on just what the disk would have given, across groups, streams and refused appends', async () => {
    await open();
    const text = { lone: '\ud800', gone: undefined, text: 'ěšč "\\\u0000\u2028', deep: [{ n: 1 }] };
    const twice = happened('LampLit', text);
    await Promise.all([
      store.append('a', NO_STREAM, [twice, happened()]),
      store.append('b', 3, [happened()]).catch(() => {}),
      store.append('c', NO_STREAM, several(3)),
      store.append('d', NO_STREAM, [twice]).catch(() => {}),
      store.append('b', NO_STREAM, [happened('LampSold', text)]),
    ]);
    await store.append('a', NO_STREAM, [twice]).catch(() => {});
    await store.append('c', 2, [happened()]);
    const fromMemory = await store.readAll();
    await store.close();
    await open();
    expect(fromMemory.events).toHaveLength(7);
    expect(await store.readAll()).toEqual(fromMemory);
  });

  it('forgets the oldest of what it hands on, and reads that from the disk again', async () => {
    await open();
    const text = { text: 'x'.repeat(100_000) };
    for (let n = 0; n < 60; n++) await store.append(`lamp-${n}`, NO_STREAM, [happened('LampLit', text)]);
    const asked = jest.spyOn((store as unknown as { parts: { reader: { ask: () => unknown } } }).parts.reader, 'ask');
    expect((await store.readAll({ after: 50 })).events.map(({ position }) => position)).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59]);
    expect(asked).not.toHaveBeenCalled();
    expect((await store.readAll()).events[0]).toMatchObject({ stream: 'lamp-0', position: 0 });
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('leaves out the causes for whoever has no use for them, and nothing else', async () => {
    await open();
    await store.append('lamp "\\ ž', NO_STREAM, [happened('LampLit', { text: 'ž"\n\u2028' }), happened('LampLit', { text: 'plain' })]);
    await store.append('other', NO_STREAM, [happened('LampOut')]);
    await store.close();
    await open();
    const { events: whole } = await store.readAll({ types: ['LampLit'] });
    expect(whole.map(({ cause: { actor }, data }) => [actor, data])).toEqual([
      ['client-1', { text: 'ž"\n\u2028' }],
      ['client-1', { text: 'plain' }],
    ]);
    const uncaused = whole.map(({ cause: _, ...event }) => event);
    expect((await store.readAll({ types: ['LampLit'], uncaused: true })).events).toEqual(uncaused);
  });

  it('ends a page early rather than make it huge', async () => {
    await open();
    const large = { text: 'x'.repeat(1_500_000) };
    await store.append(
      'lamp',
      NO_STREAM,
      Array.from({ length: 5 }, () => happened('LampLit', large)),
    );
    await store.close();
    await open();
    const first = await store.readAll();
    expect([first.events.length, first.through, first.atEnd]).toEqual([3, 2, false]);
    const rest = await store.readAll({ after: first.through });
    expect([rest.events.length, rest.through, rest.atEnd]).toEqual([2, 4, true]);
  });

  describe('has its directory to itself:', () => {
    const start = async () => {
      const child = spawn(process.execPath, [join(__dirname, 'append-until-killed.mjs'), directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const acknowledged: string[] = [];
      const lines = createInterface(child.stdout).on('line', (line) => acknowledged.push(line));
      await once(lines, 'line');
      const kill = async () => {
        child.kill('SIGKILL');
        await once(lines, 'close');
      };
      return { child, acknowledged, kill };
    };

    it('a second store of the same process is refused', async () => {
      await open();
      const refused = await EmbeddedEventStore.open(directory).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(DataDirectoryInUse);
      expect((refused as Error).message).toContain(directory);
      expect((refused as DataDirectoryInUse).pid).toBe(process.pid);
      await store.append('lamp', NO_STREAM, [happened()]);
      await store.close();
      expect(existsSync(join(directory, 'lock.pid'))).toBe(false);
      await open();
      expect(await events()).toHaveLength(1);
    });

    it('a second process is refused, until the first one is gone, however it went', async () => {
      const { child, kill } = await start();
      await expect(open()).rejects.toMatchObject({ name: 'DataDirectoryInUse', pid: child.pid });
      await kill();
      await expect(open()).resolves.toBeDefined();
    });

    it('no acknowledged event is lost by kill -9, in four rounds (R17, I12)', async () => {
      const acknowledged = new Set<string>();
      for (let round = 0; round < 4; round++) {
        const child = await start();
        await new Promise((resolve) => setTimeout(resolve, 150 + round * 37));
        await child.kill();
        for (const line of child.acknowledged) if (line !== 'open') acknowledged.add(line);
      }
      await open();
      const inLog: string[] = [];
      const revisions = new Map<string, number>();
      for (let through = -1; through < (await store.end());) {
        const page = await store.readAll({ after: through });
        for (const { id, stream, revision, position } of page.events) {
          expect(position).toBe(inLog.push(id) - 1);
          expect(revision).toBe((revisions.get(stream) ?? -1) + 1);
          revisions.set(stream, revision);
        }
        through = page.through;
      }
      const there = new Set(inLog);
      expect(acknowledged.size).toBeGreaterThan(100);
      expect([...acknowledged].filter((id) => !there.has(id))).toEqual([]);
      // Batches of two are whole, and what is there beyond the acknowledged was under way at a kill.
      for (const revision of revisions.values()) expect(revision % 2).toBe(1);
      const db = tool();
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      db.close();
    });
  });
});
