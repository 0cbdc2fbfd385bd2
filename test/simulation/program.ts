import type { NestInterceptor, Type } from '@nestjs/common';
import { type DiscoveryService, ModuleRef } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { CONFIG, type Config } from '../../src/config.js';
import type { ClaimedDuty } from '../../src/event-sourcing/claimed-duty.js';
import { CLOCK, SystemClock } from '../../src/event-sourcing/clock.js';
import { EVENT_STORE } from '../../src/event-sourcing/event-store.js';
import { CommandHandling } from '../../src/event-sourcing/handle-command.js';
import type { NewEvent } from '../../src/event-sourcing/message.js';
import { IdempotencyIndex } from '../../src/event-sourcing/idempotency-index.js';
import { ReadModels } from '../../src/event-sourcing/read-models.js';
import { Upcasters } from '../../src/event-sourcing/upcasters.js';
import { ClockJumps, ObservedCommandHandling } from '../../src/event-sourcing.observed.js';
import { StartPatience } from '../../src/event-sourcing.patience.js';
import { Subscriptions } from '../../src/event-sourcing.subscriptions.js';
import { IdempotencyInterceptor, KEYED_HASH } from '../../src/http/idempotency.interceptor.js';
import { MembershipModule } from '../../src/membership.module.js';
import { ConsentModule } from '../../src/modules/consent/consent.module.js';
import { CustomersModule } from '../../src/modules/customers/customers.module.js';
import { GateModule } from '../../src/modules/gate/gate.module.js';
import { ServiceLife } from '../../src/modules/gate/service-life.js';
import { LeadsModule } from '../../src/modules/leads/leads.module.js';
import { MessagesModule } from '../../src/modules/messages/messages.module.js';
import { ChargesInterceptor } from '../../src/modules/owners/charges.interceptor.js';
import { OwnersModule } from '../../src/modules/owners/owners.module.js';
import { PartnerStandingGuard } from '../../src/modules/owners/partner-standing.guard.js';
import { KEY_VAULT } from '../../src/modules/persons/key-vault.js';
import { Keyring } from '../../src/modules/persons/keyring.js';
import { ProbationModule } from '../../src/modules/probation/probation.module.js';
import { RefusalsModule } from '../../src/modules/refusals/refusals.module.js';
import { RegistryModule } from '../../src/modules/registry/registry.module.js';
import { LOGGER } from '../../src/observability/logger.js';
import { Metrics } from '../../src/observability/metrics.js';
import type { Readiness } from '../../src/observability/readiness.js';
import { ReplicasModule } from '../../src/replicas.module.js';
import { UPCASTERS } from '../../src/stored-events.reasons.js';
import type { Chance } from './chance.js';
import { Container } from './container.js';
import { type Disk, foldsOn } from './disk.js';
import { type Ask, FrontDoor, type Reply } from './front-door.js';
import { Link, type Surroundings } from './link.event-store.js';
import { OwnLogLink } from './own-log.link.js';
import { type Climate, onOwnLog } from './weather.js';
import type { World } from './world.js';

/** As in the application, less what only reads, and the doors of clients and their tokens. */
const MODULES: readonly Type[] = [
  RegistryModule,
  MembershipModule,
  GateModule,
  RefusalsModule,
  OwnersModule,
  ProbationModule,
  LeadsModule,
  ConsentModule,
  CustomersModule,
  MessagesModule,
  ReplicasModule,
];

const QUIET = new Proxy({}, { get: () => () => {} });
const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

/** What a program belongs to. */
export interface Host {
  readonly name: string;
  readonly disk: Disk;
  /** Milliseconds that the wall clock shows too much. */
  clockAhead: number;
  /** The program on it has died by itself. */
  died(program: Program): void;
}

/** One replica after the other: a duty whose holder is gone is taken over after this time. */
const LEASE_MS = 2_400;
/** Any will do: it only says that others may be on the same log. */
const SHARED = {} as NonNullable<Config['eventStoreDb']>;
/** Short, so that what takes too long is met often; pages and caches small, so that they are left and entered often. */
const HANDLING = { deadlineMs: 3_000, queueMs: 6_000, pageSize: 7, snapshotEvery: 20, heldFolds: 12 };

/** More than any run accepts; room for as many as in production takes longer to make than all that is done with it. */
const REMEMBERED_KEYS = 500;

