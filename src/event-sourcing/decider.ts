import type { Fact } from './message.js';

/**
 * The rules of one stream. `decide` is pure and throws a `DomainError` for a broken precondition; doing nothing is `[]`.
 * `evolve` is deterministic and owns the state it is given: it may change it in place and return it, so that a large
 * map is never copied. Nobody else changes a state.
 */
export interface Decider<State, Command, Event extends Fact> {
  /** Names the folds on disk; with `version` it decides whether a stored fold may be used. */
  readonly name: string;
  /** Raised whenever `evolve` or the shape of the state changes. */
  readonly version: number;
  /**
   * Its streams are short, and some write to them whom the others must not notice: each load reads the whole stream, and a command
   * takes as long whatever it finds there (`SHARED_TAKES_MS`).
   */
  readonly isShared?: true;
  initial(): State;
  evolve(state: State, event: Event): State;
  decide(state: State, command: Command): readonly Event[];
}

/** A rule said no. `code` is stable and public; the message holds no input. */
export class DomainError<Code extends string = string> extends Error {
  /** Names of the service's own that the refusal is about: for the record, never for the reply. */
  about: Readonly<Record<string, string>> = {};

  constructor(
    readonly code: Code,
    message: string,
    /** Seconds after which the same command may succeed, where that is known. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

/** What is refused in a decision is noted to be about these. */
export function concerning<Decision>(about: Readonly<Record<string, string>>, decide: () => Decision): Decision {
  try {
    return decide();
  } catch (error) {
    if (error instanceof DomainError) error.about = { ...about, ...error.about };
    throw error;
  }
}
