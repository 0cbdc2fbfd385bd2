import type { Fact } from '../../event-sourcing/message.js';
import type { Terms } from './terms.js';

/** What the bank may change for all owners at once; what an owner earns is its own matter. */
export type PolicyChanges = Partial<
  Pick<
    Terms,
    | 'mode'
    | 'purposes'
    | 'ceiling'
    | 'pace'
    | 'openLeads'
    | 'followUpWithin'
    | 'confirmWithin'
    | 'coolDown'
    | 'settleAfter'
    | 'answerReadableFor'
  >
>;

/** Holds for every owner when its own stream says so, those registered meanwhile included. */
export type PolicyAdopted = Fact<'PolicyAdopted', { version: number; changes: PolicyChanges; reason: string; by: string; at: string }>;
export type OwnerListed = Fact<'OwnerListed', { owner: string; at: string }>;
/** The id of a partner is given to one owner only. */
export type PartnerIdTaken = Fact<'PartnerIdTaken', { partner: string; owner: string; at: string }>;
