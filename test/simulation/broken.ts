import type { RecordedEvent } from '../../src/event-sourcing/message.js';
import type { Recorder } from './recorder.js';

/** Something that has to hold did not; the message begins with the rule. */
export class Broken extends Error {
  override name = 'Broken';
}

/** What a check looks at: the whole log, in order, and all that left the replicas. */
export interface Story {
  readonly recorder: Recorder;
  readonly events: readonly RecordedEvent[];
  /** True time at the end, epoch ms. */
  readonly endedAt: number;
}
