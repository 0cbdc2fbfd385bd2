import { createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../event-sourcing/clock.js';
import { DomainError } from '../../event-sourcing/decider.js';
import { CommandHandling } from '../../event-sourcing/handle-command.js';
import type { Cause } from '../../event-sourcing/message.js';
import { KEY_VAULT, type KeyVault } from '../persons/key-vault.js';
import { Keyring } from '../persons/keyring.js';
import { type Line, LineSplitter } from './lines.js';
import { importContentDiffers, importRunning, type ImportState, register, type RegisterCommand, registerStream } from './register.js';
import { RegisterBatch } from './register-batch.js';
import type { RejectedLine } from './register.events.js';
import { BadRow } from './register-row.js';

/** How far an import is. Counts are of the whole import, earlier attempts included. */
export interface ImportProgress {
  /** Last line that is durably done with. */
  readonly line: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Bad lines since the last report of this attempt. */
  readonly errors: readonly RejectedLine[];
  readonly finished: boolean;
}

export interface ImportRequest {
  /** Chosen by the caller: 1 to 64 letters, digits, `-` and `_`. Sending an import again under its id resumes it. */
  readonly importId: string;
  /** NDJSON. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether a bad line is left out, or ends the attempt with everything before it taken in. */
  readonly onError: 'skip' | 'stop';
  readonly cause: Cause;
}

/** Milliseconds of reading rows after which everybody else gets a turn, the batch included that waits to go into the log behind the one before. */
const SLICE = 1;

/** Takes the bank's register in, in constant memory, exactly once, resumable at the line where it was cut off. */
@Injectable()
export class RegisterImport {
  private readonly running = new Set<string>();

  constructor(
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Yields where it starts, then after each batch, when that is durable; at last with `finished`, unless a bad line stopped it.
   * @throws DomainError `IMPORT_ID_INVALID`, `IMPORT_RUNNING`, `IMPORT_CONTENT_DIFFERS`
   */
  async *run(request: ImportRequest): AsyncGenerator<ImportProgress, void> {
    const { importId } = request;
    assertImportId(importId);
    if (this.running.has(importId)) throw importRunning();
    this.running.add(importId);
    try {
      const { state } = await this.commands.load(register, registerStream(importId));
      const attempt = new Attempt(request, { ...state }, this.commands, this.keyring, this.vault, this.today());
      yield* attempt.run();
    } finally {
      this.running.delete(importId);
    }
  }

  /** @throws DomainError `IMPORT_NOT_FOUND` */
  async progress(importId: string): Promise<ImportProgress> {
    assertImportId(importId);
    const { state } = await this.commands.load(register, registerStream(importId));
    if (state.status === 'unknown') throw new DomainError('IMPORT_NOT_FOUND', 'nothing was taken in under this id');
    return { ...countsOf(state), errors: [], finished: state.status === 'finished' };
  }

  private today(): string {
    return new Date(this.clock.now()).toISOString().slice(0, 10);
  }
}

/** Batches that are on their way into the log while the next one is read. */
const MOST_UNDER_WAY = 3;

interface Lines {
  readonly fromLine: number;
  readonly toLine: number;
  readonly contentHash: string;
}

/** One attempt at sending an import. */
class Attempt {
  private readonly splitter = new LineSplitter();
  private readonly content: Hash = createHash('sha256');
  private batch: RegisterBatch;
  private line = 0;
  /** Last line that an earlier attempt was done with. */
  private readonly resumesAfter: number;
  /** Last line that is in a batch which has been begun to be written. */
  private begun: number;
  private readonly underWay: Promise<ImportProgress>[] = [];
  private lastWritten: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private sliceEnd = performance.now() + SLICE;

  constructor(
    private readonly request: ImportRequest,
    /** As it stands in the log; brought forward with each batch. */
    private readonly state: ImportState,
    private readonly commands: CommandHandling,
    private readonly keyring: Keyring,
    private readonly vault: KeyVault,
    private readonly today: string,
  ) {
    this.batch = new RegisterBatch(keyring, today);
    this.resumesAfter = state.toLine;
    this.begun = state.toLine;
  }

  async *run(): AsyncGenerator<ImportProgress, void> {
    try {
      yield* this.takeBody();
    } finally {
      // However it ends: nobody may send the import again while something of it is still being written.
      await Promise.allSettled(this.underWay);
    }
  }

  private async *takeBody(): AsyncGenerator<ImportProgress, void> {
    yield this.report([]);
    for await (const chunk of this.request.body) {
      yield* this.take(this.splitter.push(chunk));
      if (this.stopped) return;
    }
    yield* this.take(this.splitter.end());
    if (this.stopped) return;
    if (this.line < this.resumesAfter) throw importContentDiffers();
    yield* this.writeAll();
    yield await this.finish();
  }

  private async *take(lines: readonly Line[]): AsyncGenerator<ImportProgress, void> {
    for (const line of lines) {
      if (performance.now() > this.sliceEnd) await this.pause();
      const reason = line.number > this.resumesAfter ? this.read(line) : undefined;
      if (reason !== undefined && this.request.onError === 'stop') {
        this.stopped = true;
        yield* this.writeAll();
        yield this.report([{ line: line.number, reason }]);
        return;
      }
      if (reason !== undefined) this.batch.reject(line.number, reason);
      this.count(line);
      if (this.batch.isFull) this.begin();
      if (this.underWay.length > MOST_UNDER_WAY) yield await this.firstUnderWay();
    }
  }

  /** Takes the row into the batch, or says why it is bad. */
  private read({ bytes }: Line): string | undefined {
    if (bytes === undefined) return 'line-too-long';
    try {
      if (bytes.length === 0) this.batch.pass();
      else this.batch.add(bytes);
      return undefined;
    } catch (error) {
      if (error instanceof BadRow) return error.reason;
      throw error;
    }
  }

  private async pause(): Promise<void> {
    await nextTurn();
    this.sliceEnd = performance.now() + SLICE;
  }

  /** The line is done with: it counts in the hash, which must be the recorded one where an earlier attempt ended. */
  private count({ number, bytes }: Line): void {
    this.line = number;
    this.content.update(bytes ?? 'too long').update('\n');
    if (number === this.resumesAfter && this.contentHash() !== this.state.contentHash) throw importContentDiffers();
    if (number > this.resumesAfter && this.state.status === 'finished') throw importContentDiffers();
  }

  /** The batch goes on its way, and the next lines into another one. */
  private begin(): void {
    const lines = { fromLine: this.begun + 1, toLine: this.line, contentHash: this.contentHash() };
    const written = this.write(this.batch, lines, this.lastWritten);
    // Whoever takes it from those under way is told when it fails, which may be later.
    written.catch(() => undefined);
    this.underWay.push(written);
    this.lastWritten = written;
    this.batch = new RegisterBatch(this.keyring, this.today);
    this.begun = this.line;
  }

  private async *writeAll(): AsyncGenerator<ImportProgress, void> {
    if (!this.batch.isEmpty) this.begin();
    while (this.underWay.length > 0) yield await this.firstUnderWay();
  }

  private async firstUnderWay(): Promise<ImportProgress> {
    const progress = await this.underWay[0];
    void this.underWay.shift();
    return progress as ImportProgress;
  }

  /** @param before the batch before: after one that failed nothing more is written */
  private async write(batch: RegisterBatch, lines: Lines, before: Promise<unknown>): Promise<ImportProgress> {
    const { importId } = this.request;
    const [contents] = await Promise.all([batch.sealed(this.vault), before]);
    const data = { importId, ...lines, ...contents };
    await this.send({ type: 'RegisterCustomers', data });
    this.state.toLine = data.toLine;
    this.state.accepted += data.accepted;
    this.state.rejected += data.rejected.length;
    return this.report(data.rejected);
  }

  private async finish(): Promise<ImportProgress> {
    const { importId } = this.request;
    const { accepted, rejected } = this.state;
    const data = { importId, lines: this.line, accepted, rejected, contentHash: this.contentHash() };
    await this.send({ type: 'FinishImport', data });
    this.state.status = 'finished';
    return this.report([]);
  }

  private async send(command: RegisterCommand): Promise<void> {
    const { importId, cause } = this.request;
    await this.commands.handle(register, registerStream(importId), cause, () => command);
  }

  /** Keyed, because a line with one unknown digit could be tried out against a plain hash. */
  private contentHash(): string {
    return this.keyring.keyedHash('import-content', this.content.copy().digest('hex'));
  }

  private report(errors: readonly RejectedLine[]): ImportProgress {
    return { ...countsOf(this.state), errors, finished: this.state.status === 'finished' };
  }
}

function countsOf({ toLine, accepted, rejected }: ImportState): Pick<ImportProgress, 'line' | 'accepted' | 'rejected'> {
  return { line: toLine, accepted, rejected };
}

function assertImportId(importId: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(importId)) {
    throw new DomainError('IMPORT_ID_INVALID', 'an import id has 1 to 64 letters, digits, hyphens and underscores');
  }
}
