import { LRUCache } from 'lru-cache';
import type { Decider } from './decider.js';
import { type EventStore, NO_STREAM, OtherHistory } from './event-store.js';
import type { FoldCache, FoldedBy } from './fold-cache.js';
import type { Fact, RecordedEvent } from './message.js';
import { Upcasters } from './upcasters.js';

export interface StreamFoldsOptions {
  readonly upcasters?: Upcasters;
  /** Events per read. */
  readonly pageSize?: number;
  /** Folds held in memory. */
  readonly heldFolds?: number;
  /** Events after which a fold is written to disk again; large states wait longer. */
  readonly snapshotEvery?: number;
}

type AnyDecider = Decider<unknown, never, never>;

/** A stream folded up to `revision`. The state is alive: whoever loads the stream next advances it in place. */
export interface Fold<State> {
  readonly state: State;
  /** `NO_STREAM` when the stream does not exist. */
  readonly revision: number;
  /** Milliseconds since the epoch; 0 when the stream does not exist. */
  readonly lastRecordedAt: number;
  /** True once the fold turned out to be wrong: nothing may be decided on it any more. */
  readonly abandoned: boolean;
  /** What a lately written command with this idempotency key wrote; `undefined` where none is remembered. */
  writtenWith(keyHash: string): WrittenWith | undefined;
}

/** A command in its stream. */
export interface WrittenWith {
  /** Of its first event. */
  readonly revision: number;
  /** Keyed hash of its payload, hex. */
  readonly payloadHash: string | undefined;
}

/** Commands whose keys a fold remembers: as many as may be written while the idempotency index catches up. */
const KEYS_REMEMBERED = 500;

/** A state of which each event costs less than this many bytes on disk; a larger one is written less often. */
const BYTES_PER_EVENT = 1024;
/** Long enough for the answer to have left, since serialising holds the event loop. */
const SNAPSHOT_DELAY_MS = 20;

/**
 * Folds of streams, kept in memory and, of long streams, on disk. Both are only ever read forward from, and not believed to be
 * the end: each load reads on from the last folded event, and a fold whose last event is not in the stream any more (a restored
 * backup) is thrown away, with all that were folded from the same log. So a fold holds committed events only, a load sees the
 * stream's end, and the next load after an append costs one read, however long the stream is.
 */
export class StreamFolds {
  private readonly held: LRUCache<string, LiveFold>;
  private readonly filling = new Map<string, Promise<unknown>>();
  private readonly unsaved = new Map<LiveFold, NodeJS.Timeout>();
  private readonly upcasters: Upcasters;
  private readonly pageSize: number;
  private readonly snapshotEvery: number;

  constructor(
    private readonly store: EventStore,
    private readonly disk: FoldCache | undefined,
    options: StreamFoldsOptions = {},
  ) {
    this.upcasters = options.upcasters ?? new Upcasters();
    this.pageSize = options.pageSize ?? 500;
    this.snapshotEvery = options.snapshotEvery ?? 1_000;
    this.held = new LRUCache({ max: options.heldFolds ?? 10_000 });
  }

  /** The stream folded to its end as it is at some moment after this call. */
  load<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Promise<Fold<State>> {
    const key = keyOf(decider, stream);
    const current = this.currentOf(key);
    return current ? Promise.resolve(current as Fold<State>) : this.loadFromStore(key, decider, stream);
  }

  /** The same without waiting, where the fold is held and the store knows that the stream ends there. */
  current<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Fold<State> | undefined {
    return this.currentOf(keyOf(decider, stream)) as Fold<State> | undefined;
  }

  /** As far as it was folded last, by whatever was loaded or written here; nobody knows of anything that came after. */
  lastKnown<State, Command, F extends Fact>(decider: Decider<State, Command, F>, stream: string): Fold<State> | undefined {
    const known = this.held.get(keyOf(decider, stream));
    const isOld = known !== undefined && this.store.goesOn?.(stream, known.revision);
    return isOld ? undefined : (known as Fold<State> | undefined);
  }

  /** Writes the snapshots that are due; for shutting down. */
  flush(): void {
    for (const fold of this.unsaved.keys()) this.save(fold);
  }

  /** What was just written after the fold's last event: the next load need not read it. Never throws: it stands in the log. */
  written(fold: Fold<unknown>, events: readonly RecordedEvent[]): void {
    try {
      if (!fold.abandoned) this.advance(fold as LiveFold, events);
    } catch {
      // The fold is given up, and whoever loads the stream next learns why.
    }
  }

  private currentOf(key: string): LiveFold | undefined {
    const known = this.held.get(key);
    return known !== undefined && this.store.endsWith?.(known.stream, known.revision, known.eventId) ? known : undefined;
  }

  private async loadFromStore<State, Command, F extends Fact>(
    key: string,
    decider: Decider<State, Command, F>,
    stream: string,
  ): Promise<Fold<State>> {
    // A first fold may be long: those who come meanwhile wait for it, and then read forward for themselves.
    const filling = this.filling.get(key);
    if (filling) await filling;
    const known = this.held.get(key);
    if (known && (await this.readForward(known))) return known as Fold<State>;
    if (known) this.abandonAll();
    return (await this.fill(key, decider as unknown as AnyDecider, stream)) as Fold<State>;
  }

  private async fill(key: string, decider: AnyDecider, stream: string): Promise<LiveFold> {
    const filled = this.firstFold(key, decider, stream);
    const settled = filled.then(
      () => this.filling.delete(key),
      () => this.filling.delete(key),
    );
    this.filling.set(key, settled);
    return filled;
  }

