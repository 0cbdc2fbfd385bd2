import type { Fact, Recorded } from './message.js';

/** A stretch of time in which the service was down; deadlines are extended by it. ISO 8601 instants. */
export interface Outage {
  readonly from: string;
  readonly until: string;
}

/** What a process may know beside its own state when it decides what it owes. */
export interface Moment {
  /** Milliseconds since the epoch, from the clock port. */
  readonly now: number;
  readonly outages: readonly Outage[];
}

export interface Owed<Command> {
  readonly commands: readonly Command[];
  /** Milliseconds since the epoch at which to look again even if nothing happens. */
  readonly wakeAt?: number;
}

/**
 * A process manager as data: it follows events into a small state per key, and says what is *owed* in that state. What is
 * owed is sent until the log shows that it is done, so a crash at any point only means that it is sent again; whatever it
 * sends must be safe to send twice.
 */
export interface Process<State, Event extends Fact, Command> {
  readonly name: string;
  readonly version: number;
  readonly handles: readonly Event['type'][];
  /** Which instance an event belongs to. */
  key(event: Recorded<Event>): string;
  /** The next state, which may be the given one, changed in place; `undefined` means that the instance is finished and forgotten. */
  evolve(state: State | undefined, event: Recorded<Event>): State | undefined;
  owed(state: State, moment: Moment): Owed<Command>;
}
