import { commitPages } from './commit-pages.js';
import { Appends } from './eventstoredb.appends.js';
import { Connection, type Incident } from './eventstoredb.connection.js';
import { LogEnd } from './eventstoredb.log-end.js';
import { Reads } from './eventstoredb.reads.js';
import type { EventStoreDbSettings } from './eventstoredb.settings.js';
import { LiveTail } from './eventstoredb.tail.js';
import {
  BEFORE_FIRST,
  PAGE_LIMIT,
  readOn,
  StoreUnavailable,
  type AllPage,
  type Appended,
  type EventStore,
  type ReadAllOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from './event-store.js';
import type { NewEvent, RecordedEvent } from './message.js';
import { patiently } from './patience.js';
import type { StoreStats } from './store-stats.js';

export interface EventStoreDbOptions {
  /** Milliseconds after which a caller is told that an outcome is unknown or the store unavailable; 3,000 unless given. */
  readonly deadline?: number;
  /** Appends under way above which more are turned away; 10,000 unless given. */
  readonly maxWaiting?: number;
  /** Milliseconds that opening may take, so that a server may be started beside this program; 60,000 unless given. */
  readonly openWithin?: number;
  /** Milliseconds between two looks whether the subscription is alive; 2,000 unless given. */
  readonly watchEvery?: number;
  readonly onIncident?: (incident: Incident) => void;
  /** Told when the last append has its outcome and nothing is read any more. */
  readonly onClosed?: () => void;
}

/** Events read at a time on the way to those of some types. */
const FILTERED_PAGE = 1_000;

/**
 * The log in EventStoreDB. Positions are byte offsets there: they grow, with gaps of any width.
 *
 * What follows the log shares one subscription, whose last events are kept in memory; who is further behind reads pages. All reads
 * go to the leader, so that what was acknowledged to any replica is seen by each.
 */
export class EventStoreDbEventStore implements EventStore {
  /** Resolves when the store has failed for good; the process should then end and be started again. */
  readonly failed: Promise<Error>;
  private fail!: (error: Error) => void;
  private closing: Promise<void> | undefined;
  private readonly connection: Connection;
  private readonly appends: Appends;
  private readonly reads: Reads;
  private readonly logEnd: LogEnd;
  private tail!: LiveTail;

  private constructor(
    settings: EventStoreDbSettings,
    private readonly options: EventStoreDbOptions,
  ) {
    const { deadline = 3_000, maxWaiting = 10_000, onIncident = () => {} } = options;
    this.failed = new Promise((resolve) => (this.fail = resolve));
    this.connection = new Connection(settings, deadline, onIncident);
    this.reads = new Reads(this.connection);
    this.logEnd = new LogEnd(this.reads);
    this.appends = new Appends(this.connection, this.reads, maxWaiting);
  }

  /** @throws StoreUnavailable no server answered in time, or not to these credentials */
  static async open(settings: EventStoreDbSettings, options: EventStoreDbOptions = {}): Promise<EventStoreDbEventStore> {
    const store = new EventStoreDbEventStore(settings, options);
    try {
      await store.start();
      return store;
    } catch (error) {
      await store.connection.close();
      throw error;
    }
  }

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    this.assertOpen();
    return this.appends.append(stream, expectedRevision, events);
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    return readOn((from, limit) => this.reads.stream(stream, from, limit), options);
  }

  async readAll(options: ReadAllOptions = {}): Promise<AllPage> {
    this.assertOpen();
    const { after = BEFORE_FIRST } = options;
    const page = await this.page(options);
    // What is kept in memory was the end at some time, and an answer that was cut off looks like the end: only the server knows.
    const end = page.through < this.tail.end ? Infinity : await this.logEnd.read();
    return page.through < end ? page : { events: page.events, through: Math.max(after, end), atEnd: true };
  }

  async readAt(position: number): Promise<RecordedEvent | undefined> {
    this.assertOpen();
    return this.reads.at(position);
  }

  async end(): Promise<number> {
    this.assertOpen();
    return this.logEnd.read();
  }

  /** What another replica wrote is heard of within milliseconds. */
  goesOn(stream: string, revision: number): boolean {
    return this.tail.goesOn(stream, revision);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<AllPage> {
    const end = () => {
      this.assertOpen();
      return this.tail.end;
    };
    return commitPages(options, (page) => this.pageForFollower(page), end, this.tail.commits);
  }

  stats(): StoreStats {
    return this.appends.stats();
  }

  close(): Promise<void> {
    return (this.closing ??= this.stop());
  }

  /**
   * Gives up the events of a stream before a revision, once: nobody can read the stream from its beginning any more (`StreamCut`). The
   * server removes them from a node's disk when that node is scavenged; until then whoever reads the whole log finds them.
   * @throws StoreUnavailable it may be done or not, and can be asked for again
   */
  async forgetBefore(stream: string, revision: number): Promise<void> {
    this.assertOpen();
    return this.appends.setUp(stream, { $tb: revision });
  }

  /**
   * Lets the events of a stream go by their age, once: nobody can read an older one, and the server removes all but the last from a
   * node's disk when that node is scavenged. For streams that are not read any more by then.
   * @throws StoreUnavailable it may be so or not, and can be asked for again
   */
  async keepFor(stream: string, seconds: number): Promise<void> {
    this.assertOpen();
    return this.appends.setUp(stream, { $maxAge: seconds });
  }

  /**
   * Behind the last event of ours there may be some of the server's own: who follows stands at an event of ours then, since a place
   * behind the log's end would be that of another log.
   */
  private async pageForFollower(options: ReadAllOptions): Promise<AllPage> {
    const page = await this.page(options);
    const last = page.events.at(-1)?.position ?? BEFORE_FIRST;
    return { ...page, through: Math.max(last, Math.min(page.through, this.tail.end)) };
  }

  /** From memory where it can be; what it says of the end is not to be relied on. */
  private async page({ after = BEFORE_FIRST, limit = PAGE_LIMIT, types }: ReadAllOptions): Promise<AllPage> {
    this.assertOpen();
    const { end, recent } = this.tail;
    const kept = after < end ? recent.page({ after, limit, ...(types && { types }) }, end) : undefined;
    if (kept) return { ...kept, atEnd: false };
    const { events, through } = await this.reads.after(after, types ? Math.max(limit, FILTERED_PAGE) : limit);
    const wanted = types ? events.filter(({ type }) => types.includes(type)) : events;
    if (wanted.length <= limit) return { events: wanted, through, atEnd: false };
    return { events: wanted.slice(0, limit), through: (wanted[limit - 1] as RecordedEvent).position, atEnd: false };
  }

  private async start(): Promise<void> {
    const { openWithin = 60_000, watchEvery = 2_000, onIncident = () => {} } = this.options;
    const onWait = (error: Error): void =>
      onIncident({ what: `the server is waited for, ${openWithin / 1_000} s at most`, reason: error.message, error });
    const end = await patiently(() => this.logEnd.read(), { within: openWithin, onWait });
    const onGoneBack = (): void => this.fail(new StoreUnavailable('the log has become shorter: it is not the one that was followed'));
    this.tail = new LiveTail(this.connection, end, () => this.logEnd.read(), { watchEvery, onIncident, onGoneBack });
    this.tail.start();
  }

  private async stop(): Promise<void> {
    await this.appends.finished();
    await this.tail.stop();
    await this.connection.close();
    this.options.onClosed?.();
  }

  private assertOpen(): void {
    if (this.closing) throw new StoreUnavailable('the store is closed');
  }
}
