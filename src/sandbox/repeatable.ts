import type { Randomizer } from '@faker-js/faker';

/** A well mixed 32-bit number from another (the "lowbias32" finaliser, C. Wellons, "Prospecting for Hash Functions", 2018). */
export function mixed(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Random numbers that start anew for each person at almost no cost; the library's own take 2,500 steps to seed. */
export class RepeatableRandom implements Randomizer {
  private state = 0;

  /** The library calls both without their object. */
  readonly seed = (seed: number | number[]): void => {
    this.state = [seed].flat().reduce((state, part) => mixed(state + Math.imul(part, 0x9e3779b9)), 1);
  };

  readonly next = (): number => {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    return mixed(this.state) / 2 ** 32;
  };
}

const STRIDES = [15_485_863, 12_582_917, 9_999_991, 7_368_787, 6_291_469];

/**
 * The n-th of the numbers below `size` in an order that depends on the seed and names each number once.
 * @throws RangeError when there are not that many
 */
export function shuffled(n: number, size: number, seed: number): number {
  if (n >= size) throw new RangeError(`there are only ${size} of them`);
  // A prime that does not divide the size reaches every residue; n · stride stays an exact integer below 5 · 10^8.
  const fitting = STRIDES.filter((prime) => size % prime !== 0);
  const stride = fitting[mixed(seed) % fitting.length] as number;
  return (n * stride + mixed(seed + 1)) % size;
}
