import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { writeDurably } from '../../durable-file.js';
import { readRestoreMark, removeRestoreMark } from '../../backup/restore-mark.js';
import { CONFIG, type Config } from '../../config.js';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { EVENT_STORE, type EventStore } from '../../event-sourcing/event-store.js';
import { duty, dutyStream, PROCESSES } from '../../event-sourcing/duty.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { StartPatience } from '../../event-sourcing.patience.js';
import type { Outage } from '../../event-sourcing/process.js';
import { endedCleanly, gate, GATE_STREAM, type GateCommand, type GateState } from './gate.js';

/** How often the process says that it is alive, and how long a silence counts as an outage. */
const ALIVE_EVERY_MS = 1_000;
const OUTAGE_FROM_MS = 5_000;

/**
 * When the service was up. What it says at start, before any timer runs, extends every deadline by the time that nobody
 * could keep it.
 *
 * On a log of its own a process leaves signs of life in a file. Where replicas share a log the service is down only when all of
 * them are: then the log itself has the signs, since whoever holds the duty of the processes renews it there all the time, and
 * for want of a holder another takes it up within a lease. A silence of two leases is an outage, a shorter one is none.
 */
@Injectable()
export class ServiceLife implements OnModuleInit {
  /** Names this process in the log. */
  readonly process = randomBytes(6).toString('hex');
  previousEndedCleanly = true;
  /** The log comes from a backup and does not say so yet. */
  restoring = false;
  private timer: NodeJS.Timeout | undefined;
  private known: readonly Outage[] = [];
  /** When the last event before this process was written, epoch ms; 0 without any. */
  private lastEventAt = 0;
  private hasBegun: () => void = () => {};
  /** Until it is on record how long the service was down, no deadline can be judged. */
  readonly begun = new Promise<void>((resolve) => (this.hasBegun = resolve));
  private readonly lastTasks: (() => Promise<void>)[] = [];

  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly patience: StartPatience,
  ) {}

  /** Before the first request: what this process writes is no sign of the one before it. */
  async onModuleInit(): Promise<void> {
    this.restoring = readRestoreMark(this.config.dataDir) !== undefined;
    const last = await this.patience.for(async () => this.store.readAt(await this.store.end()));
    this.lastEventAt = Date.parse(last?.recordedAt ?? '') || 0;
  }

  /** The times in which the service was down, in order. */
  get outages(): readonly Outage[] {
    return this.known;
  }

  /** Done before the process says that it has ended cleanly. */
  beforeEnd(task: () => Promise<void>): void {
    this.lastTasks.push(task);
  }

  begin(): Promise<void> {
    return this.patience.for(() => this.tryToBegin());
  }

  /** Can be repeated: a process starts once, and a log is restored once. */
  private async tryToBegin(): Promise<void> {
    const before = await this.commands.load(gate, GATE_STREAM);
    const previous = await this.previous(before.state);
    this.previousEndedCleanly = endedCleanly(before.state, previous ?? undefined);
    const outage = await this.outage(before.state.startedAt);
    await this.tellOfRestore();
    const data = { process: this.process, previous, ...(outage === undefined ? {} : { outage }) };
    await this.tell((at) => ({ type: 'StartService', data: { ...data, at } }));
    if (this.isShared) writeDurably(this.nameFile, this.process);
    this.known = [...(await this.commands.load(gate, GATE_STREAM)).state.outages];
    this.hasBegun();
    if (this.isShared) return;
    await this.sayAlive();
    this.timer = setInterval(() => void this.sayAlive(), ALIVE_EVERY_MS).unref();
  }

  /** Before any admission: that the log is from a backup stands in the log before its mark goes. */
  private async tellOfRestore(): Promise<void> {
    const mark = readRestoreMark(this.config.dataDir);
    if (mark === undefined) return;
    await this.tell((at) => ({ type: 'RestoreLog', data: { ...mark, at } }));
    removeRestoreMark(this.config.dataDir);
    this.restoring = false;
  }

  /** The wall clock went back; time stands still until it has caught up. @param milliseconds above 0 */
  async reportClockBehind(milliseconds: number): Promise<void> {
    const behind = Math.round(milliseconds);
    // The kernel has it in the process's own log already; nothing is decided on it.
    await this.tell((at) => ({ type: 'ReportClockBehind', data: { milliseconds: behind, at } })).catch(() => undefined);
  }

  async end(): Promise<void> {
    clearInterval(this.timer);
    for (const task of this.lastTasks) await task();
    if (!this.isShared) await this.sayAlive();
    await this.tell((at) => ({ type: 'StopService', data: { process: this.process, at } }));
  }

  /** The process before this one on the data directory; null where there was none. */
  private async previous({ process }: GateState): Promise<string | null> {
    if (!this.isShared) return process ?? null;
    return readFile(this.nameFile, 'utf8').catch(() => null);
  }

  /**
   * Since the last sign of life: the file's, or else the log's. On a first start there was none. What was written to the log since
   * this process was made is none: it may be the word of an operator whom this process had to wait for.
   * @param startedAt when a process began last, epoch ms; 0 for never
   */
  private async outage(startedAt: number): Promise<Outage | undefined> {
    if (startedAt === 0) return undefined;
    // Before it is looked for signs: of a process that is held up in between it must not look as if all others had been silent.
    const until = this.clock.now();
    const other = this.isShared ? await this.signOfOthers() : await this.signInFile(until);
    const from = Math.max(startedAt, this.lastEventAt, other);
    const silence = this.isShared ? 2 * this.config.dutyLease : OUTAGE_FROM_MS;
    if (until - from < silence) return undefined;
    return { from: new Date(from).toISOString(), until: new Date(until).toISOString() };
  }

  /** When the duty of the processes was looked after last, which is done only by who has begun. */
  private async signOfOthers(): Promise<number> {
    return (await this.commands.load(duty, dutyStream(PROCESSES))).lastRecordedAt;
  }

  private async signInFile(now: number): Promise<number> {
    const alive = await readFile(this.file, 'utf8').then(Number, () => 0);
    return alive <= now ? alive : 0;
  }

  /**
   * A missed sign only makes an outage look longer, so a failure to write is no error. Whole or not at all: a file that a
   * crash left empty would make it look as long as nothing was written.
   */
  private async sayAlive(): Promise<void> {
    const next = `${this.file}.next`;
    try {
      await writeFile(next, String(this.clock.now()));
      await rename(next, this.file);
    } catch {
      // The next sign comes in a second.
    }
  }

  private get file(): string {
    return join(this.config.dataDir, 'alive');
  }

  /** Where a replica finds what it was called the last time. */
  private get nameFile(): string {
    return join(this.config.dataDir, 'process');
  }

  private get isShared(): boolean {
    return this.config.eventStoreDb !== undefined;
  }

  private async tell(command: (at: string) => GateCommand): Promise<void> {
    const cause: Cause = { correlationId: this.process, causationId: this.process, actor: 'process:service' };
    await this.commands.handle(gate, GATE_STREAM, cause, (_state, { now }) => command(new Date(now).toISOString()));
  }
}
