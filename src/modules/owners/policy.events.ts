import type { Fact } from '../../event-sourcing/message.js';
import type { KeptReason } from '../persons/reason.js';
import type { OwnerChangeReason } from './owner.events.js';
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
    | 'requires'
    | 'agentLimits'
  >
>;

export const POLICY_REASONS = ['leaked-list', 'precaution', 'new-rules', 'back-to-normal', 'other'] as const;
export type PolicyReason = (typeof POLICY_REASONS)[number];

/** Holds for every owner when its own stream says so, those registered meanwhile included. */
export type PolicyAdopted = Fact<
  'PolicyAdopted',
  { version: number; changes: PolicyChanges; by: string; at: string } & KeptReason<PolicyReason>
>;
export type OwnerListed = Fact<'OwnerListed', { owner: string; at: string }>;
/** Decided here, where no two mergers can make a circle; then the owners' own streams follow. */
export type MergerDecided = Fact<'MergerDecided', { owner: string; into: string; by: string; at: string } & KeptReason<OwnerChangeReason>>;
/** The id of a partner is given to one owner only. */
export type PartnerIdTaken = Fact<'PartnerIdTaken', { partner: string; owner: string; at: string }>;
/** The partner with this id has moved to another owner; `move` counts from 1. */
export type PartnerIdMoved = Fact<'PartnerIdMoved', { partner: string; owner: string; move: number; at: string }>;
