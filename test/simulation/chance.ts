import { RepeatableRandom } from '../../src/sandbox/repeatable.js';

/** All that is left to chance in a simulation. The same seed and purpose give the same throws. */
export class Chance {
  private readonly random = new RepeatableRandom();

  /** @param purpose keeps what is thrown for one thing from shifting what is thrown for another */
  constructor(
    private readonly seed: number,
    purpose: string,
  ) {
    this.random.seed([seed, ...Buffer.from(purpose)]);
  }

  /** Another sequence of the same seed. */
  of(purpose: string): Chance {
    return new Chance(this.seed, purpose);
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    return this.random.next();
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** An integer from 0 up to, not including, `size`. */
  below(size: number): number {
    return Math.floor(this.next() * size);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Mostly short, now and then several times the mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)] as Item;
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[];
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) if ((left -= weights[name]) < 0) return name;
    return names.at(-1) as Name;
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(this.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
