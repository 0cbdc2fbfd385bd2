import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { KnownEvents } from './embedded.verification.js';
import type { Durability, LogPageQuery, LogStreamQuery } from './embedded.log.js';
import { programFile } from './program-file.js';

export interface ThreadData {
  readonly role: 'writer' | 'reader';
  readonly file: string;
}

export interface VerifyQuery {
  /** Position after which to begin, and rows at most. */
  readonly after: number;
  readonly limit: number;
  readonly known: KnownEvents;
}

export type ReadQuery =
  | ({ readonly kind: 'stream' } & LogStreamQuery)
  | ({ readonly kind: 'page' } & LogPageQuery)
  | ({ readonly kind: 'verify' } & VerifyQuery);

export interface Ask<Question> {
  readonly seq: number;
  readonly question: Question;
}

export type ToThread<Question> = readonly Ask<Question>[] | 'stop';

/** A thread's first message: its connection as it was verified, and the end of the log. */
export interface Ready extends Durability {
  readonly role: ThreadData['role'];
  readonly end: number;
}

/** One transaction that wrote. */
export interface Commit {
  readonly appends: number;
  readonly events: number;
  /** Position of its last event. */
  readonly end: number;
}

export interface FromThread {
  readonly ready?: Ready;
  /** What kept the thread from opening the log; it ends then. */
  readonly unopened?: string;
  /** Stands in the message with the answers to those who were in it. */
  readonly commit?: Commit | undefined;
  /** Answers by `seq`, those of one commit together. */
  readonly replies?: readonly (readonly [seq: number, reply: unknown])[];
}

/** No answer within the deadline. The thread may still do what it was asked. */
export class ThreadSilent extends Error {
  override name = 'ThreadSilent';
}

/** The thread ended with the question unanswered. */
export class ThreadDied extends Error {
  override name = 'ThreadDied';
}

export interface ThreadWatcher {
  /** Called after the answers were taken in and before any caller goes on. */
  committed?(commit: Commit): void;
  /** Called once when the thread ends, for whatever reason. */
  died(error: Error): void;
}

interface Pending {
  answered(reply: unknown): void;
  died(error: Error): void;
}

/** A worker thread that answers questions. The answers of one message are all taken in before any caller goes on. */
export class LogThread<Question> {
  private readonly pending = new Map<number, Pending>();
  private outbox: Ask<Question>[] = [];
  private seq = 0;
  /** It has a message that it has not answered. */
  private busy = false;
  private dead: Error | undefined;
  private whenDrained: (() => void) | undefined;

  private constructor(
    private readonly worker: Worker,
    private readonly ended: Promise<unknown>,
    /** What the thread said when it had opened the log. */
    readonly ready: Ready,
    private readonly watcher: ThreadWatcher,
  ) {
    worker.on('message', ({ replies = [], commit }: FromThread) => {
      for (const [seq, reply] of replies) {
        const pending = this.pending.get(seq);
        this.pending.delete(seq);
        pending?.answered(reply);
      }
      if (commit) watcher.committed?.(commit);
      this.busy = false;
      if (this.outbox.length > 0) setImmediate(() => this.sendAll());
      this.drainedIfEmpty();
    });
    worker.on('error', (error) =>
      this.die(new Error(`the ${ready.role} thread of the log failed: ${error.message ?? JSON.stringify(error)}`)),
    );
    worker.on('exit', (code) => this.die(new Error(`the ${ready.role} thread of the log ended with code ${code}`)));
  }

  /** @throws ThreadDied saying what kept the thread from opening the log */
  static async start<Question>(data: ThreadData, watcher: ThreadWatcher): Promise<LogThread<Question>> {
    const worker = new Worker(programFile('event-sourcing/embedded.worker.js'), { workerData: data });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const [{ ready, unopened }] = (await once(worker, 'message')) as [FromThread];
    if (!ready) throw new ThreadDied(`${data.file} could not be opened: ${unopened}`);
    return new LogThread<Question>(worker, ended, ready, watcher);
  }

  /** Questions that have no answer yet, those whose callers gave up included. */
  get waiting(): number {
    return this.pending.size;
  }

  /**
   * @param answered turns the reply into the result; called even when the caller has given up
   * @param deadline milliseconds
   * @throws ThreadSilent
   * @throws ThreadDied
   */
  ask<Reply, Result>(question: Question, answered: (reply: Reply) => Result, deadline: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.dead) throw new ThreadDied(this.dead.message);
      const timer = setTimeout(() => reject(new ThreadSilent(`no answer within ${deadline} ms`)), deadline);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        try {
          how();
        } catch (error) {
          reject(error as Error);
        }
      };
      const seq = this.seq++;
      this.pending.set(seq, {
        answered: (reply) => settle(() => resolve(answered(reply as Reply))),
        died: (error) => settle(() => reject(new ThreadDied(error.message))),
      });
      this.send({ seq, question });
    });
  }

  /**
   * Waits for all answers, then ends the thread.
   * @param deadline milliseconds
   * @returns false when the thread hangs and was left behind
   */
  async stop(deadline: number): Promise<boolean> {
    const inTime = new AbortController();
    const late = sleep(deadline, false, { signal: inTime.signal }).catch(() => false);
    const ended = await Promise.race([this.drainAndEnd(), late]);
    inTime.abort();
    if (!ended) void this.worker.terminate();
    return ended;
  }

  private async drainAndEnd(): Promise<true> {
    if (this.pending.size > 0) await new Promise<void>((resolve) => (this.whenDrained = resolve));
    if (!this.dead) this.worker.postMessage('stop' satisfies ToThread<Question>);
    await this.ended;
    return true;
  }

  /**
   * Everything asked in one turn of the event loop goes as one message, so that it can become one commit. The writer, which
   * could not begin with it anyway, is sent the next when it has answered the last.
   */
  private send(ask: Ask<Question>): void {
    if (this.outbox.push(ask) > 1 || this.busy) return;
    setImmediate(() => this.sendAll());
  }

  private sendAll(): void {
    const asks = this.outbox;
    this.outbox = [];
    if (this.dead || asks.length === 0) return;
    this.busy = this.ready.role === 'writer';
    this.worker.postMessage(asks satisfies ToThread<Question>);
  }

  private die(error: Error): void {
    if (this.dead) return;
    this.dead = error;
    for (const pending of this.pending.values()) pending.died(error);
    this.pending.clear();
    this.drainedIfEmpty();
    this.watcher.died(error);
  }

  private drainedIfEmpty(): void {
    if (this.pending.size === 0) this.whenDrained?.();
  }
}
