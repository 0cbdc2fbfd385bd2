import type { Upcaster } from './event-sourcing/upcasters.js';
import { type ClientDisabled, DISABLEMENT_REASONS } from './modules/access/client.events.js';
import {
  CLOCK_REASONS,
  type ClockTrusted,
  type GateHalted,
  type GateReopened,
  HALT_REASONS,
  REOPENING_REASONS,
  RESTORE_REASON,
} from './modules/gate/gate.events.js';
import { CONVERSION_REVOCATION_REASONS, type ConversionRevoked } from './modules/leads/lead.events.js';
import {
  type AllowanceGranted,
  type AllowanceRevoked,
  GRANT_REASONS,
  GRANT_REVOCATION_REASONS,
  OWN_TERMS_REASONS,
  type PartnerReinstated,
  type PartnerSuspended,
  type PartnerTerminated,
  REINSTATEMENT_REASONS,
  SUSPENSION_REASONS,
  TERMINATION_REASONS,
  TERMS_REASONS,
  type TermsProposed,
  type TermsSet,
} from './modules/owners/owner.events.js';
import { POLICY_REASONS, type PolicyAdopted } from './modules/owners/policy.events.js';

/** What the bank does for a reason that it gives. */
export type ReasonedEvent =
  | AllowanceGranted
  | AllowanceRevoked
  | ClientDisabled
  | ClockTrusted
  | ConversionRevoked
  | GateHalted
  | GateReopened
  | PartnerReinstated
  | PartnerSuspended
  | PartnerTerminated
  | PolicyAdopted
  | TermsProposed
  | TermsSet;

const OF_TERMS = [...TERMS_REASONS, ...OWN_TERMS_REASONS];

/** The codes that each of them may carry. */
export const REASONS: Readonly<Record<ReasonedEvent['type'], readonly string[]>> = {
  AllowanceGranted: GRANT_REASONS,
  AllowanceRevoked: GRANT_REVOCATION_REASONS,
  ClientDisabled: DISABLEMENT_REASONS,
  ClockTrusted: CLOCK_REASONS,
  ConversionRevoked: CONVERSION_REVOCATION_REASONS,
  GateHalted: [...HALT_REASONS, RESTORE_REASON],
  GateReopened: REOPENING_REASONS,
  PartnerReinstated: REINSTATEMENT_REASONS,
  PartnerSuspended: SUSPENSION_REASONS,
  PartnerTerminated: TERMINATION_REASONS,
  PolicyAdopted: POLICY_REASONS,
  TermsProposed: OF_TERMS,
  TermsSet: OF_TERMS,
};

/** What the service itself wrote, as it is called today. */
const OWN_TEXTS: ReadonlyMap<unknown, string> = new Map([
  ['the log was restored from a backup', RESTORE_REASON],
  ['measured on the leads opened 45 to 135 days before the month', 'measured'],
]);

/**
 * In version 1 a reason was whatever somebody had typed. From here on that is `other`, and the text goes no further: what is
 * read in today's shape ends up in read models and folds, where no erasure reaches it. In the log it stays as it was written,
 * for the auditor, since what is stored never changes.
 */
export const UPCASTERS: readonly Upcaster[] = Object.entries(REASONS).map(([type, codes]) => ({
  type,
  version: 1,
  upcast: (data) => ({ ...data, reason: codeFor((data as { reason: unknown }).reason, codes) }),
}));

function codeFor(text: unknown, codes: readonly string[]): string {
  const named = OWN_TEXTS.get(text) ?? text;
  return codes.find((code) => code === named) ?? 'other';
}
