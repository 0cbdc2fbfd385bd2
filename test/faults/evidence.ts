import { Sqlite } from '../../src/event-sourcing/sqlite.js';
import { EmbeddedEventStore } from '../../src/event-sourcing/embedded.event-store.js';
import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import { Bound } from '../support/bound.js';
import { must } from './fault.js';
import type { Sent } from './traffic.js';

/** The log as it is exported, from the event after a position. Only while no service holds the directory. */
export async function exportLog(dataDir: string, after = -1): Promise<readonly RecordedEvent[]> {
  const store = await EmbeddedEventStore.open(dataDir);
  try {
    const events: RecordedEvent[] = [];
    for (let from = after; ;) {
      const page = await store.readAll({ after: from });
      events.push(...page.events);
      if (page.atEnd) return events;
      from = page.through;
    }
  } finally {
    await store.close();
  }
}

export function integrity(file: string): string {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.pragma('integrity_check', { simple: true }) as string;
  } finally {
    db.close();
  }
}

/** What a log says, read event by event with none of the service's own folds; it may grow and be asked again. */
export class Evidence {
  private readonly bound = new Bound();
  private readonly ids = new Set<string>();
  private readonly ends = new Map<string, { revision: number; recordedAt: string }>();
  private readonly admitted = new Map<string, number>();
  private readonly answers = new Map<string, string>();
  private readonly submitted = new Set<string>();
  private refused = 0;
  position = -1;

  /** @param dense whether positions have no gaps, as in the embedded log */
  constructor(private readonly dense = true) {}

  /** R1, R4, R7, R14 and I1 to I9 on every prefix. @throws Error naming the rule and the event */
  add(events: Iterable<RecordedEvent>): this {
    for (const event of events) {
      must(!this.dense || event.position === this.position + 1, 'no gap in the log', [this.position, event.position]);
      this.position = event.position;
      must(!this.ids.has(event.id), 'each event id once (R14)', event.id);
      this.ids.add(event.id);
      const before = this.ends.get(event.stream);
      must(event.revision === (before?.revision ?? -1) + 1, 'no gap in a stream (R14)', [event.stream, event.revision]);
      must(before === undefined || before.recordedAt <= event.recordedAt, 'time never goes back in a stream (R7)', event.stream);
      this.ends.set(event.stream, event);
      this.bound.apply(event);
      this.note(event);
    }
    return this;
  }

  get size(): number {
    return this.position + 1;
  }

  /** R2, R3 and R17: what the outside was told is in the log, as it was told. */
  holds(told: readonly Sent[]): this {
    for (const { kind, reply } of told) {
      if (reply === undefined) continue;
      const { leadId, answer } = reply;
      must(this.admitted.get(leadId) === 1, `a ${kind} that was acknowledged has its one charge in the log`, leadId);
      if (kind === 'check') must(this.answers.get(leadId) === answer, 'an answer that was given is in the log', [leadId, answer]);
      if (kind === 'create') must(this.submitted.has(leadId), 'a create that was acknowledged is in the log', leadId);
    }
    return this;
  }

  /** R9: each refusal once; of those that were only counted, a process that was killed may have taken some with it. */
  reports(refusals: { readonly sent: number; readonly received: number }, killed: boolean): this {
    must(this.refused <= refusals.sent, 'no refusal is reported twice', { logged: this.refused, ...refusals });
    const least = killed ? Math.min(1, refusals.received) : refusals.received;
    must(this.refused >= least, 'no refusal is left out', { logged: this.refused, ...refusals });
    return this;
  }

  /** Charges, answers and messages: what a rebuild must not add to (R8). */
  get effects(): number {
    return this.admitted.size + this.answers.size + this.submitted.size;
  }

  /** Whether a check or a create of which nothing was heard is in the log. */
  wrote({ kind, body }: Sent): boolean {
    const { leadId } = body as { leadId: string };
    return kind === 'check' ? this.answers.has(leadId) : this.submitted.has(leadId);
  }

  private note({ type, data }: RecordedEvent): void {
    const { leadId, answer, counts } = data as { leadId: string; answer: string; counts: { count: number }[] };
    if (type === 'LeadAdmitted') this.admitted.set(leadId, (this.admitted.get(leadId) ?? 0) + 1);
    else if (type === 'MembershipAnswered') this.answers.set(leadId, answer);
    else if (type === 'CustomerSubmitted') this.submitted.add(leadId);
    else if (type === 'CommandRefused') this.refused += 1;
    else if (type === 'RefusalsFolded') {
      for (const { count } of counts) this.refused += count;
    }
  }
}
