import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './clock.js';
import { jittered } from './deadline.js';
import type { EventStore } from './event-store.js';
import type { Cause, Fact } from './message.js';
import type { Outage, Process } from './process.js';
import { type DueInstance, ProcessInstances } from './process-instances.js';
import type { ReadModels } from './read-models.js';
import { runSubscription, type Subscription, type SubscriptionOptions } from './run-subscription.js';

export interface ProcessSurroundings<Command> {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly clock: Clock;
  /** Resolves when the command has been carried out, or was found to be done already. */
  readonly send: (command: Command, cause: Cause) => Promise<unknown>;
}

export interface SendFailure {
  readonly process: string;
  /** The instance; missing when it is the clock or the read models that failed. */
  readonly key?: string;
  readonly error: unknown;
  readonly retryInMs: number;
}

interface Bounds {
  readonly baseMs: number;
  readonly capMs: number;
}

export interface ProcessOptions extends Omit<SubscriptionOptions, 'onPage'> {
  /** Is it this process's turn to send? Where it is not, the log is followed all the same, so that it can be at once. */
  readonly maySend?: () => boolean;
  /** Times in which the service was down, as known now. */
  readonly outages?: () => readonly Outage[];
  /** Instances whose commands are sent at the same time; 16 unless given. */
  readonly concurrency?: number;
  /** Back-off of one instance after a command that threw. */
  readonly resend?: Bounds;
  /** Back-off of one instance whose commands succeeded, while the log does not yet show what they were sent for. */
  readonly unanswered?: Bounds;
  /** A command, or the question what is owed, threw; a `DomainError` too. It will be tried again. */
  readonly onSendFailure?: (failure: SendFailure) => void;
}

const RESEND: Bounds = { baseMs: 200, capMs: 30_000 };
const UNANSWERED: Bounds = { baseMs: 2_000, capMs: 60_000 };
/** Timers do not survive a clock that jumps, nor waits of more than 24 days: so nobody sleeps longer than this. */
const LONGEST_NAP_MS = 1_000;
const LOOKED_AT_ONCE = 100;

/** Starts a process manager. It sends nothing before it has caught up with the log, a rebuild included (R8). */
export function runProcess<State, Event extends Fact, Command>(
  process: Process<State, Event, Command>,
  surroundings: ProcessSurroundings<Command>,
  options: ProcessOptions = {},
): RunningProcess<State, Event, Command> {
  return new RunningProcess(process, surroundings, options);
}

/** A process manager at work: what is owed is sent until the log shows that it is done. */
export class RunningProcess<State = unknown, Event extends Fact = Fact, Command = unknown> {
  readonly subscription: Subscription;
  private readonly instances: ProcessInstances<State, Event>;
  private readonly sending = new Map<string, Promise<void>>();
  private readonly working: Promise<void>;
  /** Instances whose sending is over, and until when they rest (ms of the monotonic clock): noted at the next look, all at once. */
  private readonly sent = new Map<string, number>();
  /** When it was last looked for due instances: the nap is measured from there, so that none becomes due in between. */
  private looked = { now: 0, monotonic: 0 };
  private stopping = false;
  private wake: () => void = () => {};

  constructor(
    private readonly process: Process<State, Event, Command>,
    private readonly surroundings: ProcessSurroundings<Command>,
    private readonly options: ProcessOptions,
  ) {
    const { store, readModels } = surroundings;
    this.instances = new ProcessInstances(process as unknown as Process<State, Event, never>, readModels);
    if (readModels.has(this.instances.projection.tables)) this.instances.wakeAll();
    this.subscription = runSubscription(this.instances.projection, store, readModels, { ...options, onPage: () => this.wake() });
    this.working = this.work();
    // With nothing new in the log there will be no page to wake it.
    void this.subscription.whenCaughtUp().then(() => this.wake());
  }

  get name(): string {
    return this.process.name;
  }

  /** Resolves when the log's end is reached and nothing is owed now; for tests. */
  async idle(): Promise<void> {
    while (!this.stopping) {
      const end = await this.surroundings.store.end();
      await this.subscription.waitFor(end, LONGEST_NAP_MS);
      this.wake();
      await sleep(1);
      if (this.isIdle() && this.subscription.position >= (await this.surroundings.store.end())) return;
    }
  }

