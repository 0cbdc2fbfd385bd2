import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { StoreUnavailable, UnknownOutcome } from '../../event-sourcing/event-store.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import { ServiceLife } from '../gate/service-life.js';
import type { RefusalEvent } from './refusal.events.js';
import { refusalLog, refusalStream } from './refusal-log.js';
import { RefusalTally, type Refusal } from './refusal-tally.js';

/** At most this much of folded counts is lost when the process is killed. */
const FLUSH_EVERY_MS = 5_000;
/** Of a process that ends; the next one says what it could not. */
const LAST_TRIES = 2;

/** Something that is to be said once. */
interface Report {
  readonly partner: string;
  readonly event: RefusalEvent;
  /** When it is said, epoch ms. */
  readonly now: number;
  /** With an idempotency key of its own: said again, it is not written again. */
  readonly cause: Cause;
}

/**
 * Reports every refusal exactly once (R9): the first of its kind in an hour as an event of its own, before the reply; the
 * rest folded into counts that are flushed every few seconds, so that a flood cannot fill the disk. A report of which it is not
 * known whether it was written is said again until it is; neither of a clock nor of a store that fails does anybody hear here.
 */
@Injectable()
export class RefusalRecorder {
  private readonly tally = new RefusalTally();
  private readonly flushedFor = new Set<string>();
  private unsure: Report[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();
  /** The last time that could be trusted, epoch ms. */
  private lastTime = 0;

  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly life: ServiceLife,
  ) {
    life.beforeEnd(async () => {
      clearInterval(this.timer);
      await this.flushWhole();
    });
  }

  /** Resolves when the refusal is on record, or counted for the next flush. */
  async refused(refusal: Refusal, cause: Cause): Promise<void> {
    this.schedule();
    const now = this.time();
    if (now === undefined) return this.tally.count(refusal, this.lastTime);
    if (!this.tally.add(refusal, now)) return;
    const at = new Date(now).toISOString();
    const event: RefusalEvent = { type: 'CommandRefused', data: { ...refusal, process: this.life.process, at } };
    // Without the request's key: a refusal is decided anew when it is repeated.
    const said = await this.say({ partner: refusal.partner, event, now, cause: onceOnly(besides(cause)) });
    if (!said) this.tally.count(refusal, now);
  }

  /** A refusal that says nothing about a lead (a malformed request): only its count is kept. */
  counted(refusal: Pick<Refusal, 'owner' | 'partner' | 'command' | 'code'>): void {
    this.schedule();
    this.tally.count(refusal, this.time() ?? this.lastTime);
  }

  /** Writes the folded counts now. Never rejects. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushAll());
    return this.flushing;
  }

  /** @throws StoreUnavailable when some of it could not be written: then the process must not say that it ended in good order. */
  private async flushWhole(): Promise<void> {
    for (let tries = 0; tries < LAST_TRIES; tries++) {
      await this.flush();
      if (this.tally.isEmpty && this.unsure.length === 0) return;
    }
    throw new StoreUnavailable('refusals were counted that could not be reported');
  }

  private schedule(): void {
    // At moments that are fixed: when the first of all was refused must not show in when anybody else's counts are written.
    const untilNext = FLUSH_EVERY_MS - (performance.now() % FLUSH_EVERY_MS);
    this.timer ??= setTimeout(() => {
      void this.flush();
      this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
    }, untilNext).unref();
  }

  private async flushAll(): Promise<void> {
    const unsure = this.unsure;
    this.unsure = [];
    for (const report of unsure) if (!(await this.say(report))) this.unsure.push(report);
    const now = this.time();
    // Nothing can be written until an operator has said what time it is.
    if (now === undefined) return;
    // Each partner's in its own stream, none after another's: what others were refused takes nobody's time.
    await Promise.all(
      this.tally.take().map(async (taken) => {
        const waits = this.unsure.some(({ partner }) => partner === taken.partner);
        if (!waits && (await this.say(this.folded(taken, now)))) this.flushedFor.add(taken.partner);
        else this.putBack(taken);
      }),
    );
  }

  private folded({ owner, partner, since, counts }: Taken, now: number): Report {
    const { process, previousEndedCleanly } = this.life;
    const first = !this.flushedFor.has(partner) && !previousEndedCleanly;
    const event: RefusalEvent = {
      type: 'RefusalsFolded',
      data: {
        owner,
        partner,
        process,
        counts,
        from: new Date(since === 0 ? now : since).toISOString(),
        until: new Date(now).toISOString(),
        ...(first ? { afterUncleanStop: true } : {}),
      },
    };
    return { partner, event, now, cause: onceOnly({ correlationId: process, causationId: process, actor: 'process:refusals' }) };
  }

  private putBack({ owner, partner, since, counts }: Taken): void {
    for (const { count, ...kind } of counts) this.tally.count({ owner, partner, ...kind }, since, count);
  }

  /** False where nothing of it was written. What may have been written is kept, to be said again. */
  private async say(report: Report): Promise<boolean> {
    const { partner, event, now, cause } = report;
    const stream = refusalStream(partner, new Date(now).toISOString().slice(0, 10), this.life.process);
    try {
      await this.commands.handle(refusalLog, stream, cause, () => event);
      return true;
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) return false;
      this.unsure.push(report);
      return true;
    }
  }

  private time(): number | undefined {
    try {
      this.lastTime = this.clock.now();
      return this.lastTime;
    } catch {
      return undefined;
    }
  }
}

type Taken = ReturnType<RefusalTally['take']>[number];

function onceOnly(cause: Cause): Cause {
  return { ...cause, idempotencyKeyHash: randomUUID() };
}
