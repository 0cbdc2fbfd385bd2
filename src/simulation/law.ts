/**
 * What a scanner that hides among honest leads can learn before somebody notices. A law of its own kind: B. A. Bash, D. Goeckel,
 * D. Towsley, "Limits of Reliable Communication with Low Probability of Detection on AWGN Channels", IEEE Journal on Selected
 * Areas in Communications 31(9), 2013, 1921–1930: of n uses of a channel O(√n) bits can be sent without being noticed. Here a
 * channel use is a lead, the noise is what honest leads look like, and a bit is a person.
 *
 * Nothing of it holds for a test whose idea of honest leads comes from the partner itself, when the scanner was there from the first
 * day: then it is part of what it is compared with, shows nothing, and takes the same number each day for ever.
 */

/** A scanner among honest leads, before a sequential test with a threshold. */
export interface Hiding {
  /** L: honest leads a day. */
  readonly leadsPerDay: number;
  /** T. */
  readonly days: number;
  /** h: log-likelihood ratio at which the test stops it, nats. */
  readonly threshold: number;
}

/** What one lead shows: the chance of each outcome, of a scanned and of an honest lead. The same outcomes in the same order. */
export interface Signal {
  readonly scanned: readonly number[];
  readonly honest: readonly number[];
}

/** Something that a lead hits or does not: a canary, a denial. */
export interface Wire {
  /** p: chance that a scanned lead hits it. */
  readonly scanned: number;
  /** q: chance that an honest lead does. */
  readonly honest: number;
}

export function signalOf({ scanned, honest }: Wire): Signal {
  return { scanned: [scanned, 1 - scanned], honest: [honest, 1 - honest] };
}

/** X = χ²(scanned ‖ honest) = Σ (p − q)² / q; infinite where an honest lead never shows what a scanned one may. */
export function chiSquare({ scanned, honest }: Signal): number {
  return sum(scanned, (p, outcome) => {
    const q = honest[outcome] ?? 0;
    return p === q ? 0 : (p - q) ** 2 / q;
  });
}

/**
 * Information about the scanner in a day's leads, nats: Kullback-Leibler divergence of a lead that is drawn from L honest and r
 * scanned ones from an honest one, times L + r.
 * @param perDay r: scanned persons a day
 */
export function informationPerDay({ scanned, honest }: Signal, leadsPerDay: number, perDay: number): number {
  const share = perDay / (leadsPerDay + perDay);
  const nats = sum(scanned, (p, outcome) => {
    const q = honest[outcome] ?? 0;
    const mixed = q + share * (p - q);
    return mixed === 0 ? 0 : mixed * Math.log(mixed / q);
  });
  return (leadsPerDay + perDay) * nats;
}

/** r²·X / (2·L): what `informationPerDay` is where the scanner changes little of what its host shows. */
export function weakInformationPerDay(chi: number, leadsPerDay: number, perDay: number): number {
  return (perDay ** 2 * chi) / (2 * leadsPerDay);
}

/**
 * √(2·L·T·h / X): persons that can be asked about in T days until the information comes to the threshold. What a scanner learns on
 * average stays below the larger of this and `untilHits`, by how much depends on the false alarms that the bank bears: before the best
 * watch the best speed brought 0.7 to 0.8 of it at one in 10⁸ leads, 0.5 to 0.6 at one in 7·10⁶, and a quarter at one in 490,000,
 * where a false alarm ends a scan sooner than its own hits. The 95th percentile is 0.9 to 1.4 of it.
 */
export function squareRootLaw({ leadsPerDay, days, threshold }: Hiding, chi: number): number {
  return Math.sqrt((2 * leadsPerDay * days * threshold) / chi);
}

/**
 * The same without the approximation that the scanner changes little: T·r, for the r at which T days bring `threshold` nats. Above
 * `squareRootLaw` where hits are rare, because one that comes of a scanner then tells less than its χ² says.
 */
export function divergenceLaw(signal: Signal, { leadsPerDay, days, threshold }: Hiding): number {
  let [low, high] = [0, 1];
  while (days * informationPerDay(signal, leadsPerDay, high) < threshold) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (days * informationPerDay(signal, leadsPerDay, middle) < threshold) low = middle;
    else high = middle;
  }
  return days * low;
}

/** Persons until a wire that no honest lead ever hits has been hit so often, on average and at any speed. */
export function untilHits({ scanned }: Wire, hits = 2): number {
  return hits / scanned;
}

/** A kind of hit, and how many of it are enough by themselves. */
export interface Counted {
  /** That a person hits. */
  readonly chance: number;
  readonly enough: number;
}

/** Persons until the hits of two kinds, each as its part of what is enough of its kind, come to a whole; on average and at any speed. */
export function untilWhole(one: Counted, other: Counted): number {
  const chance = one.chance + other.chance;
  if (chance === 0) return Infinity;
  const hitsAfter = (ones: number, others: number): number =>
    ones / one.enough + others / other.enough >= 1
      ? 0
      : 1 + (one.chance * hitsAfter(ones + 1, others) + other.chance * hitsAfter(ones, others + 1)) / chance;
  return hitsAfter(0, 0) / chance;
}

/** Honest hits for each nat of the threshold from which on the noise hides single hits. */
const HITS_PER_NAT = 20;

/**
 * Whether the square-root law describes the wire: in the scanner's time honest leads alone hit it many times as often as it takes hits
 * to tell. With fewer it is single hits that decide, and `untilHits` is nearer.
 */
export function isNoisy({ honest }: Wire, { leadsPerDay, days, threshold }: Hiding): boolean {
  return leadsPerDay * days * honest > HITS_PER_NAT * Math.max(1, threshold);
}

export interface LawPoint {
  readonly leadsPerDay: number;
  readonly days: number;
  /** `squareRootLaw`. */
  readonly persons: number;
  /** `divergenceLaw`. */
  readonly byDivergence: number;
}

/** The law over honest leads a day, or over days, for a plot. */
export function lawCurve(wire: Wire, hidings: readonly Hiding[]): readonly LawPoint[] {
  const signal = signalOf(wire);
  return hidings.map((hiding) => ({
    leadsPerDay: hiding.leadsPerDay,
    days: hiding.days,
    persons: squareRootLaw(hiding, chiSquare(signal)),
    byDivergence: divergenceLaw(signal, hiding),
  }));
}

function sum(values: readonly number[], of: (value: number, index: number) => number): number {
  return values.reduce((total, value, index) => total + of(value, index), 0);
}
