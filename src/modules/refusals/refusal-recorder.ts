import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import { besides, type Cause } from '../../event-sourcing/message.js';
import { ServiceLife } from '../gate/service-life.js';
import type { RefusalEvent } from './refusal.events.js';
import { refusalLog, refusalStream } from './refusal-log.js';
import { RefusalTally, type Refusal } from './refusal-tally.js';

/** At most this much of folded counts is lost when the process is killed. */
const FLUSH_EVERY_MS = 5_000;

/**
 * Reports every refusal exactly once (R9): the first of its kind in an hour as an event of its own, before the reply; the
 * rest folded into counts that are flushed every few seconds, so that a flood cannot fill the disk.
 */
@Injectable()
export class RefusalRecorder {
  private readonly tally = new RefusalTally();
  private readonly flushedFor = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly commands: CommandHandling,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly life: ServiceLife,
  ) {
    life.beforeEnd(async () => {
      clearInterval(this.timer);
      await this.flush();
    });
  }

  /** Resolves when the refusal is on record, or counted for the next flush. */
  async refused(refusal: Refusal, cause: Cause): Promise<void> {
    this.schedule();
    const now = this.clock.now();
    if (!this.tally.add(refusal, now)) return;
    const at = new Date(now).toISOString();
    const event: RefusalEvent = { type: 'CommandRefused', data: { ...refusal, process: this.life.process, at } };
    // Without the request's key: a refusal is decided anew when it is repeated.
    await this.append(refusal.partner, now, event, besides(cause)).catch(() => this.tally.count(refusal, now));
  }

  /** A refusal that says nothing about a lead (a malformed request): only its count is kept. */
  counted(refusal: Pick<Refusal, 'owner' | 'partner' | 'command' | 'code'>): void {
    this.schedule();
    this.tally.count(refusal, this.clock.now());
  }

  /** Writes the folded counts now. */
  flush(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flushAll());
    return this.flushing;
  }

  private schedule(): void {
    this.timer ??= setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  private async flushAll(): Promise<void> {
    const until = this.clock.now();
    for (const { owner, partner, since, counts } of this.tally.take()) {
      const first = !this.flushedFor.has(partner) && !this.life.previousEndedCleanly;
      const event: RefusalEvent = {
        type: 'RefusalsFolded',
        data: {
          owner,
          partner,
          process: this.life.process,
          counts,
          from: new Date(since).toISOString(),
          until: new Date(until).toISOString(),
          ...(first ? { afterUncleanStop: true } : {}),
        },
      };
      try {
        await this.append(partner, until, event, {
          correlationId: this.life.process,
          causationId: this.life.process,
          actor: 'process:refusals',
        });
        this.flushedFor.add(partner);
      } catch {
        // Not written, as far as is known: they stay counted, for the next flush.
        for (const { command, code, count } of counts) this.tally.count({ owner, partner, command, code }, since, count);
      }
    }
  }

  private async append(partner: string, now: number, event: RefusalEvent, cause: Cause): Promise<void> {
    const stream = refusalStream(partner, new Date(now).toISOString().slice(0, 10), this.life.process);
    await this.commands.handle(refusalLog, stream, cause, () => event);
  }
}
