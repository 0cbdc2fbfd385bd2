import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { jittered } from './deadline.js';
import { type AllPage, BEFORE_FIRST, type EventStore, StoreUnavailable, StreamCut } from './event-store.js';
import { type Follower, inMemory, inTables, type Step } from './follower.js';
import type { Fact, Recorded, RecordedEvent } from './message.js';
import type { Checkpoint, EventAddress, MemoryProjection, Projection } from './projection.js';
import type { ReadModels } from './read-models.js';
import { Upcasters } from './upcasters.js';

/** Why a read model is built from the log's beginning. */
export type RebuildReason = 'nothing usable is stored' | 'the log is not the one it was built from' | 'its tables are gone';

export interface SubscriptionOptions {
  readonly upcasters?: Upcasters;
  /** Events a page, at most; 1,000 unless given, or 2,000 where the projection gathers. */
  readonly pageSize?: number;
  /** Pause after a page, once caught up, so that under load the next one is worth its commit; none unless given. */
  readonly restMs?: number;
  /** Longest stretch of applying, milliseconds, before other work gets its turn; 15 unless given. */
  readonly sliceMs?: number;
  /** Bounds of the back-off after a failure, milliseconds. */
  readonly retry?: { readonly baseMs: number; readonly capMs: number };
  /** A page could not be applied, or the store failed: it will be tried again, and never skipped. */
  readonly onFailure?: (failure: {
    readonly name: string;
    readonly error: unknown;
    readonly failures: number;
    readonly retryInMs: number;
  }) => void;
  readonly onRebuild?: (rebuild: { readonly name: string; readonly reason: RebuildReason }) => void;
  /** After each page until the log's end as seen at the start is reached, that page included. */
  readonly onProgress?: (progress: { readonly name: string; readonly position: number; readonly end: number }) => void;
  /** After each page with events of its types. */
  readonly onPage?: (position: number) => void;
}

const PAGE = { applied: 1_000, gathered: 2_000 };
const RETRY = { baseMs: 100, capMs: 10_000 };

interface Waiter {
  readonly isOver: () => boolean;
  readonly resolve: (reached: boolean) => void;
}

/** Starts to follow the log; several run side by side, each with its own checkpoint, none stopped by another's failure. */
export function runSubscription<Event extends Fact>(
  projection: Projection<Event> | MemoryProjection<Event>,
  store: EventStore,
  readModels: ReadModels,
  options: SubscriptionOptions = {},
): Subscription {
  const follower = 'schema' in projection ? inTables(projection, readModels) : inMemory(projection);
  return new Subscription(follower, store, options);
}

/** A read model on its way along the log. */
export class Subscription {
  private at: Checkpoint | undefined;
  /** Up to where events have been taken: ahead of `at` by what is not yet kept. */
  private taken: Checkpoint | undefined;
  private target: number | undefined;
  private readonly abort = new AbortController();
  private failures = 0;
  private readonly waiters = new Set<Waiter>();
  private readonly upcasters: Upcasters;
  private readonly types: ReadonlySet<string> | undefined;
  private readonly ended: Promise<void>;
  /** Ends a rest. */
  private rouse: () => void = () => {};

  constructor(
    private readonly follower: Follower,
    private readonly store: EventStore,
    private readonly options: SubscriptionOptions,
  ) {
    this.upcasters = options.upcasters ?? new Upcasters();
    this.types = follower.handles === 'all' ? undefined : new Set(follower.handles);
    this.ended = this.follow();
  }

  get name(): string {
    return this.follower.name;
  }

  /** Position up to which the read model is current; a stored one counts only once it was seen to fit the log. */
  get position(): number {
    return this.at === undefined || this.target === undefined ? BEFORE_FIRST : this.at.position;
  }

  /** Has it reached the end that the log had when it started, or when it was last built anew? */
  get caughtUp(): boolean {
    return this.target !== undefined && this.position >= this.target;
  }

  /** Positions between the read model and the log's end. */
  async lag(): Promise<number> {
    return Math.max(0, (await this.store.end()) - this.position);
  }

  /** True as soon as the read model is current up to a position; false when the time is over or the subscription stops. */
  waitFor(position: number, timeoutMs: number): Promise<boolean> {
    return this.until(() => this.target !== undefined && this.position >= position, timeoutMs);
  }

  /** True once caught up; false when the time is over or the subscription stops. */
  whenCaughtUp(timeoutMs?: number): Promise<boolean> {
    return this.until(() => this.caughtUp, timeoutMs);
  }

  /** Resolves when the page in hand is finished. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }

  private async follow(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        await this.followPages(await this.begin());
        if (!signal.aborted) throw new StoreUnavailable('the subscription ended');
      } catch (error) {
        if (!signal.aborted) await this.pauseAfter(error);
      }
    }
    for (const waiter of this.waiters) waiter.resolve(false);
    this.leave();
  }

  private async followPages(after: number): Promise<void> {
    const types = this.types && this.upcasters.storedTypes([...this.types]);
    const { signal } = this.abort;
    const { gathers } = this.follower;
    const limit = this.options.pageSize ?? (gathers ? PAGE.gathered : PAGE.applied);
    const pages = this.store.subscribe({ after, limit, signal, uncaused: gathers, ...(types ? { types } : {}) });
    await this.followAll(pages[Symbol.asyncIterator]());
  }

  /** While it is behind, the next page is asked for before this one is applied: then reading and applying go side by side. */
  private async followAll(pages: AsyncIterator<AllPage, unknown>): Promise<void> {
    try {
      for (let next = pages.next(); ;) {
        const { done, value: page } = await next;
        if (done) return;
        const ahead = this.isBehind(page.through) ? pages.next() : undefined;
        // This page may fail before anybody looks at the next one.
        ahead?.catch(() => {});
        await this.takePage(page);
        this.failures = 0;
        await this.rest();
        if (this.abort.signal.aborted) return;
        next = ahead ?? pages.next();
      }
    } finally {
      await pages.return?.();
    }
  }

