import { setTimeout as sleep } from 'node:timers/promises';
import type { KnownEvents, VerifiedRows } from './embedded.verification.js';
import { BEFORE_FIRST } from './event-store.js';
import type { RecordedEvent } from './message.js';

/** The log holds what no program writes; the message says what and where. */
export class LogDamaged extends Error {
  constructor(damage: string) {
    super(`the log is damaged: ${damage}`);
    this.name = 'LogDamaged';
  }
}

/** How far a log was found to be whole, kept from one start to the next. */
export interface Verified {
  readonly position: number;
  /** Of the event there; undefined for none. */
  readonly id?: string | undefined;
}

export interface VerifiableLog {
  verify(after: number, limit: number, known: KnownEvents): Promise<VerifiedRows>;
  end(): Promise<number>;
  readAt(position: number): Promise<RecordedEvent | undefined>;
}

export interface LogVerificationOptions {
  /** What was kept; undefined where nothing was. */
  load(): Verified | undefined;
  save(verified: Verified): Promise<void>;
  /** The older part is damaged; the process should end, and its next start refuses. */
  onDamage(damage: LogDamaged): void;
  /** The older part was looked through to its end. */
  onWhole?(rows: number): void;
  /** Rows that a start looks through without anything kept; the rest comes later. 20,000 unless given: some tenths of a second. */
  readonly newestRows?: number;
  /** Rows at a time, and milliseconds between two times in the background; 200 and 100 unless given: some hundredths of a core. */
  readonly slice?: number;
  readonly pauseMs?: number;
  /** Milliseconds between two times that the end is noted, so that a start after a kill has little to do; 10,000 unless given. */
  readonly noteEveryMs?: number;
}

/**
 * A start looks through what was written since the log was last found whole, and refuses a damaged one; everything older is
 * looked through while the service runs (R21). Damage that is found then is behind the next start's beginning, which refuses.
 */
export class LogVerification {
  private readonly stopping = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private damaged = false;
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: VerifiableLog,
    private readonly known: KnownEvents,
    private readonly options: LogVerificationOptions,
  ) {}

  /** To be called once. @throws LogDamaged */
  async start(): Promise<void> {
    const from = await this.beginning();
    await this.lookThrough(from, Infinity, 0);
    await this.noteEnd();
    this.timer = setInterval(() => void this.noteEnd().catch(() => undefined), this.options.noteEveryMs ?? 10_000).unref();
    this.working = this.inBackground(from.position);
  }

  /** Before the log is closed: what this process has written was written whole. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.working;
    await this.noteEnd().catch(() => undefined);
  }

  /** Position from which on a start verifies. @throws LogDamaged when the log is not the one that was verified */
  private async beginning(): Promise<Verified> {
    const kept = this.options.load();
    if (kept === undefined) {
      const position = Math.max(BEFORE_FIRST, (await this.log.end()) - (this.options.newestRows ?? 20_000));
      return { position, id: (await this.log.readAt(position))?.id };
    }
    if (kept.position === BEFORE_FIRST || (await this.log.readAt(kept.position))?.id === kept.id) return kept;
    throw new LogDamaged(
      `position ${kept.position} is not the event ${kept.id} any more: newer events are lost, or the log was replaced (a backup is put back with npm run restore)`,
    );
  }

  /** @returns rows @throws LogDamaged */
  private async lookThrough(after: Verified, upTo: number, pauseMs: number): Promise<number> {
    let last = after;
    const slice = this.options.slice ?? 200;
    while (!this.stopping.signal.aborted && last.position < upTo) {
      const { through, id, damage } = await this.log.verify(last.position, slice, this.known);
      if (through > last.position) last = { position: through, id };
      else if (damage === undefined) break;
      if (damage !== undefined) {
        this.damaged = true;
        await this.save(last);
        throw new LogDamaged(damage);
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
    }
    return last.position - after.position;
  }

  private async inBackground(upTo: number): Promise<void> {
    try {
      const rows = await this.lookThrough({ position: BEFORE_FIRST }, upTo, this.options.pauseMs ?? 100);
      if (!this.stopping.signal.aborted) this.options.onWhole?.(rows);
    } catch (error) {
      // A log that cannot be read ends the process anyhow.
      if (error instanceof LogDamaged) this.options.onDamage(error);
    }
  }

  private async noteEnd(): Promise<void> {
    const position = await this.log.end();
    const event = await this.log.readAt(position);
    // Asked last: what was found meanwhile must not be noted as whole.
    if (!this.damaged) await this.save({ position, id: event?.id });
  }

  /** One after the other, so that the last word stays. A failure only means that the next start has more to do. */
  private save(verified: Verified): Promise<void> {
    this.saving = this.saving.then(() => this.options.save(verified)).catch(() => undefined);
    return this.saving;
  }
}
