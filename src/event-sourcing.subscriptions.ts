import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import type { ClaimedDuty } from './event-sourcing/claimed-duty.js';
import { CLOCK, type Clock, ClockUntrusted } from './event-sourcing/clock.js';
import { BEFORE_FIRST, EVENT_STORE, type EventStore } from './event-sourcing/event-store.js';
import type { Cause, Fact } from './event-sourcing/message.js';
import type { Outage, Process } from './event-sourcing/process.js';
import type { MemoryProjection, Projection } from './event-sourcing/projection.js';
import { ReadModels } from './event-sourcing/read-models.js';
import { type ProcessOptions, type RunningProcess, runProcess } from './event-sourcing/run-process.js';
import { runSubscription, type Subscription, type SubscriptionOptions } from './event-sourcing/run-subscription.js';
import { Upcasters } from './event-sourcing/upcasters.js';
import { LOGGER } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { Readiness } from './observability/readiness.js';

/** A command as a process says it; the class on the bus is found by its type. */
interface PlainCommand {
  readonly type: string;
  readonly data: object;
}
type CommandClass = Type<PlainCommand & { readonly cause: Cause }>;

/** @nestjs/cqrs notes on each handler the command class that it is for, under this key. */
const HANDLED_COMMAND = '__commandHandler__';

const LOOK_AT_CLOCK_MS = 1_000;
const WAIT_MS = 5_000;
/** How far a read model may fall behind under load so that its commits are shared by many events. */
const REST_MS = 200;

type Task = () => Promise<unknown>;

/** How a process sends what depends on somebody else's server. */
type ProcessPace = Pick<ProcessOptions, 'maySend' | 'concurrency' | 'resend'>;

/**
 * What follows the log. Modules add their projections and processes in `onModuleInit`; they run from `start`, which comes
 * after the application's own start, because command handlers are registered as late as that.
 *
 * Processes send plain `{ type, data }`. The class that goes over the bus is the one whose handler is registered and whose
 * name is the type, made as `new Class(data, cause)`; there is no list to keep.
 */
