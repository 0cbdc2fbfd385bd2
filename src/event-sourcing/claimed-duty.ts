import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { duty, type DutyCommand, type DutyEvent, dutyStream, DutyTaken, isHeldBy } from './duty.js';
import type { CommandHandling, Handled } from './handle-command.js';

export interface ClaimedDutyOptions {
  /** Milliseconds of silence after which another process takes the duty over. */
  readonly lease: number;
  /** It was taken up here, or is lost, or was laid down. */
  readonly onChange?: (held: boolean) => void;
  /** The log could not be read or written; it is tried again. */
  readonly onFailure?: (error: unknown) => void;
  /** Milliseconds since any moment, never set; the system's monotonic clock unless given. */
  readonly monotonic?: () => number;
}

/** Longest pause between two looks at a duty that somebody else holds, milliseconds. */
const LONGEST_LOOK = 1_000;

/** The duty is held by another process, or for all that is known may be. */
export class DutyLost extends Error {
  override name = 'DutyLost';
}

/**
 * A duty as one process sees it: it waits for it, takes it up, keeps it, and knows when it may no longer be sure of it.
 *
 * The holder renews every third of the lease, and stops by itself when two thirds have gone by since it sent the last renewal
 * that was written. Who waits takes over when the stream has shown nothing new for a whole lease after it saw the last event. So
 * the one has stopped before the other begins, as long as no clock runs half as fast again as another; no two clocks are
 * compared. Where a process was frozen in between, its next renewal fails; what must not happen twice asks `confirm` first.
 */
export class ClaimedDuty {
  /** Names this process in the stream. */
  readonly holder = randomBytes(6).toString('hex');
  private readonly stream: string;
  private readonly monotonic: () => number;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private term: number | undefined;
  /** When the last renewal that was written was sent. */
  private provenAt = Number.NEGATIVE_INFINITY;
  private seen = { signs: -1, at: 0 };
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    name: string,
    private readonly commands: CommandHandling,
    private readonly options: ClaimedDutyOptions,
  ) {
    this.stream = dutyStream(name);
    this.monotonic = options.monotonic ?? (() => performance.now());
  }

  /** May this process do what the duty is about, as far as it can know by itself? */
  get held(): boolean {
    return this.term !== undefined && this.monotonic() < this.sureUntil;
  }

  /** From now on the duty is wanted here. */
  start(): void {
    this.running ??= this.run();
  }

  /**
   * To be called right before anything that cannot be done twice.
   * @throws DutyLost unless the log itself says, after the call, that the duty is held here
   * @throws StoreUnavailable
   */
  async confirm(): Promise<void> {
    const { term, holder } = this;
    if (term === undefined || !this.held) throw new DutyLost('the duty is not held here');
    const { state } = await this.commands.load(duty, this.stream);
    if (isHeldBy(state, { holder, term }) && this.held) return;
    this.lose();
    throw new DutyLost('the duty was taken over');
  }

  /** Lays the duty down, so that nobody has to wait for it. To be called when nothing is done under it any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    const { term } = this;
    if (term === undefined) return;
    this.lose();
    await this.tell('ReleaseDuty', term).catch((error: unknown) => this.options.onFailure?.(error));
  }

  private get sureUntil(): number {
    return this.provenAt + (this.options.lease * 2) / 3;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pause = await (this.term === undefined ? this.watch() : this.renew(this.term)).catch((error: unknown) => this.after(error));
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** @returns milliseconds until the next look */
  private async watch(): Promise<number> {
    const { signs, holder } = (await this.commands.load(duty, this.stream)).state;
    const now = this.monotonic();
    if (signs !== this.seen.signs) this.seen = { signs, at: now };
    const isFree = holder === undefined || holder === this.holder;
    const wait = isFree ? 0 : this.seen.at + this.options.lease - now;
    if (wait > 0) return Math.min(wait, this.betweenLooks);
    await this.claim(signs);
    return this.options.lease / 3;
  }

  private async claim(seen: number): Promise<void> {
    const sentAt = this.monotonic();
    const { holder } = this;
    const { events } = await this.handle((at) => ({ type: 'ClaimDuty', data: { holder, seen, at } }));
    this.term = events[0]?.data.term;
    this.proven(sentAt);
    this.options.onChange?.(true);
  }

  private async renew(term: number): Promise<number> {
    const sentAt = this.monotonic();
    await this.tell('RenewDuty', term);
    this.proven(sentAt);
    return this.options.lease / 3;
  }

  private proven(sentAt: number): void {
    this.provenAt = sentAt;
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.lose(), Math.max(0, this.sureUntil - this.monotonic())).unref();
  }

  private lose(): void {
    if (this.term === undefined) return;
    this.term = undefined;
    clearTimeout(this.expiry);
    this.options.onChange?.(false);
  }

  private after(error: unknown): number {
    if (error instanceof DutyTaken) this.lose();
    else this.options.onFailure?.(error);
    return this.betweenLooks;
  }

  private get betweenLooks(): number {
    return Math.min(LONGEST_LOOK, this.options.lease / 10);
  }

  private tell(type: 'RenewDuty' | 'ReleaseDuty', term: number): Promise<Handled<DutyEvent>> {
    const { holder } = this;
    return this.handle((at) => ({ type, data: { holder, term, at } }));
  }

  private handle(command: (at: string) => DutyCommand): Promise<Handled<DutyEvent>> {
    const cause = { correlationId: this.holder, causationId: this.holder, actor: 'process:duty' };
    return this.commands.handle(duty, this.stream, cause, (_state, { now }) => command(new Date(now).toISOString()));
  }
}
