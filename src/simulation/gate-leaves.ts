import type { Terms } from '../modules/owners/terms.js';
import { type HonestBusiness, leadsOn } from './honest.js';

/** What the gate alone leaves to a scanner inside an honest partner whose figures are as agreed, in persons. */
export interface LeftByGate {
  /** Once: the working capital that was granted, and what the bonus pays on top of it. */
  readonly once: number;
  /** For each honest lead: perConversion·y + s·a − 1. */
  readonly perLead: number;
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
  return { once: granted + bonus, perLead, margin: Math.max(0, perLead) * leads };
}
