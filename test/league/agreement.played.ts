import type { RecordedEvent } from '../../src/event-sourcing/message.js';

/** What came of a command: the code of its refusal, an answer, a lead with what it carries, or `done`. */
export type Said = string;

export interface Played {
  /** The whole log, in its order. */
  readonly log: readonly RecordedEvent[];
  /** One for each command of the script. */
  readonly said: readonly Said[];
}
