import type { Fact } from '../../event-sourcing/message.js';

/** One customer number of the bank, claimed once (I8): the first lead that brought it. */
export type CustomerNumberClaimed = Fact<
  'CustomerNumberClaimed',
  {
    customerKey: string;
    leadId: string;
    customerId: string;
    personKeys: readonly string[];
    /** One for each of `personKeys`. */
    corroborations: readonly string[];
    sealed: string;
    at: string;
  }
>;
export type ClaimEvent = CustomerNumberClaimed;
