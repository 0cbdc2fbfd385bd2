import { bisect } from 'simple-statistics';
import { traitOf } from './trait.js';

/** Persons of a district, the smallest part of a municipality. */
export const DISTRICT = 480;
const MOST = 2_000;
/** Of the municipalities, the largest. */
const WITH_BRANCH = 0.15;
/** A municipality of ten districts is a town. */
const TOWN = 10;

/** The municipalities of a country, one after the other in the register; few of them are large (G. K. Zipf). */
export class Municipalities {
  private readonly ofDistrict: Uint16Array;
  /** Rank by size, from 0, of each municipality. */
  private readonly ranks: readonly number[];
  /** First person of each, and the size of the country at the end. */
  private readonly firsts: readonly number[];
  private readonly shares: Float64Array;

  /** @param customerShare of the whole country */
  constructor(
    private readonly size: number,
    private readonly seed: number,
    customerShare: number,
  ) {
    const districts = Math.ceil(size / DISTRICT);
    const count = Math.min(MOST, Math.ceil(districts / 4));
    const sizes = sizesOf(districts, count);
    const place = (rank: number): number => traitOf(seed, rank, 'place of a municipality');
    this.ranks = Array.from({ length: count }, (_, rank) => rank).toSorted((one, other) => place(one) - place(other));
    this.ofDistrict = new Uint16Array(districts);
    const firsts = [0];
    let district = 0;
    for (const [number, rank] of this.ranks.entries()) {
      this.ofDistrict.fill(number, district, district + (sizes[rank] as number));
      district += sizes[rank] as number;
      firsts.push(Math.min(size, district * DISTRICT));
    }
    this.firsts = firsts;
    this.shares = this.sharesFor(customerShare);
  }

  get count(): number {
    return this.ranks.length;
  }

  /** Number of the municipality in which a person lives, from 0. */
  of(person: number): number {
    return this.ofDistrict[Math.floor(person / DISTRICT)] as number;
  }

  /** @returns its first person, and the one after its last */
  boundsOf(municipality: number): readonly [first: number, end: number] {
    return [this.firsts[municipality] as number, this.firsts[municipality + 1] as number];
  }

  isTown(municipality: number): boolean {
    const [first, end] = this.boundsOf(municipality);
    return end - first >= TOWN * DISTRICT;
  }

  /** The bank has a branch there. */
  hasBranch(municipality: number): boolean {
    return (this.ranks[municipality] as number) < WITH_BRANCH * this.count;
  }

  /** Share of those who live there who are the bank's customers. */
  customerShareOf(municipality: number): number {
    return this.shares[municipality] as number;
  }

  /** Odds differ by branch and place; what they are multiplied with makes the share of the whole country the one asked for. */
  private sharesFor(customerShare: number): Float64Array {
    const attraction = this.ranks.map(
      (rank, n) => (this.hasBranch(n) ? 0.35 : -0.9) + 0.6 * (traitOf(this.seed, rank, 'attraction') - 0.5),
    );
    const weights = this.ranks.map((_, n) => (this.boundsOf(n)[1] - this.boundsOf(n)[0]) / this.size);
    const overall = (shift: number): number =>
      weights.reduce((sum, weight, n) => sum + weight * logistic(shift + (attraction[n] as number)), 0);
    const shift = bisect((at: number) => overall(at) - customerShare, -40, 40, 100, 1e-9);
    return Float64Array.from(attraction, (each) => logistic(shift + each));
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Districts of each municipality, the largest first; each has one at least. */
function sizesOf(districts: number, count: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, rank) => (rank + 2) ** -0.9);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let covered = 0;
  let given = 0;
  return weights.map((weight) => {
    covered += weight;
    const upTo = Math.round(((districts - count) * covered) / whole);
    const size = 1 + upTo - given;
    given = upTo;
    return size;
  });
}
