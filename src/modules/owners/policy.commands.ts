import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason } from '../persons/reason.js';
import type { PolicyChanges, PolicyReason } from './policy.events.js';

/** Changes the terms of all owners; done when every owner's stream has it. */
export class AdoptPolicy {
  readonly type = 'AdoptPolicy';
  constructor(
    readonly data: { readonly changes: PolicyChanges; readonly by: string } & GivenReason<PolicyReason>,
    readonly cause: Cause,
  ) {}
}

/** Brings one owner's terms up to the bank's policy. Safe to send twice. */
export class ApplyPolicy {
  readonly type = 'ApplyPolicy';
  constructor(
    readonly data: { readonly owner: string },
    readonly cause: Cause,
  ) {}
}
