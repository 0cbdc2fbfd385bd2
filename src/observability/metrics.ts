import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

interface Figures {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface AppendFigures {
  readonly commits: number;
  /** Milliseconds. */
  readonly appendMs: Figures;
  readonly groupSize: Figures;
}

/**
 * What the service counts. Every label has few values that the code base knows by name: no person, no identifier, no
 * partner, nothing that a request could make up. Each application has a registry of its own.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  private readonly commands = this.counter('vestibule_commands_total', 'Commands handled', ['type', 'outcome']);
  private readonly refusals = this.counter('vestibule_refusals_total', 'Commands turned down by a rule', ['reason']);
  private readonly answers = this.counter('vestibule_answers_total', 'Answers given', ['answer']);
  private readonly lateConfirmations = this.counter(
    'vestibule_confirmations_late_total',
    "Confirmations that came later than settleAfter after the applicant's act",
    [],
  );
  private readonly commits = this.gauge('vestibule_log_commits', 'Transactions of the log since the start, each with one sync', []);
  private readonly appendMs = this.gauge(
    'vestibule_append_milliseconds',
    'From the call of an append to its durable acknowledgement, since the start',
    ['quantile'],
  );
  private readonly groupSize = this.gauge('vestibule_append_group_size', 'Appends that shared one sync, since the start', ['quantile']);
  private readonly lag = this.gauge('vestibule_projection_lag', "Positions between the log's end and a checkpoint", ['name']);
  private readonly allowances = this.gauge('vestibule_owners_by_allowance', 'Owners by allowance left', ['band']);
  private readonly clockTrust = this.gauge('vestibule_clock_trusted', '0 while commands wait for an operator to vouch for the clock', []);
  private readonly clockJumps = this.counter('vestibule_clock_jumps_total', 'Times that the wall clock was not where it should be', [
    'direction',
  ]);
  private readonly delivered = this.counter('vestibule_messages_delivered_total', 'Messages that a mail server or gateway has taken over', [
    'kind',
  ]);
  private readonly failedDeliveries = this.counter('vestibule_message_failures_total', 'Tries to deliver a message that failed', [
    'reason',
  ]);
  private readonly givenUp = this.counter('vestibule_messages_given_up_total', 'Messages that will not be tried again', ['reason']);
  private readonly oldestMessage = this.gauge(
    'vestibule_message_oldest_seconds',
    'Age of the oldest message that waits to be delivered, 0 where none does',
    ['lane'],
  );
  private readonly collectors: (() => unknown)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param outcome `accepted`, `refused` or `failed` */
  commandHandled(type: string, outcome: 'accepted' | 'refused' | 'failed'): void {
    this.commands.inc({ type, outcome });
  }

  /** @param reason a problem code */
  refused(reason: string): void {
    this.refusals.inc({ reason });
  }

  answered(answer: 'yes' | 'no'): void {
    this.answers.inc({ answer });
  }

  /** The log measures itself; this is what it says when it is asked. */
  appendsObserved({ commits, appendMs, groupSize }: AppendFigures): void {
    this.commits.set(commits);
    for (const quantile of ['mean', 'p50', 'p99', 'max'] as const) {
      this.appendMs.set({ quantile }, appendMs[quantile]);
      this.groupSize.set({ quantile }, groupSize[quantile]);
    }
  }

  projectionLag(name: string, positions: number): void {
    this.lag.set({ name }, positions);
  }

  /** @param counts owners by band, such as `{ '0 to 1': 3, '1 to 10': 5 }` */
  ownersByAllowance(counts: Readonly<Record<string, number>>): void {
    for (const [band, owners] of Object.entries(counts)) this.allowances.set({ band }, owners);
  }

  confirmationLate(): void {
    this.lateConfirmations.inc();
  }

  messageDelivered(kind: string): void {
    this.delivered.inc({ kind });
  }

  /** @param reason of a closed list, as every reason here */
  deliveryFailed(reason: string): void {
    this.failedDeliveries.inc({ reason });
  }

  messageGivenUp(reason: string): void {
    this.givenUp.inc({ reason });
  }

  oldestMessageWaits(lane: string, seconds: number): void {
    this.oldestMessage.set({ lane }, seconds);
  }

  clockTrusted(trusted: boolean): void {
    this.clockTrust.set(trusted ? 1 : 0);
  }

  clockJumped(direction: 'ahead' | 'back'): void {
    this.clockJumps.inc({ direction });
  }

  /** Called before the figures are read, to bring those up to date that nobody counts along the way. */
  beforeScrape(collect: () => unknown): void {
    this.collectors.push(collect);
  }

  /** In Prometheus' text format. */
  async scrape(): Promise<string> {
    await Promise.all(this.collectors.map((collect) => collect()));
    return this.registry.metrics();
  }

  private gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
