import { mixed } from '../sandbox/repeatable.js';

const ROUNDS = [1, 2, 3, 4];

/**
 * The numbers below `size` in an order that depends on the seed and names each once, in both directions and without a table: a
 * Feistel network of four rounds (M. Luby, C. Rackoff, "How to Construct Pseudorandom Permutations from Pseudorandom Functions", SIAM
 * Journal on Computing 17, 1988) over the next power of four, walked on from whatever lies beyond the size (J. Black, P. Rogaway,
 * "Ciphers with Arbitrary Finite Domains", CT-RSA 2002). Neighbours have nothing to do with each other, which a stride does not give.
 */
export class Permutation {
  private readonly half: number;
  private readonly mask: number;
  private readonly keys: readonly number[];

  /** @param size from 1 to 2^30 */
  constructor(
    readonly size: number,
    seed: number,
  ) {
    if (!(size >= 1 && size <= 2 ** 30)) throw new RangeError(`there is no order of ${size} numbers`);
    this.half = Math.max(1, Math.ceil(Math.log2(size) / 2));
    this.mask = 2 ** this.half - 1;
    this.keys = ROUNDS.map((round) => mixed(mixed(seed) + Math.imul(round, 0x9e3779b9)));
  }

  /** The number at a place. */
  at(place: number): number {
    let number = this.encrypted(place);
    while (number >= this.size) number = this.encrypted(number);
    return number;
  }

  /** The place of a number. */
  placeOf(number: number): number {
    let place = this.decrypted(number);
    while (place >= this.size) place = this.decrypted(place);
    return place;
  }

  private encrypted(number: number): number {
    let left = number >>> this.half;
    let right = number & this.mask;
    // Not by destructuring, here and below: it makes an array for each round, of which a year has a hundred million.
    for (let round = 0; round < this.keys.length; round++) {
      const next = left ^ (mixed(right + (this.keys[round] as number)) & this.mask);
      left = right;
      right = next;
    }
    return (left << this.half) | right;
  }

  private decrypted(number: number): number {
    let left = number >>> this.half;
    let right = number & this.mask;
    for (let round = this.keys.length - 1; round >= 0; round--) {
      const before = right ^ (mixed(left + (this.keys[round] as number)) & this.mask);
      right = left;
      left = before;
    }
    return (left << this.half) | right;
  }
}
