import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DomainError } from '../../event-sourcing/decider.js';
import type { Cause } from '../../event-sourcing/message.js';
import { parseJsonObject } from '../../http/json-body.js';
import { Problem } from '../../http/problem.js';
import { MemberValidation } from '../../http/validation.pipe.js';
import { Keyring } from '../persons/keyring.js';
import { type Line, LineSplitter } from '../registry/lines.js';
import type { RejectedLine } from '../registry/register.events.js';
import type { ImportProgress } from '../registry/register-import.js';
import { RegisterCanary, RetireCanary } from './canary.commands.js';
import { RegisterCanaryRequest, RetiredCanaryLine } from './canary.requests.js';

/** Commands that are on their way at once, and bad lines that are reported at once. */
const MOST_AT_ONCE = 100;

interface Read {
  readonly personKey: string;
  readonly command: RegisterCanary | RetireCanary;
}

/**
 * Takes canaries in as lines, each what one request would be. Each line can be sent again by itself, so an import needs no id:
 * who is cut off sends all of it again.
 */
@Injectable()
export class CanaryImport {
  constructor(
    private readonly bus: CommandBus,
    private readonly keyring: Keyring,
  ) {}

  /** Yields where it starts, then whenever something is durable; at last with `finished`. */
  async *run(body: AsyncIterable<Uint8Array>, cause: Cause): AsyncGenerator<ImportProgress, void> {
    const attempt = new Attempt(this.bus, this.keyring, cause);
    const splitter = new LineSplitter();
    yield attempt.report();
    for await (const chunk of body) {
      for (const line of splitter.push(chunk)) yield* attempt.take(line);
    }
    for (const line of splitter.end()) yield* attempt.take(line);
    yield* attempt.write();
    yield attempt.report(true);
  }
}

class Attempt {
  private readonly members = new MemberValidation();
  /** By the person: of one the lines are obeyed one after the other. */
  private readonly waiting = new Map<string, Read['command']>();
  private errors: RejectedLine[] = [];
  private line = 0;
  private accepted = 0;
  private rejected = 0;

  constructor(
    private readonly bus: CommandBus,
    private readonly keyring: Keyring,
    private readonly cause: Cause,
  ) {}

  async *take({ number, bytes }: Line): AsyncGenerator<ImportProgress, void> {
    const read = bytes === undefined ? 'line-too-long' : bytes.length === 0 ? undefined : this.read(bytes);
    if (typeof read === 'object' && this.waiting.has(read.personKey)) yield* this.write();
    this.line = number;
    if (typeof read === 'string') this.errors.push({ line: number, reason: read });
    else if (read !== undefined) this.waiting.set(read.personKey, read.command);
    if (this.waiting.size >= MOST_AT_ONCE || this.errors.length >= MOST_AT_ONCE) yield* this.write();
  }

  /** All that has been taken; however it ends, nothing is on its way any more. */
  async *write(): AsyncGenerator<ImportProgress, void> {
    if (this.waiting.size + this.errors.length === 0) return;
    const written = await Promise.allSettled([...this.waiting.values()].map((command) => this.bus.execute(command)));
    const failed = written.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.accepted += this.waiting.size;
    this.rejected += this.errors.length;
    this.waiting.clear();
    yield this.report();
    this.errors = [];
  }

  report(finished = false): ImportProgress {
    return { line: this.line, accepted: this.accepted, rejected: this.rejected, errors: this.errors, finished };
  }

  /** A command, or why the line is bad: a problem's code, which repeats nothing of the line. */
  private read(bytes: Buffer): Read | string {
    try {
      const command = this.commandOf(parseJsonObject(bytes));
      return { personKey: this.keyring.personKeys(command.data.person)[0] as string, command };
    } catch (error) {
      if (error instanceof Problem || error instanceof DomainError) return String(error.code).toLowerCase().replaceAll('_', '-');
      throw error;
    }
  }

  private commandOf(line: object): Read['command'] {
    if ('retired' in line) {
      const { person } = this.checked(line, RetiredCanaryLine);
      return new RetireCanary({ person }, this.cause);
    }
    const { person, kind, until } = this.checked(line, RegisterCanaryRequest);
    return new RegisterCanary({ person, kind, ...(until !== undefined && { until }) }, this.cause);
  }

  private checked<Shape>(line: object, metatype: new () => Shape): Shape {
    return this.members.transform(line, { type: 'body', metatype }) as Shape;
  }
}