/** One run of the service on a replica, from its start to its death, with the application's own wiring. */
export class Program implements Surroundings {
  /** Of its directory. */
  readonly id: string;
  isAlive = true;
  private readonly chance: Chance;
  private readonly store: Link;
  private readonly clock: SystemClock;
  private readonly readModels: ReadModels;
  private readonly index: IdempotencyIndex;
  private readonly subscriptions: Subscriptions;
  private readonly commands: CommandHandling;
  private readonly container: Container;
  private door: FrontDoor | undefined;
  private readonly answering = new Map<Promise<Reply>, Ask>();
  private stopped: Promise<boolean> | undefined;
  private hasDied: () => void = () => {};
  readonly whenDead = new Promise<void>((resolve) => (this.hasDied = resolve));

  constructor(
    private readonly world: World,
    readonly host: Host,
    run: number,
  ) {
    this.id = `${host.name}${run}`;
    this.chance = world.chance.of(`program ${this.id}`);
    this.store = new (world.isAlone ? OwnLogLink : Link)(world.log, this, this.chance.of('link'));
    const jumps = new ClockJumps();
    this.clock = new SystemClock({
      maxJump: MINUTE,
      maxGap: 52 * WEEK,
      onJump: (jump) => jumps.report(jump),
      wall: () => world.now() + host.clockAhead,
      monotonic: () => world.now(),
    });
    // `open` takes a path; the database behind it takes an image of itself as well, which is what lies on this disk.
    this.readModels = ReadModels.open((host.disk.readModels ?? ':memory:') as string);
    this.index = new IdempotencyIndex(this.readModels, REMEMBERED_KEYS);
    const { store, clock, readModels, index } = this;
    const upcasters = new Upcasters(UPCASTERS);
    const metrics = QUIET as Metrics;
    const folds = foldsOn(host.disk, () => this.isAlive);
    const commands = new ObservedCommandHandling(store, clock, folds, upcasters, index, metrics, HANDLING);
    this.commands = commands;
    const bus = new CommandBus(undefined as never);
    const discovery = { getProviders: () => this.container.all() } as unknown as DiscoveryService;
    this.subscriptions = new Subscriptions(
      store,
      clock,
      QUIET as Logger,
      readModels,
      upcasters,
      bus,
      discovery,
      metrics,
      QUIET as Readiness,
    );
    const dataDir = world.directories.of(this.id, this);
    const shared = world.isAlone ? {} : { dutyLease: LEASE_MS, eventStoreDb: SHARED };
    const letters = { publicUrl: 'https://gate.example', bankName: 'A bank', languages: ['en'], messengers: {} } as const;
    const config: Partial<Config> = { settlementEvery: world.settlementEvery, dataDir, ...letters, ...shared };
    this.container = new Container(
      new Map<unknown, object>([
        [EVENT_STORE, store],
        [CLOCK, clock],
        [CONFIG, config],
        [LOGGER, QUIET],
        [Metrics, metrics],
        [ClockJumps, jumps],
        [StartPatience, new StartPatience(shared, QUIET as Logger)],
        [ModuleRef, { get: (token: unknown) => this.container.get(token) }],
        [Subscriptions, this.subscriptions],
        [IdempotencyIndex, index],
        [CommandHandling, commands],
        [CommandBus, bus],
        [Keyring, world.keyring],
        [KEY_VAULT, world.vault.of(this)],
        [KEYED_HASH, (purpose: string, text: string) => world.keyring.keyedHash(purpose, text)],
      ]),
    );
  }

  get disk(): Disk {
    return this.host.disk;
  }

  get climate(): Climate {
    return this.world.isAlone ? onOwnLog(this.world.climate) : this.world.climate;
  }

  get down(): boolean {
    return this.world.isCutOff(this.host.name);
  }

  get clockIsDistrusted(): boolean {
    return this.clock.distrusted !== undefined;
  }

  /** Names it in the log. */
  get process(): string {
    return this.container.get<ServiceLife>(ServiceLife).process;
  }

  deliverLater(milliseconds: number, deliver: () => Promise<unknown>): void {
    this.world.deliverLater(milliseconds, deliver);
  }

  sends(stream: string, expectedRevision: number, events: readonly NewEvent[]): void {
    this.world.recorder.sent(this.id, stream, expectedRevision, events);
  }

