import type { Cause } from '../../event-sourcing/message.js';
import type { PersonIdentifier } from '../persons/identifier.js';

/** A person freezes, or frees, what anybody is told about their membership. */
export class SetLock {
  readonly type = 'SetLock';
  constructor(
    readonly data: { readonly person: PersonIdentifier; readonly locked: boolean },
    readonly cause: Cause,
  ) {}
}
