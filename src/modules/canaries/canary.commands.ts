import type { Cause } from '../../event-sourcing/message.js';
import type { PersonIdentifier } from '../persons/identifier.js';
import type { CanaryKind } from './canary.events.js';

/** The bank has somebody whom no honest partner can have as an applicant. */
export class RegisterCanary {
  readonly type = 'RegisterCanary';
  constructor(
    /** `until`: `yyyy-mm`, the month from which on they are none any more. */
    readonly data: { readonly person: PersonIdentifier; readonly kind: CanaryKind; readonly until?: string },
    readonly cause: Cause,
  ) {}
}

/** An honest partner could have them from now on. */
export class RetireCanary {
  readonly type = 'RetireCanary';
  constructor(
    readonly data: { readonly person: PersonIdentifier },
    readonly cause: Cause,
  ) {}
}
