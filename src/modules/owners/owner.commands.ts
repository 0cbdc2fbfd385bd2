import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason, KeptReason } from '../persons/reason.js';
import type { OwnerCommand } from './owner.js';
import type { TermsReason } from './owner.events.js';
import type { Terms } from './terms.js';

/** As it is asked for: its time comes later, and its note is still to be sealed. */
type Asked<C> = C extends { readonly type: infer Type; readonly data: infer Data }
  ? {
      readonly type: Type;
      readonly data: Omit<Data, 'at' | 'sealed'> & (Data extends KeptReason<infer Code> ? GivenReason<Code> : unknown);
    }
  : never;

/** What a human or a process may change on an owner's stream alone. */
export type OwnerChange = Asked<
  Extract<
    OwnerCommand,
    {
      type:
        | 'SetTerms'
        | 'TightenMode'
        | 'ApproveTerms'
        | 'ReestimateTerms'
        | 'GrantInitial'
        | 'GrantAllowance'
        | 'RevokeAllowance'
        | 'ForfeitAfterRestore'
        | 'OfferAgreement'
        | 'SignAgreement'
        | 'SuspendPartner'
        | 'ReinstatePartner'
        | 'TerminatePartner'
        | 'RegisterAgent'
        | 'RetireAgent';
    }
  >
>;

/** One change, decided by the owner's decider at the time that the kernel gives it. */
export class ChangeOwner {
  readonly type = 'ChangeOwner';
  constructor(
    readonly data: { readonly owner: string; readonly change: OwnerChange },
    readonly cause: Cause,
  ) {}
}

/** New terms, made of those that are in force when it is decided. */
export class ChangeTerms {
  readonly type = 'ChangeTerms';
  constructor(
    readonly data: {
      readonly owner: string;
      readonly changed: (current: Terms | undefined) => Terms;
      readonly by: string;
    } & GivenReason<TermsReason>,
    readonly cause: Cause,
  ) {}
}

/** A new owner, with the bank's policy and its own terms in force from the start. */
export class RegisterOwner {
  readonly type = 'RegisterOwner';
  constructor(
    readonly data: { readonly owner: string; readonly name: string; readonly terms: Terms; readonly by: string },
    readonly cause: Cause,
  ) {}
}

/** A new partner of an owner. An id is given to one partner only, of whatever owner. */
export class RegisterPartner {
  readonly type = 'RegisterPartner';
  constructor(
    readonly data: { readonly owner: string; readonly partner: string; readonly name: string },
    readonly cause: Cause,
  ) {}
}
