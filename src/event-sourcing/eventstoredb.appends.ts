import { randomUUID } from 'node:crypto';
import { createHistogram, performance } from 'node:perf_hooks';
import { type Acknowledged, AppendRefused } from './eventstoredb.append-stream.js';
import type { Client } from './eventstoredb.client.js';
import type { Connection } from './eventstoredb.connection.js';
import { type Proposed, safe, toServer } from './eventstoredb.envelope.js';
import { failureOf } from './eventstoredb.failures.js';
import type { Reads } from './eventstoredb.reads.js';
import { type Appended, checkAppend, NO_STREAM, StoreUnavailable, UnknownOutcome, WrongExpectedRevision } from './event-store.js';
import type { NewEvent } from './message.js';
import { distribution, type StoreStats } from './store-stats.js';

/** Appends, each with its deadline, many under way at once over one stream. */
export class Appends {
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly counters = { appends: 0, events: 0, groupSize: createHistogram(), microseconds: createHistogram() };

  constructor(
    private readonly connection: Connection,
    private readonly reads: Reads,
    private readonly maxWaiting: number,
  ) {}

  async append(stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> {
    checkAppend(stream, expectedRevision, events);
    if (stream.startsWith('$')) throw new TypeError('a stream whose name begins with $ is the server’s own');
    const proposed = toServer(events);
    if (this.underWay.size >= this.maxWaiting) throw new StoreUnavailable('too many appends are waiting');
    const appended = this.send(stream, expectedRevision, proposed);
    this.underWay.add(appended);
    return appended.finally(() => this.underWay.delete(appended));
  }

  /**
   * The settings of a stream, in the server's words. They are written once: whoever comes second finds it done.
   * @throws StoreUnavailable it may be done or not
   */
  async setUp(stream: string, settings: { readonly $tb?: number; readonly $maxAge?: number }): Promise<void> {
    const event = { id: randomUUID(), type: '$metadata', data: Buffer.from(JSON.stringify(settings)), metadata: Buffer.alloc(0) };
    try {
      await this.send(`$$${stream}`, NO_STREAM, [event]);
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return;
      throw new StoreUnavailable('the stream may be set up or not', { cause: error });
    }
  }

  /** Resolves when every append has its outcome, known or unknown. */
  async finished(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  stats(): StoreStats {
    const { appends, events, groupSize, microseconds } = this.counters;
    return {
      commits: appends,
      appends,
      events,
      waiting: this.underWay.size,
      groupSize: distribution(groupSize, 1),
      appendLatency: distribution(microseconds, 1_000),
    };
  }

  private async send(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended> {
    const started = performance.now();
    let abandon = (): void => {};
    const begin = (client: Client): Promise<Acknowledged> => {
      const sent = client.appendStream(this.connection.options).append(stream, expected, events);
      abandon = sent.abandon;
      return sent.outcome;
    };
    const acknowledged = await this.connection.call(begin, () => abandon()).catch((error: unknown) => outcomeOf(error, stream, expected));
    const appended = await this.placeOf(stream, expected + events.length, acknowledged);
    this.counters.appends += 1;
    this.counters.events += events.length;
    this.counters.groupSize.record(1);
    this.counters.microseconds.record(Math.max(1, Math.round((performance.now() - started) * 1_000)));
    return appended;
  }

  /** The events are durable, so nothing that goes wrong from here on says that nothing was written. */
  private async placeOf(stream: string, revision: number, acknowledged: Acknowledged): Promise<Appended> {
    // A stream that somebody deleted takes a first event again, at a revision that goes on from the deleted ones.
    if (acknowledged.revision !== BigInt(revision)) throw new UnknownOutcome('the server put the events at another revision');
    try {
      if (acknowledged.position !== undefined) return { revision, position: safe(acknowledged.position) };
      // Not always said to who sends them again.
      const [last] = await this.reads.stream(stream, revision, 1);
      if (last) return { revision, position: last.position };
    } catch (error) {
      throw new UnknownOutcome('the events are written, but where cannot be read', { cause: error });
    }
    throw new UnknownOutcome('the events were acknowledged but are not there');
  }
}

function outcomeOf(error: unknown, stream: string, expected: number): never {
  if (error instanceof AppendRefused && error.kind === 'WrongExpectedVersion')
    throw new WrongExpectedRevision(stream, expected, error.actual);
  if (error instanceof AppendRefused && error.kind === 'MaximumAppendSizeExceeded')
    throw new RangeError('the server takes no append as large');
  if (error instanceof StoreUnavailable) throw error;
  const { reason, refused } = failureOf(error);
  if (refused) throw new StoreUnavailable(`EventStoreDB: ${reason}`, { cause: error });
  throw new UnknownOutcome(`EventStoreDB: ${reason}`, { cause: error });
}
