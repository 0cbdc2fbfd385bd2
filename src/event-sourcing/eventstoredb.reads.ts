import {
  BACKWARDS,
  END,
  FORWARDS,
  type EventStoreDBClient,
  START,
  StreamNotFoundError,
  type RecordedEvent as StoredEvent,
} from '@eventstore/db-client';
import type { Connection } from './eventstoredb.connection.js';
import { fromServer, isForeign, placeOf } from './eventstoredb.envelope.js';
import { failureOf, isNoPosition, NoAnswerInTime } from './eventstoredb.failures.js';
import { BEFORE_FIRST, StoreUnavailable, StreamCut } from './event-store.js';
import type { RecordedEvent } from './message.js';
import { Turns } from './turns.js';

/** Characters of JSON after which a page ends early; one event may be larger. */
const PAGE_CHARACTERS = 4_000_000;
/** Events looked at in one read of a search. */
const SCAN = 1_000;
/** Places that searches have been to, kept for the next search; `SCAN` events lie between two. */
const MOST_LANDMARKS = 10_000;

/**
 * Reads under way at once: a server takes a hundred calls over one connection, and a deadline is for an answer and not for a queue
 * in which hundreds of our own reads stand. And the longest wait for a turn, milliseconds.
 */
const AT_ONCE = 64;
const PATIENCE = 10_000;

/** A stretch of the log, foreign events left out. */
export interface Stretch {
  readonly events: readonly RecordedEvent[];
  /** Position of the last event looked at, foreign ones included; where it began when there was none. */
  readonly through: number;
  /** True when there was nothing more to look at, as far as the answer shows. */
  readonly ended: boolean;
  /** Characters of JSON, about. */
  readonly size: number;
}

type ReadAllFrom = NonNullable<NonNullable<Parameters<EventStoreDBClient['readAll']>[0]>['fromPosition']>;

/** Reads of EventStoreDB, each with its deadline. All throw `StoreUnavailable` and nothing else. */
export class Reads {
  /** Positions that are known to be an event's place, in order. */
  private readonly landmarks: number[] = [];
  private readonly turns = new Turns(AT_ONCE, PATIENCE);

  constructor(private readonly connection: Connection) {}

  /** Events of a stream from a revision on; fewer than `limit` mean that the end was reached. */
  async stream(stream: string, from: number, limit: number): Promise<readonly RecordedEvent[]> {
    // The server's own streams are no part of our log.
    if (stream.startsWith('$')) return [];
    const first = Math.max(0, from);
    const raw = await this.readStream(stream, first, limit);
    if (raw === undefined) return [];
    // An answer that was cut off looks like the stream's end.
    if (raw.length === 0 && (first === 0 || (await this.lastRevision(stream)) >= first))
      throw new StoreUnavailable('an answer was cut off');
    if (raw.some(isForeign)) throw new StoreUnavailable('the stream holds an event that this program did not write');
    const events = raw.map(fromServer);
    if (events.some(({ revision }, i) => revision !== first + i)) throw new StreamCut('events of the stream are missing');
    return events;
  }

  /** The log after a position, in order. @param after any number @param limit events to look at, at most */
  async after(after: number, limit: number): Promise<Stretch> {
    if (after < 0) return this.from(START, after, limit).catch(unavailable);
    const start = Math.floor(after);
    const stretch = await this.from(at(start), after, limit + 1).catch(noneAtNoPosition);
    return stretch ?? this.search(after, limit);
  }

  /** The event at a position. */
  async at(position: number): Promise<RecordedEvent | undefined> {
    if (position < 0 || !Number.isSafeInteger(position)) return undefined;
    const [event] = (await this.readAll(at(position), 1, FORWARDS).catch(noneAtNoPosition)) ?? [];
    return event && !isForeign(event) && placeOf(event) === position ? fromServer(event) : undefined;
  }

  /** Where no event stands the server cannot begin. So: from an event before that place, as near as one is known. */
  private async search(after: number, limit: number): Promise<Stretch> {
    let through = this.landmarks.findLast((place) => place <= after) ?? BEFORE_FIRST;
    for (;;) {
      const stretch = await this.after(through, SCAN);
      if (stretch.through > after) return later(stretch, after, limit);
      if (stretch.ended || stretch.through === through) return { events: [], through: after, ended: true, size: 0 };
      through = stretch.through;
      this.noteLandmark(through);
    }
  }

  private noteLandmark(place: number): void {
    if (this.landmarks.length < MOST_LANDMARKS && place > (this.landmarks.at(-1) ?? BEFORE_FIRST)) this.landmarks.push(place);
  }

