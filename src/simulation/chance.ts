import { randomBinomial, randomExponential, randomPoisson } from 'd3-random';
import { RepeatableRandom } from '../sandbox/repeatable.js';

/** All that is left to chance in a run. The same seed and purpose give the same throws, whatever else is thrown for. */
export class Chance {
  private readonly random = new RepeatableRandom();
  private readonly poissons = randomPoisson.source(this.random.next);
  private readonly exponentials = randomExponential.source(this.random.next);
  private readonly binomials = randomBinomial.source(this.random.next);

  constructor(seed: number, purpose: string) {
    this.random.seed([seed, ...Buffer.from(purpose)]);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    return this.random.next();
  }

  happens(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** A whole number from 0 up to, not including, `size`. */
  below(size: number): number {
    return Math.floor(this.random.next() * size);
  }

  /** How many of what comes `mean` times on average. */
  count(mean: number): number {
    return mean <= 0 ? 0 : this.poissons(mean)();
  }

  /** How many of `trials` succeed. */
  successes(trials: number, probability: number): number {
    return trials <= 0 ? 0 : this.binomials(trials, probability)();
  }

  /** Mostly short, now and then several times the mean, never more than `most`. */
  wait(mean: number, most: number): number {
    return Math.min(most, this.exponentials(1 / mean)());
  }
}
