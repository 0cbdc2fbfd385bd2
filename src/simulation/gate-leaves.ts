import { PER_CONVERSION_NEEDS_TWO, type Terms } from '../modules/owners/terms.js';
import { type HonestBusiness, leadsOn } from './honest.js';

/** What the gate alone leaves to a scanner inside an honest partner whose figures are as agreed, in persons. */
export interface LeftByGate {
  /** Once: the working capital that was granted, and what the bonus pays on top of it. */
  readonly once: number;
  /** For each honest lead: perConversion·y + s·a − 1. */
  readonly perLead: number;
  /**
   * The same after some years in which the machine followed the scanner: what it asks about thins out conversions and acknowledgements
   * alike, and the terms are raised for it as long as the acknowledged share stays within two sigma of the pool's.
   */
  readonly perLeadRaised: number;
  /** Of the margin, in the days asked for. */
  readonly margin: number;
}

/**
 * Design section 4, corrected by what was measured: the margin is one of honest leads, of which a weekend brings a fifth (L counts a
 * weekday), and a scanner that is there from the first day spends the capital as well, and then the bonus, which counts what was
 * earned and not what a human granted. An upper bound, but for luck with the conversions: some units are always on their way.
 */
export function leftByGate(terms: Terms, business: HonestBusiness, days: number): LeftByGate {
  const { existingShare, acknowledgedShare, conversion } = business;
  const converted = (1 - existingShare) * conversion;
  const perLead = terms.perConversion * converted + existingShare * acknowledgedShare - 1;
  const leads = Array.from({ length: days }, (_, day) => leadsOn(day, business)).reduce((sum, each) => sum + each, 0);
  const granted = Math.min(terms.ceiling, Math.max(terms.initial, terms.capital));
  const bonus = Math.max(0, terms.capital - terms.initial);
  return { once: granted + bonus, perLead, perLeadRaised: raised(terms, business, perLead), margin: Math.max(0, perLead) * leads };
}

/**
 * With x scanned leads beside each honest one the machine arrives at (1.05·(1 + x) − s·a) / y, which leaves 0.05 + 1.05·x: always more
 * than is asked about. What ends it is s·a / (1 + x) falling below the baseline less two sigma, or terms that only humans may sign.
 */
function raised({ figures }: Terms, { existingShare, acknowledgedShare, conversion }: HonestBusiness, perLead: number): number {
  const baseline = figures?.acknowledgedBaseline;
  if (baseline === undefined) return perLead;
  const acknowledged = existingShare * acknowledgedShare;
  const lowest = baseline.share - 2 * baseline.sigma;
  const thinned = lowest > 0 ? acknowledged / lowest - 1 : Infinity;
  const bySignature = PER_CONVERSION_NEEDS_TWO * (1 - existingShare) * conversion + acknowledged - 1;
  return Math.max(perLead, Math.min(0.05 + 1.05 * thinned, bySignature));
}
