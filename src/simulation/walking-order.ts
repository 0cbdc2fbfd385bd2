import type { Chance } from './chance.js';
import { Permutation } from './permutation.js';
import type { Population } from './population.js';

/**
 * In which order somebody goes through the public register: by address, street by street; by birth date, which is the identifiers'
 * order, too; by family name; shuffled, which names each person once; or at random, which does not care.
 */
export type WalkingOrder = 'register' | 'birth date' | 'family name' | 'shuffled' | 'random';

/**
 * Persons one after the other, in an order.
 *
 * @param start from 0 up to 1: where in the order it begins; at the end it goes on from the beginning
 */
export function* walk(order: WalkingOrder, population: Population, start: number, chance: Chance): Generator<number, void> {
  const { size, register } = population;
  const first = Math.floor(start * size);
  switch (order) {
    case 'register':
      for (let n = 0; n < size; n++) yield (first + n) % size;
      return;
    case 'birth date':
      yield* register.births.inOrder(start);
      return;
    case 'family name': {
      const inOrder = register.familyNames.inOrder();
      for (let n = 0; n < size; n++) yield inOrder[(first + n) % size] as number;
      return;
    }
    case 'shuffled': {
      const shuffled = new Permutation(size, SHUFFLED);
      for (let n = 0; n < size; n++) yield shuffled.at((first + n) % size);
      return;
    }
    case 'random':
      for (;;) yield chance.below(size);
  }
}

const SHUFFLED = 1;
