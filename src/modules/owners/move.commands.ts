import type { Cause } from '../../event-sourcing/message.js';
import type { GivenReason } from '../persons/reason.js';
import type { OwnerChangeReason, PartnerLeft } from './owner.events.js';
import type { MergerDecided } from './policy.events.js';

/** A partner goes to another owner; done when it opens its leads there. */
export class TransferPartner {
  readonly type = 'TransferPartner';
  constructor(
    readonly data: { readonly partner: string; readonly to: string; readonly by: string } & GivenReason<OwnerChangeReason>,
    readonly cause: Cause,
  ) {}
}

/** What is left of a partner's move. Safe to send twice. */
export class FinishMove {
  readonly type = 'FinishMove';
  constructor(
    readonly data: { readonly left: PartnerLeft['data'] },
    readonly cause: Cause,
  ) {}
}

/** Two owners become one; done when all partners open their leads under the one that stays. */
export class MergeOwners {
  readonly type = 'MergeOwners';
  constructor(
    readonly data: { readonly owner: string; readonly into: string; readonly by: string } & GivenReason<OwnerChangeReason>,
    readonly cause: Cause,
  ) {}
}

/** What is left of a merger that was decided, but for the moves of its partners. Safe to send twice. */
export class FinishMerger {
  readonly type = 'FinishMerger';
  constructor(
    readonly data: { readonly decided: MergerDecided['data'] },
    readonly cause: Cause,
  ) {}
}
