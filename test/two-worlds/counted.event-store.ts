import type {
  AllPage,
  Appended,
  EventStore,
  ReadAllOptions,
  ReadStreamOptions,
  SubscribeOptions,
} from '../../src/event-sourcing/event-store.js';
import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/message.js';

/** Virtual milliseconds that each use of the log takes. */
export interface Ticks {
  readonly append: number;
  /** Of each event that is appended, besides. */
  readonly event: number;
  readonly read: number;
  readonly page: number;
}

/**
 * A log each use of which takes its time, always the same: so what a request makes the service do is seen in when its answer comes,
 * exactly and each time. A real one hides one read more in its noise, until somebody asks often enough.
 */
export class CountedStore implements EventStore {
  /** Never: nothing here fails. */
  readonly failed = new Promise<Error>(() => {});

  constructor(
    private readonly log: EventStore,
    private readonly ticks: Ticks,
  ) {}

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    await takes(this.ticks.append + this.ticks.event * events.length);
    return this.log.append(stream, expectedRevision, events);
  }

  async readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    await takes(this.ticks.read);
    return this.log.readStream(stream, options);
  }

  async readAll(options?: ReadAllOptions): Promise<AllPage> {
    await takes(this.ticks.read);
    return this.log.readAll(options);
  }

  async readAt(position: number): Promise<RecordedEvent | undefined> {
    await takes(this.ticks.read);
    return this.log.readAt(position);
  }

  async end(): Promise<number> {
    await takes(this.ticks.read);
    return this.log.end();
  }

  async *subscribe(options: SubscribeOptions): AsyncGenerator<AllPage> {
    for await (const page of this.log.subscribe(options)) {
      await takes(this.ticks.page);
      yield page;
    }
  }

  async close(): Promise<void> {}

  stats(): object {
    return { groupSize: { counts: [] }, appendLatency: { counts: [] }, commits: 0 };
  }
}

function takes(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
