import { mixed } from '../sandbox/repeatable.js';

/** What a number is drawn for, so that no two draws are the same. */
const TRAITS = [
  'customer',
  'customer like the household',
  'customers of the household',
  'locked',
  'agreed as a canary',
  'canary',
  'deceased',
  'kind of household',
  'age of the head',
  'age of the partner',
  'spread of the partner',
  'age of the child',
  'sex',
  'sex of the partner',
  'family name',
  'old family',
  'name of an old family',
  'other name',
  'place of a municipality',
  'attraction',
] as const;

export type Trait = (typeof TRAITS)[number];

const SCALE = 2 ** 32;
const PURPOSES = Object.fromEntries(TRAITS.map((trait, n) => [trait, Math.imul(n + 1, 0x85ebca6b)])) as Record<Trait, number>;

/** A number from 0 up to, not including, 1 that somebody or something has for one purpose: the same at each asking, so nothing is kept. */
export function traitOf(seed: number, number: number, trait: Trait): number {
  return mixed(mixed(number + Math.imul(seed, 0x9e3779b9)) + PURPOSES[trait]) / SCALE;
}
