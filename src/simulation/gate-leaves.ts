import { expectedAcknowledgements } from '../modules/owners/reestimation.js';
import { PER_CONVERSION_NEEDS_TWO, type Terms } from '../modules/owners/terms.js';
import { type HonestBusiness, leadsIn } from './honest.js';

/** What the gate alone leaves to a scanner inside an honest partner, in persons. */
export interface LeftByGate {
  /** Once: the working capital. */
  readonly once: number;
  /** For each honest lead: perConversion·y + s·a − 1. */
  readonly perLead: number;
  /**
   * The same after some years in which the machine followed the scanner. What is asked about thins out conversions and
   * acknowledgements alike, and the terms are not raised for what the acknowledged share explains; only the part by which the
   * honest share lies above what was agreed, and above the pool's, can be thinned out unseen.
   */
  readonly perLeadRaised: number;
  /** Of the margin, in the days asked for. */
  readonly margin: number;
}

/**
 * Design section 4, corrected by what was measured: the margin is one of honest leads, of which a weekend brings a fifth (L counts a
 * weekday), and a scanner that is there from the first day spends the capital as well, however it was given. An upper bound, but for
 * luck with the conversions: some units are always on their way.
 */
export function leftByGate(terms: Terms, business: HonestBusiness, days: number): LeftByGate {
  const { existingShare, acknowledgedShare, conversion } = business;
  const converted = (1 - existingShare) * conversion;
  const perLead = terms.perConversion * converted + existingShare * acknowledgedShare - 1;
  const once = Math.max(terms.initial, terms.capital);
  return { once, perLead, perLeadRaised: raised(terms, business, perLead), margin: Math.max(0, perLead) * leadsIn(days, business) };
}

/**
 * With x scanned leads beside each honest one, unseen, the machine arrives at (1.05·(1 + x) − s·a) / y, which leaves 0.05 + 1.05·x.
 * What ends it is s·a / (1 + x) falling below what is expected, or terms that only humans may sign.
 */
function raised({ figures }: Terms, { existingShare, acknowledgedShare, conversion }: HonestBusiness, perLead: number): number {
  if (figures?.acknowledgedBaseline === undefined) return perLead;
  const acknowledged = existingShare * acknowledgedShare;
  const unseen = Math.max(0, acknowledged / expectedAcknowledgements(figures) - 1);
  const bySignature = PER_CONVERSION_NEEDS_TWO * (1 - existingShare) * conversion + acknowledged - 1;
  return Math.max(perLead, Math.min(0.05 + 1.05 * unseen, bySignature));
}
