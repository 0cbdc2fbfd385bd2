import { setTimeout as sleep } from 'node:timers/promises';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import { VirtualClock } from '../../src/event-sourcing/clock.js';
import type { Incident } from '../../src/event-sourcing/eventstoredb.connection.js';
import { EventStoreDbEventStore, type EventStoreDbOptions } from '../../src/event-sourcing/eventstoredb.event-store.js';
import { readConnectionString } from '../../src/event-sourcing/eventstoredb.settings.js';
import { type AllPage, NO_STREAM, StoreUnavailable, UnknownOutcome } from '../../src/event-sourcing/event-store.js';
import { byTest, counter } from './counter.js';
import { happened, several } from './event-store.contract.js';
import { type AppendFate, FakeEventStoreDb } from './fake-eventstoredb.js';

const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);
/** Milliseconds: what a test waits for, and what only a broken store reaches, also on a busy machine. */
const DEADLINE = 500;
const PATIENT = 8_000;

describe('The store in EventStoreDB', () => {
  let server: FakeEventStoreDb;
  let others: FakeEventStoreDb[];
  let stores: EventStoreDbEventStore[];
  let incidents: Incident[];
  let store: EventStoreDbEventStore;

  const open = async (url: string, options: EventStoreDbOptions = {}) => {
    const onIncident = (incident: Incident) => incidents.push(incident);
    const opened = await EventStoreDbEventStore.open(readConnectionString(url), {
      deadline: PATIENT,
      openWithin: 0,
      watchEvery: 60_000,
      onIncident,
      ...options,
    });
    stores.push(opened);
    return opened;
  };
  const another = async () => {
    const started = await FakeEventStoreDb.start(server.log);
    others.push(started);
    return started;
  };
  /** The first append meets the fate, the others are answered. */
  const once = (fate: AppendFate) => {
    let met = false;
    server.onAppend = () => {
      if (met) return 'answer';
      met = true;
      return fate;
    };
  };
  const inLog = (stream: string) => server.log.records.filter((record) => record.stream === stream).length;
  const outcome = (appended: Promise<unknown>) => appended.then(() => 'appended', (error: Error) => error.name); // prettier-ignore

  beforeEach(async () => {
    [others, stores, incidents] = [[], [], []];
    server = await FakeEventStoreDb.start();
    store = await open(server.url);
  });

  afterEach(async () => {
    await Promise.all(stores.map((opened) => opened.close()));
    for (const started of [server, ...others]) started.stop();
  });

  describe('does not know what became of an append', () => {
    it.each<[AppendFate, number]>([
      ['silence', 1],
      ['silence-unwritten', 0],
      ['end', 1],
      ['end-unwritten', 0],
      ['break', 1],
      ['break-unwritten', 0],
      ['timeout', 1],
    ])('that met with %s, says so in time, and finds out when it is sent again', async (fate, written) => {
      // Only silence needs the deadline.
      if (fate.startsWith('silence')) store = await open(server.url, { deadline: DEADLINE });
      once(fate);
      const events = several(2);
      const began = performance.now();
      await expect(store.append('lamp', NO_STREAM, events)).rejects.toBeInstanceOf(UnknownOutcome);
      expect(performance.now() - began).toBeLessThan(PATIENT / 2);
      expect(inLog('lamp')).toBe(written * 2);
      expect(await store.append('lamp', NO_STREAM, events)).toMatchObject({ revision: 1 });
      expect(idsOf(await store.readStream('lamp'))).toEqual(idsOf(events));
    });

    it('when the node dies under it, and finds out when the node is back', async () => {
      once('silence');
      const events = several(1);
      const appended = outcome(store.append('lamp', NO_STREAM, events));
      await sleep(50);
      server.stop();
      expect(await appended).toBe('UnknownOutcome');
      await server.restart();
      await sleep(DEADLINE);
      expect(await store.append('lamp', NO_STREAM, events)).toMatchObject({ revision: 0 });
      expect(inLog('lamp')).toBe(1);
    });

    it('and of the many under way with it: none is answered for another', async () => {
      store = await open(server.url, { deadline: DEADLINE });
      const unlucky = new Set(['lamp-3', 'lamp-7']);
      server.onAppend = (stream) => (unlucky.has(stream) ? 'silence' : 'answer');
      const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => outcome(store.append(`lamp-${n}`, NO_STREAM, several(1)))));
      outcomes.forEach((each, n) => expect(each).toBe(unlucky.has(`lamp-${n}`) ? 'UnknownOutcome' : 'appended'));
    });

    it('when the stream of appends is dead though all else is answered, and sends the next one over another (R22)', async () => {
      store = await open(server.url, { deadline: DEADLINE });
      server.onAppend = () => (server.seen.appendStreams === 1 ? 'silence-unwritten' : 'answer');
      const alive = setInterval(() => void store.readStream('lamp'), DEADLINE / 5);
      const events = several(1);
      expect(await outcome(store.append('lamp', NO_STREAM, events))).toBe('UnknownOutcome');
      clearInterval(alive);
      expect(await store.append('lamp', NO_STREAM, events)).toMatchObject({ revision: 0 });
      expect(incidents).toEqual([]);
    });

    it('so a command is decided once, whatever became of its first attempt', async () => {
      store = await open(server.url, { deadline: DEADLINE });
      const commands = new CommandHandling(store, new VirtualClock(1_000));
      for (const [n, fate] of (['silence', 'silence-unwritten', 'end', 'break', 'timeout', 'not ready'] as const).entries()) {
        once(fate);
        const handled = await commands.handle(counter, `count-${n}`, byTest, () => ({ tag: 'a' })).catch((error: Error) => error.name);
        expect(inLog(`count-${n}`)).toBe(fate === 'not ready' ? 0 : 1);
        expect(handled).toEqual(fate === 'not ready' ? 'StoreUnavailable' : expect.objectContaining({ events: [expect.anything()] }));
      }
    });
  });

  describe('is not misled by', () => {
    it('an append that is acknowledged twice', async () => {
      server.onAppend = () => 'answer twice';
      for (let revision = NO_STREAM; revision < 5; revision++) {
        expect(await store.append('lamp', revision, several(1))).toMatchObject({ revision: revision + 1 });
      }
      await sleep(20);
      expect(await store.append('lamp', 5, several(1))).toMatchObject({ revision: 6 });
    });

    it('an acknowledgement that comes when nobody waits for it any more (R25)', async () => {
      store = await open(server.url, { deadline: DEADLINE });
      server.late = DEADLINE * 1.5;
      server.onAppend = (stream) => (stream === 'late' ? 'answer late' : 'answer');
      const late = outcome(store.append('late', NO_STREAM, several(1)));
      for (let n = 0; n < 5; n++) {
        await sleep(DEADLINE / 5);
        await store.append(`lamp-${n}`, NO_STREAM, several(1));
      }
      expect(await late).toBe('UnknownOutcome');
      await sleep(DEADLINE);
      expect(await store.append('lamp', NO_STREAM, several(1))).toMatchObject({ revision: 0 });
      // Others were answered meanwhile, so the stream of appends was not given up for it.
      expect(server.seen.appendStreams).toBe(1);
    });

    it('the loss of its client to what is under way on it', async () => {
      server.late = DEADLINE / 2;
      server.onAppend = () => 'answer late';
      await sleep(DEADLINE);
      const appended = store.append('lamp', NO_STREAM, several(1));
      server.onRead = () => 'not ready';
      await expect(store.end()).rejects.toBeInstanceOf(StoreUnavailable);
      server.onRead = () => 'answer';
      expect(await store.readStream('lamp')).toHaveLength(1);
      expect(incidents[0]).toMatchObject({ what: 'the connection is made anew', reason: 'the server is not ready' });
      expect(await appended).toMatchObject({ revision: 0 });
    });

    it('an acknowledgement that does not say where the events stand', async () => {
      const events = several(2);
      const first = await store.append('lamp', NO_STREAM, events);
      server.onAppend = () => 'answer without the position';
      expect(await store.append('lamp', NO_STREAM, events)).toEqual(first);
    });

    it('a stream that somebody deleted, and which takes a first event again', async () => {
      await store.append('lamp', NO_STREAM, several(2));
      server.log.softDelete('lamp');
      await expect(store.append('lamp', NO_STREAM, several(1))).rejects.toBeInstanceOf(UnknownOutcome);
      await expect(store.readStream('lamp')).rejects.toThrow('missing');
    });

    it('answers to reads that end too early', async () => {
      await store.append('lamp', NO_STREAM, several(3));
      await store.append('lamp', 2, [happened('LampSold')]);
      server.onRead = () => 'end';
      await expect(store.readStream('lamp')).rejects.toThrow('cut off');
      let reads = 0;
      server.onRead = (of) => (of === 'stream' && reads++ === 0 ? 'end' : 'answer');
      await expect(store.readStream('lamp', { from: 2 })).rejects.toThrow('cut off');
      reads = 0;
      expect(await store.readStream('lamp', { from: 4 })).toEqual([]);
      const [first] = await store.readStream('lamp');
      const fresh = await open(server.url);
      reads = 0;
      server.onRead = (of) => (of === 'all' && reads++ === 0 ? 'end' : 'answer');
      expect((await fresh.readAll({ after: first!.position })).atEnd).toBe(false);
    });

    it("the server's own events, and those of others, in the log (R24)", async () => {
      const likeOurs = Buffer.from(JSON.stringify({ schemaVersion: 1, recordedAt: '', cause: {} }));
      server.log.addSystemEvent('$persistentSubscriptionConfig', 'PersistentConfig1', likeOurs);
      server.log.addSystemEvent('copies', '$Copied', likeOurs);
      server.log.append('others-1', -1, [{ id: crypto.randomUUID(), type: 'Elsewhere', contentType: 'application/json', data: Buffer.from('{}'), metadata: Buffer.from('{}') }]); // prettier-ignore
      const { position } = await store.append('lamp', NO_STREAM, several(1));
      for (let n = 0; n < 700; n++) server.log.addSystemEvent('$stats', '$statsCollected');
      expect(await store.end()).toBe(position);
      const { reads } = server.seen;
      expect(await store.end()).toBe(position);
      // What was looked at is not looked at again.
      expect(server.seen.reads - reads).toBe(1);
      let page = await store.readAll();
      const events = [...page.events];
      for (; !page.atEnd; events.push(...page.events)) page = await store.readAll({ after: page.through });
      expect(events.map(({ stream }) => stream)).toEqual(['lamp']);
      expect(page.through).toBe(position);
      expect(await store.readStream('$stats')).toEqual([]);
      await expect(store.readStream('others-1')).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(store.append('$stats', NO_STREAM, several(1))).rejects.toBeInstanceOf(TypeError);
    });
  });

  describe('says that it is not available, and that nothing was written,', () => {
    it.each<[AppendFate, string]>([
      ['not ready', 'the server is not ready'],
      ['busy', 'the server is too busy'],
      ['no leader', 'no node leads'],
      ['access denied', 'access is denied'],
    ])('when the server is %s', async (fate, reason) => {
      once(fate);
      const events = several(1);
      await expect(store.append('lamp', NO_STREAM, events)).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: `EventStoreDB: ${reason}`,
      });
      expect(inLog('lamp')).toBe(0);
      await sleep(20);
      expect(await store.append('lamp', NO_STREAM, events)).toMatchObject({ revision: 0 });
    });

    it('when nobody listens, and goes on as soon as somebody does', async () => {
      server.stop();
      await sleep(DEADLINE);
      const tries: string[] = [];
      for (let n = 0; n < 5; n++) tries.push(await outcome(store.append('lamp', NO_STREAM, several(1))));
      expect(tries.at(-1)).toBe('StoreUnavailable');
      await expect(store.readStream('lamp')).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(store.end()).rejects.toBeInstanceOf(StoreUnavailable);
      await server.restart();
      // A client's channel would keep to its refusal for a second.
      await sleep(250);
      expect(await store.append('lamp', NO_STREAM, several(1))).toMatchObject({ revision: 0 });
    });

    it('when a read is not answered in time (R22)', async () => {
      await store.append('lamp', NO_STREAM, several(1));
      store = await open(server.url, { deadline: DEADLINE });
      const { position } = (await store.readStream('lamp'))[0]!;
      server.onRead = () => 'silence';
      const began = performance.now();
      const reads = [store.readStream('lamp'), store.readAll({ after: position }), store.readAt(position), store.end()];
      for (const read of await Promise.allSettled(reads))
        expect(read).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
      expect(performance.now() - began).toBeLessThan(PATIENT / 2);
      server.onRead = () => 'answer';
      expect(await store.readStream('lamp')).toHaveLength(1);
    });

    it('when more wait than can be kept', async () => {
      const small = await open(server.url, { maxWaiting: 3, deadline: DEADLINE });
      server.onAppend = () => 'silence';
      const outcomes = await Promise.all(Array.from({ length: 5 }, (_, n) => outcome(small.append(`lamp-${n}`, NO_STREAM, several(1)))));
      expect(outcomes).toEqual(['UnknownOutcome', 'UnknownOutcome', 'UnknownOutcome', 'StoreUnavailable', 'StoreUnavailable']);
    });
  });

  it('sends nothing that the server would not take, nor the clock of this machine', async () => {
    const large = Array.from({ length: 3 }, () => happened('LampLit', { text: 'x'.repeat(400_000) }));
    await expect(store.append('lamp', NO_STREAM, large)).rejects.toThrow(/more than the 1048576/);
    const nothing = { toJSON: () => undefined };
    await expect(store.append('lamp', NO_STREAM, [happened('LampLit', nothing)])).rejects.toBeInstanceOf(TypeError);
    expect(server.seen.appends).toBe(0);
    await store.append('lamp', NO_STREAM, large.slice(1));
    expect([server.seen.appends, server.seen.deadlines]).toEqual([1, 0]);
  });

  it('lets hundreds of reads take turns, so that none spends its deadline in a queue', async () => {
    server.onRead = () => 'silence';
    const before = server.seen.reads;
    const reads = Array.from({ length: 300 }, () => outcome(store.readStream('lamp')));
    await sleep(DEADLINE);
    expect(server.seen.reads - before).toBe(64);
    server.onRead = () => 'answer';
    const began = performance.now();
    await store.close();
    expect(performance.now() - began).toBeLessThan(PATIENT / 2);
    expect(new Set(await Promise.all(reads))).toEqual(new Set(['StoreUnavailable']));
  });

  it('reads no more into memory at once than some megabytes (R24)', async () => {
    for (let n = 0; n < 8; n++) await store.append('lamp', n - 1, [happened('LampLit', { n, text: 'x'.repeat(900_000) })]);
    const late = await open(server.url);
    const pages: AllPage[] = [];
    for (let after = -1; pages.at(-1)?.atEnd !== true; after = pages.at(-1)!.through) pages.push(await late.readAll({ after, limit: 100 }));
    expect(pages.flatMap(({ events }) => events)).toHaveLength(8);
    for (const { events } of pages) expect(events.length).toBeLessThan(6);
  });

  it('asks the leader, and no other node, for everything', async () => {
    await store.append('lamp', NO_STREAM, several(1));
    await store.readStream('lamp');
    await store.readAll();
    await store.end();
    expect(server.seen.subscriptions).toBe(1);
    expect(server.seen.requiringLeader).toBe(server.seen.calls);
  });

  describe('follows the leader', () => {
    it('to where the old one says that it is', async () => {
      const leader = await another();
      await store.append('lamp', NO_STREAM, several(1));
      server.leader = { host: '127.0.0.1', port: leader.port };
      server.onAppend = () => 'not leader';
      server.onRead = () => 'not leader';
      const events = several(1);
      expect(await outcome(store.append('lamp', 0, events))).toBe('UnknownOutcome');
      expect(await store.append('lamp', 0, events)).toMatchObject({ revision: 1 });
      expect(leader.seen.appends).toBe(1);
      expect(await store.readStream('lamp')).toHaveLength(2);
    });

    it('to where the cluster says that it is, also after nobody could say', async () => {
      server.leads = false;
      const [down, leader] = [await another(), await another()];
      down.stop();
      const address = ({ port }: FakeEventStoreDb) => `127.0.0.1:${port}`;
      const cluster = `esdb://${address(down)},${address(leader)}?tls=false&maxDiscoverAttempts=2&discoveryInterval=10`;
      leader.leads = false;
      leader.stop();
      await expect(open(cluster)).rejects.toBeInstanceOf(StoreUnavailable);
      const opening = open(cluster, { openWithin: 5_000 });
      await sleep(DEADLINE);
      leader.leads = true;
      await leader.restart();
      const opened = await opening;
      expect(await opened.append('lamp', NO_STREAM, several(1))).toMatchObject({ revision: 0 });
      leader.stop();
      const tries = await Promise.all(Array.from({ length: 20 }, (_, n) => outcome(opened.append(`lamp-${n}`, NO_STREAM, several(1)))));
      expect(tries).not.toContain('appended');
      await sleep(DEADLINE);
      await leader.restart();
      await down.restart();
      const events = several(1);
      let last = '';
      for (let n = 0; n < 60 && last !== 'appended'; n++) {
        last = await outcome(opened.append('lamp', 0, events));
        await sleep(50);
      }
      expect(last).toBe('appended');
    });
  });

  describe('goes on with a subscription (R23)', () => {
    const follow = (from: EventStoreDbEventStore, after: number) => {
      const abort = new AbortController();
      const seen: string[] = [];
      const pages = (async () => {
        for await (const { events } of from.subscribe({ after, signal: abort.signal })) seen.push(...idsOf(events));
      })();
      const until = async (count: number, within = PATIENT) => {
        for (const end = performance.now() + within; seen.length < count && performance.now() < end;) await sleep(10);
        return seen;
      };
      return { until, stop: () => (abort.abort(), pages) };
    };

    it.each(['end', 'break'] as const)(
      'after its %s, from the last event that came, also where the server sends that one again',
      async (how) => {
        server.repeats = true;
        const events = several(9);
        const following = follow(store, -1);
        for (let n = 0; n < 9; n++) {
          await store.append('lamp', n - 1, [events[n]!]);
          if (n % 3 !== 1) continue;
          await following.until(n + 1);
          server.disturbSubscriptions(how);
        }
        expect(await following.until(9)).toEqual(idsOf(events));
        expect(server.seen.subscriptions).toBeGreaterThan(1);
        // What is kept for those who come later has each of them once, too.
        const late = follow(store, -1);
        await store.append('lamp', 8, [happened('LampSold')]);
        expect((await late.until(10)).slice(0, 9)).toEqual(idsOf(events));
        await late.stop();
        await following.stop();
      },
    );

    it('that fell silent, which only the end of the log gives away', async () => {
      const watching = await open(server.url, { watchEvery: 60 });
      const events = several(6);
      const following = follow(watching, -1);
      await watching.append('lamp', NO_STREAM, events.slice(0, 2));
      await following.until(2);
      server.disturbSubscriptions('silence');
      await watching.append('lamp', 1, events.slice(2));
      expect(await following.until(6)).toEqual(idsOf(events));
      expect(incidents).toContainEqual({ what: 'the subscription is made anew', reason: 'it fell silent' });
      await following.stop();
    });

    it('that is alive, however long nothing happens or the server writes for itself', async () => {
      const watching = await open(server.url, { watchEvery: 20 });
      await watching.append('lamp', NO_STREAM, several(1));
      for (let n = 0; n < 10; n++) {
        server.log.addSystemEvent('$stats', '$statsCollected');
        await sleep(20);
      }
      expect(incidents).toEqual([]);
    });

    it('over the death of the server', async () => {
      const events = several(4);
      const following = follow(store, -1);
      await store.append('lamp', NO_STREAM, events.slice(0, 2));
      await following.until(2);
      server.stop();
      await sleep(DEADLINE);
      await server.restart();
      server.log.append('lamp', 1, events.slice(2).map(({ id, type, schemaVersion, recordedAt, cause, data }) => ({ id, type, contentType: 'application/json', data: Buffer.from(JSON.stringify(data)), metadata: Buffer.from(JSON.stringify({ schemaVersion, recordedAt, cause })) }))); // prettier-ignore
      expect(await following.until(4)).toEqual(idsOf(events));
      await following.stop();
    });

    it("up to the last event of ours, and not behind it among the server's own: that would be a place of no log of ours", async () => {
      const { position } = await store.append('lamp', NO_STREAM, several(3));
      for (let n = 0; n < 20; n++) server.log.addSystemEvent('$stats', '$statsCollected');
      const late = await open(server.url);
      const abort = new AbortController();
      const pages = late.subscribe({ after: -1, limit: 50, signal: abort.signal })[Symbol.asyncIterator]();
      expect(((await pages.next()).value as AllPage).through).toBe(position);
      expect(await late.end()).toBe(position);
      abort.abort();
    });

    it('over a line so slow that only a part of each page comes in time', async () => {
      const events = several(40);
      await store.append('lamp', NO_STREAM, events);
      server.stallAfter = 10;
      const late = await open(server.url, { deadline: DEADLINE });
      const following = follow(late, -1);
      expect(await following.until(40)).toEqual(idsOf(events));
      await following.stop();
    });

    it('that is far behind, page after page', async () => {
      const events = several(1_200);
      await store.append('lamp', NO_STREAM, events);
      const late = await open(server.url);
      const following = follow(late, -1);
      const [next] = several(1);
      await late.append('lamp', 1_199, [next!]);
      expect(await following.until(1_201, 2 * PATIENT)).toEqual(idsOf([...events, next!]));
      await following.stop();
    });

    it('whose reader is slow with the latest events alone in memory', async () => {
      const abort = new AbortController();
      const pages = store.subscribe({ after: -1, limit: 100, signal: abort.signal })[Symbol.asyncIterator]();
      const wide = (n: number) => happened('LampLit', { n, text: 'x'.repeat(50_000) });
      const events = Array.from({ length: 160 }, (_, n) => wide(n));
      for (let n = 0; n < 160; n += 16) await store.append('lamp', n - 1, events.slice(n, n + 16));
      const seen: string[] = [];
      while (seen.length < 160) seen.push(...idsOf(((await pages.next()).value as AllPage).events));
      expect(seen).toEqual(idsOf(events));
      abort.abort();
    });
  });

  it('fails for good when the log has become another one, so that what was built from it is built anew', async () => {
    const watching = await open(server.url, { watchEvery: 20 });
    await watching.append('lamp', NO_STREAM, several(3));
    const { position } = (await watching.readStream('lamp'))[1]!;
    await sleep(50);
    server.log.truncate(position);
    expect(await watching.failed).toMatchObject({ message: expect.stringContaining('shorter') });
  });

  it('closes in time, also while nothing answers', async () => {
    store = await open(server.url, { deadline: DEADLINE });
    server.onAppend = () => 'silence';
    server.onRead = () => 'silence';
    const under = [outcome(store.append('lamp', NO_STREAM, several(1))), outcome(store.readStream('lamp'))];
    await sleep(10);
    const began = performance.now();
    await store.close();
    expect(performance.now() - began).toBeLessThan(PATIENT / 2);
    expect(await Promise.all(under)).toEqual(['UnknownOutcome', 'StoreUnavailable']);
  });
});
