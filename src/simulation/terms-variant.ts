import type { Terms } from '../modules/owners/terms.js';

/** Terms that are tighter than those that follow from a partner’s figures: less to a scanner, and less slack for the honest. */
export interface TermsVariant {
  readonly name: string;
  /** Share of the working capital and of the ceiling that is left, 0 to 1. */
  readonly capital: number;
  /** What an honest lead earns beyond what it costs, units; 0.05 in the terms that follow from the figures. */
  readonly margin: number;
}

/** From the loosest to the tightest. */
export const TERMS_VARIANTS: readonly TermsVariant[] = [
  { name: 'a margin of 2 %', capital: 1, margin: 0.02 },
  { name: 'half the capital', capital: 0.5, margin: 0.05 },
  { name: 'half the capital, a margin of 2 %', capital: 0.5, margin: 0.02 },
  { name: 'a quarter of the capital', capital: 0.25, margin: 0.05 },
  { name: 'a quarter of the capital, no margin', capital: 0.25, margin: 0 },
];

/** @throws RangeError for terms that rest on no figures: there is no margin in them that could be smaller */
export function variedTerms(terms: Terms, { capital, margin }: TermsVariant): Terms {
  const { figures } = terms;
  if (figures === undefined) throw new RangeError('terms without figures have no margin');
  const acknowledged = figures.existingShare * figures.acknowledgedShare;
  const converted = (1 - figures.existingShare) * figures.conversion;
  return {
    ...terms,
    capital: Math.max(terms.initial, Math.ceil(terms.capital * capital)),
    ceiling: Math.max(terms.initial, Math.ceil(terms.ceiling * capital)),
    perConversion: Math.min(terms.perConversion, thousandthsUp((1 + margin - acknowledged) / converted)),
  };
}

/** Rounded up; less a billionth, so that 3.8 in binary fractions is not rounded up to 3.801. */
function thousandthsUp(units: number): number {
  return Math.ceil(units * 1_000 - 1e-6) / 1_000;
}
