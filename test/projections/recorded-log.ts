import type { Fact, RecordedEvent } from '../../src/event-sourcing/message.js';

/** Facts of examples, written one after the other into a log: by hand where a test is about a few of them. */
export class RecordedLog {
  readonly events: RecordedEvent[] = [];
  private readonly revisions = new Map<string, number>();

  write(stream: string, ...facts: readonly Fact[]): this {
    for (const { type, data } of facts) {
      const revision = (this.revisions.get(stream) ?? -1) + 1;
      this.revisions.set(stream, revision);
      const position = this.events.length;
      const cause = { correlationId: 'test', causationId: 'test', actor: 'test' };
      const recordedAt = (data as { at?: string; until?: string }).at ?? (data as { until?: string }).until ?? '';
      this.events.push({ id: `event-${position}`, type, schemaVersion: 1, recordedAt, cause, data, stream, revision, position });
    }
    return this;
  }
}