  private async from(fromPosition: ReadAllFrom, after: number, count: number): Promise<Stretch> {
    const events: RecordedEvent[] = [];
    let [through, size, looked] = [after, 0, 0];
    const each = (event: StoredEvent): boolean => {
      looked += 1;
      const place = placeOf(event);
      if (place <= after) return true;
      through = place;
      if (isForeign(event)) return true;
      events.push(fromServer(event));
      size += JSON.stringify(event.data).length;
      return size < PAGE_CHARACTERS;
    };
    const options = { fromPosition, maxCount: count, ...this.connection.options };
    const whole = await this.readEach((client) => client.readAll(options), each).catch((error: unknown) => {
      // What came in time is a page, if a small one: over a slow line nobody would get on otherwise.
      if (!(error instanceof NoAnswerInTime) || through === after) throw error;
      return false;
    });
    return { events, through, ended: whole && looked < count, size };
  }

  /** The last events up to a place, the latest first, foreign ones too. */
  async lastBefore(place: number | undefined, count: number): Promise<readonly StoredEvent[]> {
    return this.readAll(place === undefined ? END : at(place), count, BACKWARDS).catch(unavailable);
  }

  private async readAll(
    fromPosition: ReadAllFrom,
    maxCount: number,
    direction: typeof FORWARDS | typeof BACKWARDS,
  ): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    const options = { fromPosition, maxCount, direction, ...this.connection.options };
    await this.readEach((client) => client.readAll(options), (event) => events.push(event) > 0); // prettier-ignore
    return events;
  }

  /** `undefined` when there is no such stream. */
  private async readStream(stream: string, from: number, maxCount: number): Promise<StoredEvent[] | undefined> {
    const events: StoredEvent[] = [];
    const options = { fromRevision: BigInt(from), maxCount, ...this.connection.options };
    try {
      await this.readEach((client) => client.readStream(stream, options), (event) => events.push(event) > 0); // prettier-ignore
      return events;
    } catch (error) {
      return error instanceof StreamNotFoundError ? undefined : unavailable(error);
    }
  }

  private async lastRevision(stream: string): Promise<number> {
    let last = -1;
    const options = { fromRevision: END, direction: BACKWARDS, maxCount: 1, ...this.connection.options } as const;
    const note = ({ revision }: StoredEvent): boolean => (last = Number(revision)) >= 0;
    await this.readEach((client) => client.readStream(stream, options), note).catch((error: unknown) => {
      if (!(error instanceof StreamNotFoundError)) unavailable(error);
    });
    return last;
  }

  /** Hands over each event until `take` wants no more. @returns true when the server ended the answer */
  private readEach(open: (client: EventStoreDBClient) => ClientRead, take: (event: StoredEvent) => boolean): Promise<boolean> {
    let stop = (): void => {};
    const read = (client: EventStoreDBClient): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const answer = open(client);
        stop = () => {
          answer.removeAllListeners('data');
          void answer.cancel().catch(() => {});
          reject(new Error('nobody waits for the answer any more'));
        };
        // The listener stays: an error that comes after the end would be thrown otherwise.
        answer.on('error', reject);
        answer.on('end', () => resolve(true));
        answer.on('close', () => reject(new Error('the answer was closed')));
        answer.on('data', ({ event }) => {
          try {
            if (event === undefined || take(event)) return;
            resolve(false);
          } catch (error) {
            reject(error as Error);
          }
          stop();
        });
      });
    return this.turns.take(() => this.connection.call(read, () => stop()));
  }
}

/** As much of the client's streams as is used: what reads of a stream and of the log have in common. */
interface ClientRead {
  on(event: 'data', listener: (resolved: { event?: StoredEvent }) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  removeAllListeners(event: 'data'): unknown;
  cancel(): Promise<void>;
}

function at(position: number): { commit: bigint; prepare: bigint } {
  return { commit: BigInt(position), prepare: BigInt(position) };
}

/** What of a stretch lies after a place. */
function later({ events, through, ended, size }: Stretch, after: number, limit: number): Stretch {
  const all = events.filter(({ position }) => position > after);
  const cut = all.slice(0, limit);
  const whole = cut.length === all.length;
  return { events: cut, through: whole ? through : (cut.at(-1)?.position ?? after), ended: ended && whole, size };
}

function noneAtNoPosition(error: unknown): undefined {
  if (!isNoPosition(error)) unavailable(error);
}

function unavailable(error: unknown): never {
  if (error instanceof StoreUnavailable) throw error;
  const reason = error instanceof RangeError ? error.message : failureOf(error).reason;
  throw new StoreUnavailable(`EventStoreDB: ${reason}`, { cause: error });
}
