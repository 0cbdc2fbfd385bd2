import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason } from '../persons/reason.js';
import type { ClockReason, HaltReason, ReopeningReason } from './gate.events.js';

type Because<Code extends string> = GivenReason<Code> & { readonly by: string };

/** Stops all answers at once. */
export class HaltGate {
  readonly type = 'HaltGate';
  constructor(
    readonly data: Because<HaltReason>,
    readonly cause: Cause,
  ) {}
}

export class ReopenGate {
  readonly type = 'ReopenGate';
  constructor(
    readonly data: Because<ReopeningReason>,
    readonly cause: Cause,
  ) {}
}

/** An operator vouches for the clock after it jumped. */
export class TrustClock {
  readonly type = 'TrustClock';
  constructor(
    readonly data: Because<ClockReason>,
    readonly cause: Cause,
  ) {}
}
