import type { Measured, ReviewReason } from './owner.events.js';
import { PER_CONVERSION_NEEDS_TWO, perConversionFor, type Figures, type Terms } from './terms.js';

/** What the measured cohorts say of the terms in force. */
export type Reestimation =
  | { readonly outcome: 'keep' }
  | { readonly outcome: 'set'; readonly perConversion: number }
  | { readonly outcome: 'review'; readonly reason: ReviewReason; readonly wanted: number };

/**
 * Conversions that the terms in force expect of the measured leads, or that there were, before anything is concluded. With k
 * conversions two sigma of their share are about 2/√k of it: a fifth at 100. With fewer, luck would move the terms by more than the
 * working capital carries until the next month; but what the machine has raised itself it takes back on fewer, as far as two sigma of
 * them say, or else whoever had a lean quarter and then few leads kept for good what that had brought.
 */
const ENOUGH_CONVERSIONS = 100;
const SIGMAS = 2;
/** A smaller change is not worth new terms. */
const DEAD_BAND = 0.01;
const KEEP: Reestimation = { outcome: 'keep' };

/**
 * Design section 4, "It sets its own level": lowers `perConversion` to what the lower two-sigma bound of the conversions
 * asks for. Raises it for that part of a drop in conversions which the acknowledged share does not explain: honest drift
 * leaves that share alone, a scanner's dilution lowers both alike, and what is diluted is not paid for. By the same measure
 * it takes back what it has raised, else each month's luck would add to the last one's. What it may not raise, a human is asked
 * about, unless it may be chance.
 * @param signed `perConversion` as a human set it last, below which nothing is taken back; that in force unless given
 */
export function reestimate(terms: Terms, { leads, converted, acknowledged }: Measured, signed = terms.perConversion): Reestimation {
  const { figures, perConversion: current } = terms;
  if (figures === undefined || leads === 0) return KEEP;
  const acknowledgedShare = acknowledged / leads;
  const expected = (leads * (1.05 - acknowledgedShare)) / current;
  const isEnough = Math.max(expected, converted) >= ENOUGH_CONVERSIONS;
  if (!isEnough && current <= signed) return KEEP;
  const [low, high] = wilson(converted, leads, SIGMAS);
  const honest = honestShare(figures, acknowledgedShare);
  const unowed = Math.max(signed, perConversionFor(low, acknowledgedShare, honest));
  const sufficient = perConversionFor(low, acknowledgedShare);
  const lowered = isEnough ? Math.min(sufficient, unowed) : Math.max(sufficient, signed);
  if (lowered < current * (1 - DEAD_BAND)) return { outcome: 'set', perConversion: lowered };
  if (!isEnough) return KEEP;
  const wanted = perConversionFor(converted / leads, acknowledgedShare);
  if (wanted <= current * (1 + DEAD_BAND)) return KEEP;
  const owed = perConversionFor(converted / leads, acknowledgedShare, honest);
  const isChance = perConversionFor(high, acknowledgedShare) <= current;
  return raise(figures, { wanted, owed, isOwed: owed > current * (1 + DEAD_BAND), isChance, leads, acknowledgedShare });
}

interface Raise {
  /** What the funnel asks for, whatever has thinned it out. */
  readonly wanted: number;
  /** What the partner's own leads ask for, and whether that is a raise. */
  readonly owed: number;
  readonly isOwed: boolean;
  /** The figure in force lies within two sigma of what was measured: no reason to trouble a human. */
  readonly isChance: boolean;
  readonly leads: number;
  readonly acknowledgedShare: number;
}

function raise(figures: Figures, { wanted, owed, isOwed, isChance, leads, acknowledgedShare }: Raise): Reestimation {
  const review = (reason: ReviewReason): Reestimation => ({ outcome: 'review', reason, wanted });
  const { acknowledgedBaseline: baseline } = figures;
  // Where nobody is expected to acknowledge anything, dilution would not show.
  if (baseline === undefined || expectedAcknowledgements(figures) === 0) return isChance ? KEEP : review('no-baseline');
  const sigma = Math.sqrt(baseline.sigma ** 2 + (baseline.share * (1 - baseline.share)) / leads);
  if (acknowledgedShare < baseline.share - SIGMAS * sigma) return review('acknowledged-share-low');
  if (isOwed && owed <= PER_CONVERSION_NEEDS_TWO) return { outcome: 'set', perConversion: owed };
  if (isChance) return KEEP;
  return review(isOwed ? 'needs-two-people' : 'acknowledged-share-low');
}

/**
 * Share of the leads that are the partner's own business: a lead that a scanner asks for brings no acknowledgement. As measured, not
 * its upper bound: 5 % more than is needed are paid for, and luck evens out, while a bound two sigma off leaves them to the scanner.
 */
function honestShare(figures: Figures, acknowledgedShare: number): number {
  const expected = expectedAcknowledgements(figures);
  return expected === 0 ? 1 : Math.min(1, acknowledgedShare / expected);
}

/**
 * Acknowledgements a lead that an honest partner is expected to have: as many as were agreed, or as the pool of partners has where
 * that is more.
 */
export function expectedAcknowledgements({ existingShare, acknowledgedShare, acknowledgedBaseline }: Figures): number {
  return Math.max(existingShare * acknowledgedShare, acknowledgedBaseline?.share ?? 0);
}

/**
 * Bounds of a share, `z` sigma to either side: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
 * Inference", JASA 22 (1927) 209–212; recommended by Brown, Cai and DasGupta, "Interval Estimation for a Binomial
 * Proportion", Statistical Science 16 (2001) 101–133, because it holds where the share is small, too.
 */
export function wilson(successes: number, trials: number, z: number): readonly [low: number, high: number] {
  const share = successes / trials;
  const centre = share + z ** 2 / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z / (2 * trials)) ** 2);
  const scale = 1 + z ** 2 / trials;
  // At no success at all the bound is 0, whatever rounding makes of it.
  return [successes === 0 ? 0 : (centre - spread) / scale, (centre + spread) / scale];
}