  /** As `startApp` does: the modules, then the door, then what follows the log. @throws StoreUnavailable */
  async start(): Promise<void> {
    const last = await this.store.readAt(await this.store.end());
    if (last !== undefined) this.clock.startAfter(Date.parse(last.recordedAt));
    this.subscriptions.addProjection(this.index.projection);
    await this.container.start(MODULES);
    const handlers = this.container.all().filter(({ metatype }) => Reflect.hasMetadata('__commandHandler__', metatype));
    this.container.get<CommandBus>(CommandBus).register(handlers.map((each) => ({ ...each, isDependencyTreeStatic: () => true })) as never);
    const onError = (ask: Ask, code: string): void => this.world.recorder.refused(this, ask, code);
    const everywhere = this.container.get<NestInterceptor>(IdempotencyInterceptor);
    this.container.get(PartnerStandingGuard);
    this.container.get(ChargesInterceptor);
    this.door = new FrontDoor(this.container.instances, everywhere, onError);
    await this.subscriptions.start();
  }

  /** Nothing, where nobody listens yet; never resolves where it dies over it. */
  async answer(ask: Ask): Promise<Reply | undefined> {
    if (this.door === undefined) return undefined;
    this.world.recorder.arrived(ask);
    const answering = this.door.answer(ask);
    this.answering.set(answering, ask);
    const reply = await answering.finally(() => this.answering.delete(answering));
    if (![...this.answering.values()].some(({ key }) => key === ask.key)) this.world.recorder.decided(this.id, ask.key);
    await this.mayDie();
    this.world.recorder.left(ask, reply);
    return reply;
  }

  async mayDie(): Promise<void> {
    if (this.isAlive && this.chance.happens(this.climate.dying)) this.die();
    await this.alive();
  }

  alive(): Promise<void> {
    return this.isAlive ? Promise.resolve() : new Promise(() => {});
  }

  /** As by `kill -9`: what it was about to do is not done, and all that is left is on the disk. */
  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.disk.readModels = this.readModels.db.serialize();
    this.readModels.close();
    // It does not end by this, for it can no longer do anything; its loops only cease to turn.
    void this.subscriptions.stop().catch(() => {});
    this.hasDied();
    this.host.died(this);
  }

  /** As on SIGTERM. @returns whether it came to a good end */
  stop(): Promise<boolean> {
    this.stopped ??= this.toGoodEnd();
    return this.stopped;
  }

  private async toGoodEnd(): Promise<boolean> {
    this.door = undefined;
    // Requests under way are finished first.
    await Promise.race([Promise.allSettled(this.answering.keys()).then(() => this.subscriptions.stop()), this.whenDead]);
    if (!this.isAlive) return false;
    this.isAlive = false;
    this.disk.readModels = this.readModels.db.serialize();
    this.readModels.close();
    return true;
  }

  /** Whether its processes are the ones that send; one that is alone begins with it when it has started. */
  get isOnDuty(): boolean {
    const { duty, state } = this.inside;
    return duty?.held ?? state === 'running';
  }

  /** What it is called in the stream of the duty; one that is alone has none. */
  get holder(): string | undefined {
    return this.inside.duty?.holder;
  }

  /** It says again and again that it is there, and would go on with that for days. */
  get givesSignsOfLife(): boolean {
    return this.isAlive && this.stopped === undefined && this.inside.state === 'running' && this.isClockTrusted();
  }

  /** It has begun, and something that it does has not come to its end. */
  get isBusy(): boolean {
    const { state } = this.inside;
    return this.isAlive && (this.stopped !== undefined || (state === 'running' && this.commands.busyStreams > 0));
  }

  /** What its clock shows, epoch ms. @throws ClockUntrusted */
  now(): number {
    return this.clock.now();
  }

  private isClockTrusted(): boolean {
    try {
      this.clock.now();
      return true;
    } catch {
      return false;
    }
  }

  private get inside(): { readonly duty?: ClaimedDuty; readonly state: string } {
    return this.subscriptions as unknown as { readonly duty?: ClaimedDuty; readonly state: string };
  }

  /** Resolves when no process owes anything now; on duty only. */
  settled(): Promise<void> {
    return this.subscriptions.settled();
  }
}