@Injectable()
export class Subscriptions {
  private readonly starters: (() => void)[] = [];
  private readonly processStarters: (() => void)[] = [];
  private readonly following = new Map<string, Subscription>();
  private readonly processes: RunningProcess<never, never, never>[] = [];
  private readonly preparations: Task[] = [];
  private readonly endings: Task[] = [];
  /** Of the log, before anything that follows from this start. */
  private endAtStart: Promise<number | undefined> = Promise.resolve(BEFORE_FIRST);
  private outages: () => readonly Outage[] = () => [];
  private duty: ClaimedDuty | undefined;
  private hasStarted: () => void = () => {};
  private readonly started = new Promise<void>((resolve) => (this.hasStarted = resolve));
  private state: 'new' | 'preparing' | 'running' | 'stopped' = 'new';

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly readModels: ReadModels,
    private readonly upcasters: Upcasters,
    private readonly bus: CommandBus,
    private readonly discovery: DiscoveryService,
    private readonly metrics: Metrics,
    readiness: Readiness,
  ) {
    readiness.register('projections', () => this.allCaughtUp());
    readiness.register('processes', () => this.state === 'running');
    metrics.beforeScrape(() => this.reportLag());
  }

  /** A read model in tables. */
  addProjection<E extends Fact>(projection: Projection<E>): void {
    this.starters.push(() => this.follow(runSubscription(projection, this.store, this.readModels, { ...this.options(), restMs: REST_MS })));
  }

  /** A read model in memory: checks wait for it, so it never rests. */
  addMemoryProjection<E extends Fact>(projection: MemoryProjection<E>): void {
    this.starters.push(() => this.follow(runSubscription(projection, this.store, this.readModels, this.options())));
  }

  addProcess<State, E extends Fact, Command extends PlainCommand>(process: Process<State, E, Command>, pace: ProcessPace = {}): void {
    this.processStarters.push(() => {
      const { store, readModels, clock } = this;
      const send = (command: Command, cause: Cause): Promise<unknown> => this.bus.execute(this.commandFor(command, cause));
      const options = {
        ...this.options(),
        restMs: REST_MS,
        ...pace,
        outages: () => this.outages(),
        maySend: () => (this.duty?.held ?? true) && (pace.maySend?.() ?? true),
        onSendFailure: (failure: object) => this.logSendFailure(failure),
      };
      this.processes.push(runProcess(process, { store, readModels, clock, send }, options) as never);
    });
  }

  /** Where processes learn of the times in which the service was down. */
  outagesFrom(outages: () => readonly Outage[]): void {
    this.outages = outages;
  }

  /** Where several replicas share the log, the processes of one at a time send what is owed; those of all follow the log. */
  sendUnder(duty: ClaimedDuty): void {
    this.duty = duty;
  }

  /**
   * To be called right before what leaves the service and cannot be taken back.
   * @throws DutyLost unless it is this replica's turn to send
   */
  async confirmDuty(): Promise<void> {
    await this.duty?.confirm();
  }

  /** Done before any process runs, so before any timer fires; while the clock is not trusted, put off until it is. */
  beforeStart(task: Task): void {
    this.preparations.push(task);
  }

  /** Done at a stop, when no request and no process is left and the store can still be written. */
  beforeStop(task: Task): void {
    this.endings.push(task);
  }

  /** Resolves when everything has been started, not when it has caught up; never while the clock is not trusted. */
  async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'preparing';
    this.endAtStart = this.store.end().catch(() => undefined);
    for (const start of this.starters) start();
    this.hasStarted();
    for (const task of this.preparations) await this.onceTrusted(task);
    if (this.isStopped()) return;
    for (const start of this.processStarters) start();
    this.duty?.start();
    this.state = 'running';
  }

  async stop(): Promise<void> {
    if (this.state === 'stopped') return;
    const wasRunning = this.state === 'running';
    this.state = 'stopped';
    await Promise.all(this.processes.map((process) => process.stop()));
    if (wasRunning) {
      for (const task of this.endings) await task().catch((err: unknown) => this.logger.error({ err }, 'stopping'));
      await this.duty?.stop();
    }
    await Promise.all([...this.following.values()].map((subscription) => subscription.stop()));
  }

  /**
   * True once the read model, or every one, is current up to a position of the log; false when the time is over.
   * @param timeoutMs 5,000 unless given
   */
  async waitFor(position: number, { name, timeoutMs = WAIT_MS }: { name?: string; timeoutMs?: number } = {}): Promise<boolean> {
    const awaited = name === undefined ? [...this.following.values()] : [this.subscription(name)];
    const reached = await Promise.all(awaited.map((subscription) => subscription.waitFor(position, timeoutMs)));
    return reached.every(Boolean);
  }

  /**
   * True once the read model has all that was in the log when it started; false when the time is over.
   * @param timeoutMs 5,000 unless given
   */
  async whenCaughtUp(name: string, timeoutMs = WAIT_MS): Promise<boolean> {
    const started = await Promise.race([this.started.then(() => true), sleep(timeoutMs, false, { ref: false })]);
    return started && this.subscription(name).whenCaughtUp(timeoutMs);
  }

  /** The subscription behind a read model that has been started. */
  subscription(name: string): Subscription {
    const found = this.following.get(name);
    if (found === undefined) throw new Error(`no read model ${name} has been started`);
    return found;
  }

  /** Resolves when all read models are current and no process owes anything now; for tests. */
  async settled(): Promise<void> {
    for (const process of this.processes) await process.idle();
    await this.waitFor(await this.store.end(), { timeoutMs: 30_000 });
  }

  /** @throws Error when no handler is registered for the type */
  commandFor({ type, data }: PlainCommand, cause: Cause): object {
    const found = this.commandClasses().get(type);
    if (found === undefined) throw new Error(`no handler for the command ${type}`);
    return new found(data, cause);
  }

  private classes: ReadonlyMap<string, CommandClass> | undefined;

  private commandClasses(): ReadonlyMap<string, CommandClass> {
    this.classes ??= new Map(
      this.discovery.getProviders().flatMap(({ metatype }) => {
        const command = metatype && (Reflect.getMetadata(HANDLED_COMMAND, metatype) as CommandClass | undefined);
        return command ? [[command.name, command] as const] : [];
      }),
    );
    return this.classes;
  }

  private follow(subscription: Subscription): void {
    this.following.set(subscription.name, subscription);
  }

  private options(): SubscriptionOptions {
    const { upcasters, logger } = this;
    return {
      upcasters,
      onFailure: ({ name, error, failures, retryInMs }) =>
        logger.error({ projection: name, err: error, failures, retryInMs }, 'not applied'),
      onRebuild: (rebuild) => void this.logRebuild(rebuild),
      onProgress: ({ name, position, end }) => logger.debug({ projection: name, position, end }, 'catching up'),
    };
  }

  /** On an empty log there is nothing to build anew, so a first start has nothing to tell. */
  private async logRebuild({ name, reason }: { readonly name: string; readonly reason: string }): Promise<void> {
    const isFirstStart = (await this.endAtStart) === BEFORE_FIRST;
    this.logger[isFirstStart ? 'debug' : 'info']({ projection: name, reason }, 'building anew');
  }

  private logSendFailure(failure: object): void {
    const { error: err, process, retryInMs } = failure as { error: unknown; process: string; retryInMs: number };
    // The key may be a pseudonym; it is in the process's own table.
    this.logger.warn({ process, err, retryInMs }, 'a command of a process failed and will be sent again');
  }

  private allCaughtUp(): { ready: boolean; detail: string } {
    const late = [...this.following.values()].filter(({ caughtUp }) => !caughtUp).map(({ name }) => name);
    return { ready: this.state !== 'new' && late.length === 0, detail: late.length === 0 ? 'current' : `behind: ${late.join(', ')}` };
  }

  private async reportLag(): Promise<void> {
    for (const subscription of this.following.values()) this.metrics.projectionLag(subscription.name, await subscription.lag());
    for (const { name, subscription } of this.processes) this.metrics.projectionLag(name, await subscription.lag());
  }

  private async onceTrusted(task: Task): Promise<void> {
    while (!this.isStopped()) {
      try {
        await task();
        return;
      } catch (err) {
        if (!(err instanceof ClockUntrusted)) throw err;
        this.logger.error({ err }, 'the clock is not trusted: commands wait for an operator');
        await sleep(LOOK_AT_CLOCK_MS);
      }
    }
  }

  private isStopped(): boolean {
    return this.state === 'stopped';
  }
}
