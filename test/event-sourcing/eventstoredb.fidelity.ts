import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
  type EventData,
  EventStoreDBClient,
  excludeSystemEvents,
  jsonEvent,
  NO_STREAM,
  START,
  type AllStreamResolvedEvent,
  type Position,
  type ReadPosition,
} from '@eventstore/db-client';

export interface Server {
  readonly url: string;
  readonly stop: () => void;
}

const event = (type = 'LampLit', data: object = {}, id: string = randomUUID()): EventData =>
  jsonEvent({ id, type, data: data as Record<string, never>, metadata: { a: 1 } });
const several = (count: number): EventData[] => Array.from({ length: count }, (_, n) => event('LampLit', { n }));
const aStream = () => `lamp-${randomUUID()}`;

/**
 * What the adapter relies on in a server, asked for with the plain client: the same of the stand-in and of a real one, so that a test
 * on the stand-in says something.
 */
export function describeServer(name: string, start: () => Promise<Server>): void {
  describe(`${name} does what the adapter relies on:`, () => {
    let server: Server;
    let client: EventStoreDBClient;

    beforeEach(async () => {
      server = await start();
      client = EventStoreDBClient.connectionString(server.url);
    });

    afterEach(async () => {
      await client.dispose();
      server.stop();
    });

    const all = async (fromPosition: ReadPosition, maxCount: number, direction?: typeof BACKWARDS) => {
      const events: AllStreamResolvedEvent[] = [];
      for await (const resolved of client.readAll({ fromPosition, maxCount, ...(direction && { direction }) })) events.push(resolved);
      return events.map((resolved) => resolved.event!);
    };
    const places = async (stream: string) => {
      const found: Position[] = [];
      for await (const { event: read } of client.readStream(stream)) found.push(read!.position!);
      return found;
    };
    const revisions = async (stream: string) => {
      const found: bigint[] = [];
      for await (const { event: read } of client.readStream(stream)) found.push(read!.revision);
      return found;
    };

    it('the same events at the same revision are one append, also when the stream has gone on', async () => {
      const [stream, events] = [aStream(), several(3)];
      const first = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      await client.appendToStream(stream, several(1), { expectedRevision: 2n });
      const again = await client.appendToStream(stream, events, { expectedRevision: NO_STREAM });
      expect([again.nextExpectedRevision, again.position]).toEqual([first.nextExpectedRevision, first.position]);
      expect(await revisions(stream)).toEqual([0n, 1n, 2n, 3n]);
    });

    it('the same ids with other data are the first append, and the data is ignored', async () => {
      const [stream, id] = [aStream(), randomUUID()];
      await client.appendToStream(stream, event('LampLit', { first: true }, id), { expectedRevision: NO_STREAM });
      await client.appendToStream(stream, event('LampSold', { first: false }, id), { expectedRevision: NO_STREAM });
      for await (const { event: read } of client.readStream(stream)) expect(read).toMatchObject({ type: 'LampLit', data: { first: true } });
    });

    it('events of which only the first are there are refused with the actual revision', async () => {
      const [stream, [one, two]] = [aStream(), several(2)];
      await client.appendToStream(stream, [one!, two!], { expectedRevision: NO_STREAM });
      for (const others of [
        [one!, event()],
        [event(), two!],
        [one!, two!, event()],
      ]) {
        await expect(client.appendToStream(stream, others, { expectedRevision: NO_STREAM })).rejects.toMatchObject({ actualVersion: 1n });
      }
      await expect(client.appendToStream(aStream(), event(), { expectedRevision: 3n })).rejects.toMatchObject({
        actualVersion: 'no_stream',
      });
    });

    it('an event id that is there already is taken again at the current revision, and elsewhere', async () => {
      const [stream, once] = [aStream(), event()];
      await client.appendToStream(stream, once, { expectedRevision: NO_STREAM });
      await client.appendToStream(stream, once, { expectedRevision: 0n });
      await client.appendToStream(aStream(), once, { expectedRevision: NO_STREAM });
      expect(await revisions(stream)).toEqual([0n, 1n]);
    });

    it('a deleted stream takes a first event, at a revision that goes on', async () => {
      const stream = aStream();
      await client.appendToStream(stream, several(2), { expectedRevision: NO_STREAM });
      await client.deleteStream(stream);
      await expect(revisions(stream)).rejects.toThrow('not found');
      expect(await client.appendToStream(stream, event(), { expectedRevision: NO_STREAM })).toMatchObject({ nextExpectedRevision: 2n });
      expect(await revisions(stream)).toEqual([2n]);
    });

    it('an append of more than a megabyte is refused', async () => {
      const large = Array.from({ length: 3 }, () => event('LampLit', { text: 'x'.repeat(400_000) }));
      await expect(client.appendToStream(aStream(), large, { expectedRevision: NO_STREAM })).rejects.toMatchObject({
        maxAppendSize: 1_048_576,
      });
    });

    it('the events of one append have places of their own, growing, and the acknowledgement names the last', async () => {
      const stream = aStream();
      const { position } = await client.appendToStream(stream, several(3), { expectedRevision: NO_STREAM });
      const found = await places(stream);
      expect(new Set(found.map(({ commit }) => commit)).size).toBe(3);
      expect(found.map(({ commit }) => commit)).toEqual(found.map(({ commit }) => commit).toSorted((a, b) => Number(a - b)));
      for (const { commit, prepare } of found) expect(prepare).toBe(commit);
      expect(position).toEqual(found[2]);
    });

    it('the log is read from an event on, that one included, and back to before it', async () => {
      const stream = aStream();
      await client.appendToStream(stream, several(3), { expectedRevision: NO_STREAM });
      const [first, second, third] = (await places(stream)) as [Position, Position, Position];
      expect((await all(second, 2)).map(({ position }) => position)).toEqual([second, third]);
      expect((await all(second, 1, BACKWARDS)).map(({ position }) => position)).toEqual([first]);
      expect((await all(END, 1, BACKWARDS)).map(({ position }) => position)).toEqual([third]);
    });

    it('the log cannot be read from where no event stands, but after its end it is empty', async () => {
      const stream = aStream();
      await client.appendToStream(stream, several(2), { expectedRevision: NO_STREAM });
      const [first, second] = (await places(stream)) as [Position, Position];
      for (const by of [1n, 7n, -1n]) {
        const nowhere = { commit: first.commit + by, prepare: first.commit + by };
        await expect(all(nowhere, 2)).rejects.toThrow('InvalidPosition');
      }
      const beyond = second.commit + 1_000_000_000n;
      expect(await all({ commit: beyond, prepare: beyond }, 2)).toEqual([]);
    });

    it('holds events of its own in the log, which a subscription can leave out', async () => {
      expect((await all(START, 10)).some(({ type, streamId }) => type.startsWith('$') || streamId.startsWith('$'))).toBe(true);
      const stream = aStream();
      await client.appendToStream(stream, several(2), { expectedRevision: NO_STREAM });
      const [first] = (await places(stream)) as [Position];
      const before = (await all(first, 1, BACKWARDS))[0]!.position;
      const said: string[] = [];
      const subscription = client.subscribeToAll({
        fromPosition: before,
        filter: excludeSystemEvents({ checkpointInterval: 1, checkpointReached: () => void said.push('checkpoint') }),
      });
      subscription.on('caughtUp' as 'data', () => said.push('caught up'));
      for await (const { event: come } of subscription) {
        said.push(String(come!.revision));
        if (said.filter((each) => /\d/.test(each)).length === 2) await client.appendToStream(stream, event(), { expectedRevision: 1n });
        if (come!.revision === 2n) break;
      }
      // After the event that it was told to begin after, in order; old ones, the word that these were all, new ones.
      expect(said.filter((each) => /\d/.test(each))).toEqual(['0', '1', '2']);
      expect(said).toContain('checkpoint');
    });
  });
}
