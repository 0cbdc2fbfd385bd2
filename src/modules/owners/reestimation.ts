import type { Measured, ReviewReason } from './owner.events.js';
import { PER_CONVERSION_NEEDS_TWO, perConversionFor, type Figures, type Terms } from './terms.js';

/** What the measured cohorts say of the terms in force. */
export type Reestimation =
  | { readonly outcome: 'keep' }
  | { readonly outcome: 'set'; readonly perConversion: number }
  | { readonly outcome: 'review'; readonly reason: ReviewReason; readonly wanted: number };

/**
 * Conversions that the terms in force expect of the measured leads before anything is concluded. With k conversions two
 * sigma of their share are about 2/√k of it: a fifth at 100. With fewer, luck would move the terms by more than the
 * working capital carries until the next month.
 */
const EXPECTED_CONVERSIONS = 100;
const SIGMAS = 2;
/** A smaller change is not worth new terms. */
const DEAD_BAND = 0.01;
const KEEP: Reestimation = { outcome: 'keep' };

/**
 * Design section 4, "It sets its own level": lowers `perConversion` to what the lower two-sigma bound of the conversions
 * asks for; raises it only while the acknowledged share stands where the pool of partners had it, because honest drift
 * leaves that share alone and a scanner's dilution lowers it. What the machine may not raise, a human is asked about.
 */
export function reestimate(terms: Terms, { leads, converted, acknowledged }: Measured): Reestimation {
  const { figures, perConversion: current } = terms;
  if (figures === undefined || leads === 0) return KEEP;
  const acknowledgedShare = acknowledged / leads;
  if ((leads * (1.05 - acknowledgedShare)) / current < EXPECTED_CONVERSIONS) return KEEP;
  const [low, high] = wilson(converted, leads, SIGMAS);
  const lowered = perConversionFor(low, acknowledgedShare);
  if (lowered < current * (1 - DEAD_BAND)) return { outcome: 'set', perConversion: lowered };
  const wanted = perConversionFor(converted / leads, acknowledgedShare);
  if (wanted <= current * (1 + DEAD_BAND)) return KEEP;
  return raise(figures, { wanted, leads, acknowledgedShare, byChance: perConversionFor(high, acknowledgedShare) <= current });
}

interface Raise {
  readonly wanted: number;
  readonly leads: number;
  readonly acknowledgedShare: number;
  /** The figure in force lies within two sigma of what was measured: no reason to trouble a human. */
  readonly byChance: boolean;
}

function raise({ acknowledgedBaseline: baseline }: Figures, { wanted, leads, acknowledgedShare, byChance }: Raise): Reestimation {
  if (baseline !== undefined) {
    const sigma = Math.sqrt(baseline.sigma ** 2 + (baseline.share * (1 - baseline.share)) / leads);
    if (acknowledgedShare < baseline.share - SIGMAS * sigma) return { outcome: 'review', reason: 'acknowledged-share-low', wanted };
  }
  if (baseline !== undefined && wanted <= PER_CONVERSION_NEEDS_TWO) return { outcome: 'set', perConversion: wanted };
  if (byChance) return KEEP;
  return { outcome: 'review', reason: baseline === undefined ? 'no-baseline' : 'needs-two-people', wanted };
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