  /** Sends nothing new, and resolves when what is being sent has its outcome. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.working;
    await Promise.all(this.sending.values());
    await this.subscription.stop();
  }

  private get concurrency(): number {
    return this.options.concurrency ?? 16;
  }

  private maySend(): boolean {
    return this.options.maySend?.() ?? true;
  }

  private isIdle(): boolean {
    return this.subscription.caughtUp && this.sending.size === 0 && !this.instances.anyDue(this.surroundings.clock.now());
  }

  private async work(): Promise<void> {
    while (!this.stopping) {
      if (this.lookAtDue() > 0) await nextTurn();
      else await this.nap();
    }
  }

  /** How many instances it could do something about; all in one turn of the event loop, so that no event comes between. */
  private lookAtDue(): number {
    if (!this.subscription.caughtUp || this.sending.size >= this.concurrency || !this.maySend()) return 0;
    try {
      this.noteSent();
      this.looked = { now: this.surroundings.clock.now(), monotonic: performance.now() };
      const { now, monotonic } = this.looked;
      const outages = this.options.outages?.() ?? [];
      // While some are being sent there is room for few more, and another look is taken as soon as one of them is over.
      const due = this.instances.due(now, monotonic, this.sending.size > 0 ? this.concurrency : LOOKED_AT_ONCE);
      if (due.length === 0) return 0;
      let handled = 0;
      this.instances.inOneTransaction(() => {
        for (const instance of due.filter(({ key }) => !this.sending.has(key))) handled += this.lookAt(instance, now, outages) ? 1 : 0;
      });
      return handled;
    } catch (error) {
      this.report({ process: this.name, error, retryInMs: LONGEST_NAP_MS });
      return 0;
    }
  }

  private lookAt(instance: DueInstance<State>, now: number, outages: readonly Outage[]): boolean {
    try {
      const { commands, wakeAt } = this.process.owed(instance.state, { now, outages });
      if (commands.length === 0) {
        // A process that wants to be asked again at a time that is over would be asked without end.
        this.instances.sleep(instance.key, wakeAt !== undefined && wakeAt <= now ? now + LONGEST_NAP_MS : wakeAt);
        return true;
      }
      if (this.sending.size >= this.concurrency) return false;
      this.instances.beginSending(instance.key);
      this.sending.set(instance.key, this.sendAll(instance, commands));
    } catch (error) {
      this.instances.beginSending(instance.key);
      this.restAfterFailure(instance, error);
    }
    return true;
  }

  private async sendAll(instance: DueInstance<State>, commands: readonly Command[]): Promise<void> {
    const { key, causationId, correlationId } = instance;
    // The transaction in which it was noted that this is being sent is committed first.
    await nextTurn();
    try {
      for (const command of commands) {
        if (!this.maySend()) break;
        await this.surroundings.send(command, { correlationId, causationId, actor: `process:${this.name}` });
      }
      this.rest(key, backOff(instance.tries, this.options.unanswered ?? UNANSWERED));
    } catch (error) {
      this.restAfterFailure(instance, error);
    } finally {
      this.sending.delete(key);
      this.wake();
    }
  }

  private restAfterFailure({ key, tries }: DueInstance<State>, error: unknown): void {
    const retryInMs = backOff(tries, this.options.resend ?? RESEND);
    this.report({ process: this.name, key, error, retryInMs });
    this.rest(key, retryInMs);
  }

  private rest(key: string, milliseconds: number): void {
    this.sent.set(key, performance.now() + milliseconds);
  }

  private noteSent(): void {
    if (this.sent.size === 0) return;
    this.instances.inOneTransaction(() => {
      for (const [key, restUntil] of this.sent) this.instances.endSending(key, restUntil);
    });
    this.sent.clear();
  }

  private report(failure: SendFailure): void {
    this.options.onSendFailure?.(failure);
  }

  private nap(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), this.napMs());
      this.wake = () => {
        clearTimeout(timer);
        this.wake = () => {};
        resolve();
      };
    });
  }

  private napMs(): number {
    try {
      if (!this.subscription.caughtUp) return LONGEST_NAP_MS;
      return Math.min(LONGEST_NAP_MS, Math.max(1, this.instances.untilNext(this.looked.now, this.looked.monotonic)));
    } catch {
      return LONGEST_NAP_MS;
    }
  }
}

/** Never so short that a command that always fails is sent without a pause. */
function backOff(tries: number, { baseMs, capMs }: Bounds): number {
  return baseMs / 2 + jittered(tries, baseMs / 2, capMs - baseMs / 2);
}
