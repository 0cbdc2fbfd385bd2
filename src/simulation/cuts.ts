import { mixed, RepeatableRandom } from '../sandbox/repeatable.js';

const PATTERNS = 512;

/**
 * Runs of so many numbers, each cut into pieces whose sizes are drawn: persons into households, blocks of houses into streets. Each
 * run has one of 512 patterns, so that the piece of a number is found without the ones before it.
 */
export class Cuts {
  private readonly firsts: Uint8Array;
  private readonly sizes: Uint8Array;
  private readonly ordinals: Uint8Array;
  private readonly shift: number;

  /**
   * @param run numbers in a run, at most 255
   * @param weights of the pieces by size, from 1; the last piece of a run is as large as what is left
   */
  constructor(
    private readonly run: number,
    weights: readonly number[],
    seed: number,
  ) {
    [this.firsts, this.sizes, this.ordinals] = [0, 0, 0].map(() => new Uint8Array(PATTERNS * run)) as [Uint8Array, Uint8Array, Uint8Array];
    this.shift = mixed(seed);
    const random = new RepeatableRandom();
    random.seed([seed, run]);
    for (let pattern = 0; pattern < PATTERNS; pattern++) this.draw(pattern, () => drawn(weights, random.next()));
  }

  /** First number of the piece. */
  first(number: number): number {
    return number - (number % this.run) + (this.firsts[this.placeOf(number)] as number);
  }

  size(number: number): number {
    return this.sizes[this.placeOf(number)] as number;
  }

  /** Which piece of its run, from 0. */
  ordinal(number: number): number {
    return this.ordinals[this.placeOf(number)] as number;
  }

  private placeOf(number: number): number {
    const offset = number % this.run;
    return (mixed((number - offset) / this.run + this.shift) % PATTERNS) * this.run + offset;
  }

  private draw(pattern: number, size: () => number): void {
    for (let first = 0, ordinal = 0; first < this.run; ordinal++) {
      const many = Math.min(size(), this.run - first);
      const from = pattern * this.run + first;
      this.firsts.fill(first, from, from + many);
      this.sizes.fill(many, from, from + many);
      this.ordinals.fill(ordinal, from, from + many);
      first += many;
    }
  }
}

function drawn(weights: readonly number[], share: number): number {
  let left = share * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [n, weight] of weights.entries()) {
    if (left < weight) return n + 1;
    left -= weight;
  }
  return weights.length;
}
