import { CommitSignal, commitPages } from './commit-pages.js';
import {
  BEFORE_FIRST,
  checkAppend,
  DuplicateEventId,
  PAGE_LIMIT,
  readOn,
  StoreUnavailable,
  WrongExpectedRevision,
  type AllPage,
  type Appended,
  type EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from './event-store.js';
import type { NewEvent, RecordedEvent } from './message.js';

export interface MemoryEventStoreOptions {
  /**
   * `each-read` gives every reader its own copy through JSON, exactly as a store on disk does. `shared` hands out the very
   * objects that were appended: several times faster, for a simulation in which nobody changes an event.
   */
  readonly copies?: 'each-read' | 'shared';
}

/** Positions that one filtered page looks through at most. */
const SCAN = 10_000;

/**
 * The log in the memory of the process, for tests and the simulation. It does everything synchronously, so the order of
 * events depends on the order of the calls alone.
 */
export class MemoryEventStore implements EventStore {
  private readonly log: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly ids = new Set<string>();
  private readonly commits = new CommitSignal();
  private readonly copy: <E extends NewEvent>(event: E) => E;
  private closed = false;

  constructor({ copies = 'each-read' }: MemoryEventStoreOptions = {}) {
    this.copy = copies === 'shared' ? (event) => event : (event) => JSON.parse(JSON.stringify(event)) as typeof event;
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    this.assertOpen();
    checkAppend(stream, expectedRevision, events);
    const copies = events.map(this.copy);
    const inStream = this.streams.get(stream) ?? [];
    const actual = inStream.length - 1;
    if (actual !== expectedRevision) {
      return repeated(inStream, expectedRevision, events) ?? refuse(new WrongExpectedRevision(stream, expectedRevision, actual));
    }
    const taken = events.find(({ id }) => this.ids.has(id));
    if (taken) throw new DuplicateEventId(taken.id);
    for (const event of copies) {
      const recorded = { ...event, stream, revision: inStream.length, position: this.log.length };
      this.log.push(recorded);
      inStream.push(recorded);
      this.ids.add(event.id);
    }
    this.streams.set(stream, inStream);
    this.commits.wake();
    return { revision: inStream.length - 1, position: this.log.length - 1 };
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    const inStream = this.streams.get(stream) ?? [];
    return readOn(async (from, limit) => inStream.slice(from, from + limit).map(this.copy), options);
  }

  async readAll({ after = BEFORE_FIRST, limit = PAGE_LIMIT, types }: ReadAllOptions = {}): Promise<AllPage> {
    this.assertOpen();
    const end = this.log.length - 1;
    if (after >= end) return { events: [], through: after, atEnd: true };
    let through = Math.max(BEFORE_FIRST, Math.floor(after));
    const last = types ? Math.min(end, through + SCAN) : end;
    const events: RecordedEvent[] = [];
    while (through < last && events.length < limit) {
      through += 1;
      const event = this.log[through] as RecordedEvent;
      if (!types || types.includes(event.type)) events.push(this.copy(event));
    }
    return { events, through, atEnd: through >= end };
  }

  async readAt(position: number): Promise<RecordedEvent | undefined> {
    this.assertOpen();
    const event = this.log[position];
    return event && this.copy(event);
  }

  async end(): Promise<number> {
    return this.lastPosition();
  }

  subscribe(options: SubscribeOptions): AsyncIterable<AllPage> {
    return commitPages(options, (page) => this.readAll(page), () => this.lastPosition(), this.commits); // prettier-ignore
  }

  async close(): Promise<void> {
    this.closed = true;
    this.commits.wake();
  }

  private lastPosition(): number {
    this.assertOpen();
    return this.log.length - 1;
  }

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable('the store is closed');
  }
}

/** The result of the first time, when the very same events stand after the expected revision (R4). */
function repeated(inStream: readonly RecordedEvent[], expectedRevision: number, events: readonly NewEvent[]): Appended | undefined {
  const there = inStream.slice(expectedRevision + 1, expectedRevision + 1 + events.length);
  const last = there.at(-1);
  if (!last || there.length !== events.length || events.some(({ id }, i) => id !== there[i]?.id)) return undefined;
  return { revision: last.revision, position: last.position };
}

function refuse(error: Error): never {
  throw error;
}
