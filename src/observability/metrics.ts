import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What the service counts. Every label has few values that the code base knows by name: no person, no identifier, no
 * partner, nothing that a request could make up. Each application has a registry of its own.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  private readonly commands = this.counter('vestibule_commands_total', 'Commands handled', ['type', 'outcome']);
  private readonly refusals = this.counter('vestibule_refusals_total', 'Commands turned down by a rule', ['reason']);
  private readonly answers = this.counter('vestibule_answers_total', 'Answers given', ['answer']);
  private readonly lateConfirmations = this.counter(
    'vestibule_confirmations_late_total',
    "Confirmations that came later than settleAfter after the applicant's act",
    [],
  );
  private readonly appendSeconds = new Histogram({
    name: 'vestibule_append_seconds',
    help: 'Time from the call of an append to its durable acknowledgement',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers: [this.registry],
  });
  private readonly appendGroup = new Histogram({
    name: 'vestibule_append_group_size',
    help: 'Appends that shared one transaction and one sync',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [this.registry],
  });
  private readonly lag = new Gauge({
    name: 'vestibule_projection_lag',
    help: "Positions between the log's end and a projection's checkpoint",
    labelNames: ['name'],
    registers: [this.registry],
  });
  private readonly allowances = new Gauge({
    name: 'vestibule_owners_by_allowance',
    help: 'Owners by allowance left',
    labelNames: ['band'],
    registers: [this.registry],
  });

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

  appendObserved(seconds: number, groupSize: number): void {
    this.appendSeconds.observe(seconds);
    this.appendGroup.observe(groupSize);
  }

  projectionLag(name: string, positions: number): void {
    this.lag.set({ name }, positions);
  }

  /** @param counts owners by band, such as `{ '0': 3, '1-10': 5 }` */
  ownersByAllowance(counts: Readonly<Record<string, number>>): void {
    for (const [band, owners] of Object.entries(counts)) this.allowances.set({ band }, owners);
  }

  confirmationLate(): void {
    this.lateConfirmations.inc();
  }

  private counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
