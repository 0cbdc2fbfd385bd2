import { Permutation } from '../../src/simulation/permutation.js';

describe('an order without a table', () => {
  it.each([1, 2, 3, 7, 64, 1_000, 4_097])('names each of %i numbers once, and knows the place of each', (size) => {
    const order = new Permutation(size, 7);
    const numbers = Array.from({ length: size }, (_, place) => order.at(place));
    expect(numbers.toSorted((one, other) => one - other)).toEqual(Array.from({ length: size }, (_, n) => n));
    expect(numbers.map((number) => order.placeOf(number))).toEqual(Array.from({ length: size }, (_, n) => n));
  });

  it('puts neighbours apart by no fixed step, and is another one with another seed', () => {
    const [one, other] = [new Permutation(8_000_000, 1), new Permutation(8_000_000, 2)];
    const places = Array.from({ length: 1_000 }, (_, n) => 5_000 + n);
    const steps = new Set(places.map((place) => one.at(place + 1) - one.at(place)));
    expect(steps.size).toBeGreaterThan(995);
    expect(places.filter((place) => one.at(place) === other.at(place)).length).toBeLessThan(3);
  });

  it('has none of more numbers than it can, nor of none', () => {
    expect(() => new Permutation(0, 1)).toThrow(RangeError);
    expect(() => new Permutation(2 ** 31, 1)).toThrow(RangeError);
  });
});