  private async firstFold(key: string, decider: AnyDecider, stream: string): Promise<LiveFold> {
    const fromDisk = LiveFold.fromDisk(key, decider, stream, this.disk);
    const fold = fromDisk && (await this.readForward(fromDisk)) ? fromDisk : new LiveFold(key, decider, stream);
    if (fold !== fromDisk) await this.readForward(fold);
    if (!decider.isShared) this.held.set(key, fold);
    return fold;
  }

  /**
   * One read of a stream at a time, for a stream like the gate's is loaded by every request at once: who comes while one is
   * under way, which may have seen the end before, shares the next with all others who do.
   * @returns false when the fold's last event is not the stream's event at that revision
   */
  private readForward(fold: LiveFold): Promise<boolean> {
    if (fold.reading === undefined) return this.beginReading(fold);
    const over = (): Promise<boolean> => {
      delete fold.readingNext;
      return this.beginReading(fold);
    };
    return (fold.readingNext ??= fold.reading.then(over, over));
  }

  private beginReading(fold: LiveFold): Promise<boolean> {
    const reading = this.readOn(fold).finally(() => {
      if (fold.reading === reading) delete fold.reading;
    });
    return (fold.reading = reading);
  }

  private async readOn(fold: LiveFold): Promise<boolean> {
    for (;;) {
      const { revision, eventId } = fold;
      const follows = revision === NO_STREAM ? undefined : eventId;
      const options = { from: revision + 1, limit: this.pageSize, ...(follows !== undefined && { follows }) };
      const page = await this.store.readStream(fold.stream, options).catch((error: unknown) => {
        if (!(error instanceof OtherHistory)) throw error;
        this.abandon(fold);
        return [];
      });
      if (fold.abandoned) return false;
      this.advance(fold, page);
      if (page.length < this.pageSize) break;
    }
    return true;
  }

  /**
   * Synchronous, and by revision: of two loads that read the same events, the second finds them folded already, and
   * nobody ever sees half a page.
   */
  private advance(fold: LiveFold, page: readonly RecordedEvent[]): void {
    try {
      for (const event of page) {
        if (event.revision > fold.revision) fold.evolve(this.upcasters.read(event));
      }
    } catch (error) {
      this.abandon(fold);
      throw error;
    }
    if (this.disk && fold.revision - fold.savedRevision >= fold.saveEvery(this.snapshotEvery)) this.saveSoon(fold);
  }

  private abandon(fold: LiveFold): void {
    fold.abandoned = true;
    if (this.held.get(fold.key) === fold) this.held.delete(fold.key);
  }

  /** A stream that was read here has another past now: then so may all others, of which it is not seen before they are read. */
  private abandonAll(): void {
    for (const fold of [...this.held.values()]) this.abandon(fold);
  }

  private saveSoon(fold: LiveFold): void {
    if (this.unsaved.has(fold)) return;
    const timer = setTimeout(() => this.save(fold), SNAPSHOT_DELAY_MS);
    this.unsaved.set(fold, timer.unref());
  }

  private save(fold: LiveFold): void {
    clearTimeout(this.unsaved.get(fold));
    this.unsaved.delete(fold);
    if (fold.abandoned) return;
    fold.savedBytes = this.disk?.keep(fold.stream, fold.decider, fold) ?? fold.savedBytes;
    // Also after a failure: to try again at each event would make every command pay for a full disk.
    fold.savedRevision = fold.revision;
  }
}

const keyOf = ({ name, version }: FoldedBy, stream: string): string => `${name}@${version} ${stream}`;

class LiveFold implements Fold<unknown> {
  state: unknown;
  revision = NO_STREAM;
  eventId = '';
  lastRecordedAt = 0;
  abandoned = false;
  savedRevision = NO_STREAM;
  savedBytes = 0;
  /** The read that is under way, and the one that begins when it ends. */
  reading?: Promise<boolean>;
  readingNext?: Promise<boolean>;
  private readonly keys = new Map<string, WrittenWith>();

  constructor(
    readonly key: string,
    readonly decider: AnyDecider,
    readonly stream: string,
  ) {
    this.state = decider.initial();
  }

  static fromDisk(key: string, decider: AnyDecider, stream: string, disk: FoldCache | undefined): LiveFold | undefined {
    const snapshot = disk?.find(stream, decider);
    if (snapshot === undefined) return undefined;
    return Object.assign(new LiveFold(key, decider, stream), snapshot, { savedRevision: snapshot.revision });
  }

  evolve(event: RecordedEvent): void {
    if (event.revision !== this.revision + 1) {
      throw new Error(`${this.stream} has a gap: revision ${event.revision} follows ${this.revision}`);
    }
    this.state = this.decider.evolve(this.state, event as never);
    this.revision = event.revision;
    this.eventId = event.id;
    this.lastRecordedAt = Math.max(this.lastRecordedAt, Date.parse(event.recordedAt));
    this.remember(event);
  }

  writtenWith(keyHash: string): WrittenWith | undefined {
    return this.keys.get(keyHash);
  }

  private remember({ revision, cause: { idempotencyKeyHash: keyHash, payloadHash } }: RecordedEvent): void {
    if (keyHash === undefined || this.keys.has(keyHash)) return;
    this.keys.set(keyHash, { revision, payloadHash });
    if (this.keys.size > KEYS_REMEMBERED) this.keys.delete(this.keys.keys().next().value as string);
  }

  saveEvery(events: number): number {
    return Math.max(events, this.savedBytes / BYTES_PER_EVENT);
  }
}
