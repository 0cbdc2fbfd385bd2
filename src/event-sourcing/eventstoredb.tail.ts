import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type AllStreamResolvedEvent, type EventStoreDBClient, excludeSystemEvents, START } from '@eventstore/db-client';
import { CommitSignal } from './commit-pages.js';
import { jittered } from './deadline.js';
import type { Connection, Incident } from './eventstoredb.connection.js';
import { fromServer, isForeign } from './eventstoredb.envelope.js';
import { failureOf } from './eventstoredb.failures.js';
import { NO_STREAM } from './event-store.js';
import type { RecordedEvent } from './message.js';
import { RecentEvents } from './log-tail.js';

export interface LiveTailOptions {
  /** Milliseconds between two looks at the log's end: a subscription that has not moved towards it in between is made anew. */
  readonly watchEvery: number;
  readonly onIncident: (incident: Incident) => void;
  /** The log's end lies before what has been seen of it: it is not the log that it was. */
  readonly onGoneBack: () => void;
}

/** Between two attempts to subscribe. */
const RETRY = { baseMs: 50, capMs: 2_000 };
/** Looks at an end before what has been seen until that is believed. */
const GONE_BACK = 3;
/** Events looked through by the server between two signs of life; it sends those beside the events, and they are not used. */
const CHECKPOINT_INTERVAL = 1_000;
/** Streams of which it is known how far they go: as many as there are folds in memory. */
const STREAMS_KNOWN = 10_000;

/**
 * The log's last events as they come, by one subscription for all who follow. It is begun again after the last event that came,
 * whether it failed, was ended, or merely fell silent, which only the log's end gives away (R23).
 */
export class LiveTail {
  readonly commits = new CommitSignal();
  readonly recent: RecentEvents;
  private readonly stopped = new AbortController();
  private incoming: RecordedEvent[] = [];
  /** Revision of the last event that has come, by stream. */
  private readonly revisions = new LRUCache<string, number>({ max: STREAMS_KNOWN });
  private drop: (reason: string) => void = () => {};
  private following: Promise<void> | undefined;
  private watching: Promise<void> | undefined;

  /** @param end position after which to begin @param readEnd the log's end */
  constructor(
    private readonly connection: Connection,
    end: number,
    private readonly readEnd: () => Promise<number>,
    private readonly options: LiveTailOptions,
  ) {
    this.recent = new RecentEvents(end);
    connection.onReplaced(() => this.drop('the connection was made anew'));
  }

  /** Position of the last event that has come. */
  get end(): number {
    return this.recent.through;
  }

  /** An event of the stream has come that stands after the revision. */
  goesOn(stream: string, revision: number): boolean {
    return (this.revisions.get(stream) ?? NO_STREAM) > revision;
  }

  start(): void {
    this.following ??= this.follow();
    this.watching ??= this.watch();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.drop('the store was closed');
    this.commits.wake();
    await Promise.all([this.following, this.watching]);
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopped;
    for (let failures = 0; !signal.aborted; failures++) {
      const from = this.end;
      const reason = await this.untilDropped();
      if (signal.aborted) return;
      this.options.onIncident({ what: 'the subscription is made anew', reason });
      if (this.end > from) failures = 0;
      await this.pause(jittered(failures, RETRY.baseMs, RETRY.capMs));
    }
  }

  /** Why it came to an end, in words of this code. */
  private untilDropped(): Promise<string> {
    return new Promise((resolve) => {
      const { client, failed, letGo } = this.connection.borrow();
      const subscription = this.subscribe(client);
      const dropped = (reason: string): void => {
        if (this.drop !== dropped) return;
        this.drop = () => {};
        subscription.removeAllListeners('data');
        void subscription.unsubscribe().catch(() => {});
        letGo();
        resolve(reason);
      };
      this.drop = dropped;
      // The listener stays: an error that comes later would be thrown otherwise.
      subscription.on('error', (error) => {
        failed(error);
        dropped(failureOf(error).reason);
      });
      subscription.on('end', () => dropped('the server ended it'));
      subscription.on('close', () => dropped('it was closed'));
      subscription.on('data', (resolved: AllStreamResolvedEvent) => {
        try {
          this.take(resolved);
        } catch {
          dropped('an event could not be read');
        }
      });
    });
  }

  private subscribe(client: EventStoreDBClient): ReturnType<EventStoreDBClient['subscribeToAll']> {
    const place = BigInt(Math.max(0, this.end));
    return client.subscribeToAll({
      fromPosition: this.end < 0 ? START : { commit: place, prepare: place },
      filter: excludeSystemEvents({ checkpointInterval: CHECKPOINT_INTERVAL }),
      ...this.connection.options,
    });
  }

  private take({ event }: AllStreamResolvedEvent): void {
    if (event === undefined || isForeign(event)) return;
    const recorded = fromServer(event);
    if (recorded.position <= (this.incoming.at(-1)?.position ?? this.end)) return;
    this.revisions.set(recorded.stream, recorded.revision);
    // All that comes in one turn goes on as one piece.
    if (this.incoming.length === 0) setImmediate(() => this.pass());
    this.incoming.push(recorded);
  }

  private pass(): void {
    const events = this.incoming;
    this.incoming = [];
    const through = events.at(-1)?.position;
    if (through === undefined) return;
    const size = events.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
    this.recent.add({ events, through, size });
    this.commits.wake();
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopped;
    for (let before = Number.NaN, back = 0; !signal.aborted;) {
      await this.pause(this.options.watchEvery);
      if (signal.aborted) return;
      const seen = this.end;
      const end = await this.readEnd().catch((error: unknown) => this.cannotWatch(error));
      if (end === undefined || signal.aborted) continue;
      if (end > seen && this.end === before) this.drop('it fell silent');
      back = end < seen ? back + 1 : 0;
      if (back === GONE_BACK) this.options.onGoneBack();
      before = end > seen ? seen : Number.NaN;
    }
  }

  private cannotWatch(error: unknown): undefined {
    if (!this.stopped.signal.aborted)
      this.options.onIncident({ what: 'the log cannot be watched', reason: 'its end cannot be read', error });
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stopped.signal }).catch(() => {});
  }
}
