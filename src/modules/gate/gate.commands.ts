import type { Cause } from '../../event-sourcing/message.js';

interface Because {
  readonly by: string;
  readonly reason: string;
}

/** Stops all answers at once. */
export class HaltGate {
  readonly type = 'HaltGate';
  constructor(
    readonly data: Because,
    readonly cause: Cause,
  ) {}
}

export class ReopenGate {
  readonly type = 'ReopenGate';
  constructor(
    readonly data: Because,
    readonly cause: Cause,
  ) {}
}

/** An operator vouches for the clock after it jumped. */
export class TrustClock {
  readonly type = 'TrustClock';
  constructor(
    readonly data: Because,
    readonly cause: Cause,
  ) {}
}