  /** Where to go on from. Also after a failure: the store, or the tables, may not be what they were. */
  private async begin(): Promise<number> {
    if (!this.follower.isWhole() && this.at) this.startAnew('its tables are gone');
    this.at ??= this.follower.restore();
    this.follower.drop();
    this.taken = this.at;
    if (this.at === undefined) this.startAnew('nothing usable is stored');
    if (!(await this.fitsLog(this.at!))) this.startAnew('the log is not the one it was built from');
    this.target ??= await this.store.end();
    this.wake();
    return this.position;
  }

  private startAnew(reason: RebuildReason): void {
    this.options.onRebuild?.({ name: this.name, reason });
    this.follower.reset();
    this.at = { position: BEFORE_FIRST };
    this.taken = this.at;
    this.target = undefined;
  }

  /** Is there more to come of what the log held at the start? */
  private isBehind(position: number): boolean {
    return this.target !== undefined && position < this.target;
  }

  /** A log restored from a backup may be shorter than what was followed, or go on differently. */
  private async fitsLog({ position, lastEvent }: Checkpoint): Promise<boolean> {
    if (position > (await this.store.end())) return false;
    if (lastEvent === undefined) return true;
    try {
      const [event] = await this.store.readStream(lastEvent.stream, { from: lastEvent.revision, limit: 1 });
      return event?.id === lastEvent.id;
    } catch (error) {
      // What was followed has been given up since, by the program itself: of a log that is another one it would not know.
      if (error instanceof StreamCut) return true;
      throw error;
    }
  }

  /** Applies a page in slices, so that one of large events does not hold up the requests. */
  private async takePage(page: AllPage): Promise<void> {
    const now = !this.isBehind(page.through);
    const after = this.taken?.position ?? BEFORE_FIRST;
    const events = page.events.filter(({ position }) => position > after).map((event) => this.upcasters.read(event));
    if (events.length === 0) this.pass(page.through, now);
    for (let done = 0; done < events.length;) {
      if (done > 0) await nextTurn();
      const { at, applied, kept } = this.follower.take((apply) => this.slice(events.slice(done), page.through, apply), now);
      this.note(at, kept);
      done += applied;
    }
    if (this.target !== undefined) this.report(page.events[0]?.position ?? page.through, this.target);
    if (events.length > 0) this.options.onPage?.(this.position);
    this.wake();
  }

  private pass(position: number, now: boolean): void {
    const at = { ...this.taken, position };
    this.note(at, this.follower.pass(at, now));
  }

  private note(at: Checkpoint, kept: boolean): void {
    this.taken = at;
    if (kept) this.at = at;
  }

  private slice(events: readonly RecordedEvent[], through: number, apply: (event: Recorded<Fact>) => void): Step {
    const until = performance.now() + (this.options.sliceMs ?? 15);
    let applied = 0;
    let lastEvent: EventAddress | undefined = this.taken?.lastEvent;
    for (const event of events) {
      if (this.types?.has(event.type) ?? true) apply(event as Recorded<Fact>);
      applied += 1;
      lastEvent = { stream: event.stream, revision: event.revision, id: event.id };
      if (performance.now() > until) break;
    }
    const position = applied === events.length ? through : events[applied - 1]!.position;
    return { at: { position, ...(lastEvent ? { lastEvent } : {}) }, applied };
  }

  /** Under load a page a rest, not a page a commit: unless somebody waits for what comes next. */
  private async rest(): Promise<void> {
    await nextTurn();
    const { restMs = 0 } = this.options;
    if (restMs === 0 || !this.caughtUp || this.waiters.size > 0 || this.abort.signal.aborted) return;
    await this.rousable(restMs);
  }

  private rousable(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        this.abort.signal.removeEventListener('abort', over);
        this.rouse = () => {};
        resolve();
      };
      const timer = setTimeout(over, milliseconds);
      this.abort.signal.addEventListener('abort', over);
      this.rouse = over;
    });
  }

  private report(firstPosition: number, end: number): void {
    if (firstPosition <= end)
      this.options.onProgress?.({ name: this.name, position: Math.min(this.taken?.position ?? BEFORE_FIRST, end), end });
  }

  private async pauseAfter(error: unknown): Promise<void> {
    const { baseMs, capMs } = this.options.retry ?? RETRY;
    const retryInMs = jittered(this.failures, baseMs, capMs);
    this.failures += 1;
    this.options.onFailure?.({ name: this.name, error, failures: this.failures, retryInMs });
    await sleep(retryInMs, undefined, { signal: this.abort.signal }).catch(() => {});
  }

  private leave(): void {
    try {
      if (this.at) this.follower.leave(this.at);
    } catch (error) {
      // The next start only looks a little further back.
      this.options.onFailure?.({ name: this.name, error, failures: this.failures, retryInMs: 0 });
    }
  }

  private until(isOver: () => boolean, timeoutMs?: number): Promise<boolean> {
    if (isOver()) return Promise.resolve(true);
    if (this.abort.signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => waiter.resolve(false), timeoutMs);
      const waiter: Waiter = {
        isOver,
        resolve: (reached) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(reached);
        },
      };
      this.waiters.add(waiter);
      this.rouse();
    });
  }

  private wake(): void {
    for (const waiter of this.waiters) if (waiter.isOver()) waiter.resolve(true);
  }
}
