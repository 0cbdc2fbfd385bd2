import { Cuts } from './cuts.js';
import { type Trait, traitOf } from './trait.js';

/** Persons of a block of houses, in which nobody's household crosses the border. */
export const BLOCK = 24;
/** Of households, by the number of persons from 1 to 5. */
const SIZES = [0.38, 0.34, 0.14, 0.11, 0.03];
const LONE_PARENTS_OF_TWO = 0.15;
const LONE_PARENTS_OF_MORE = 0.2;
const SAME_SEX = 0.03;

export type Sex = 'female' | 'male';
export type Role = 'head' | 'partner' | 'child';

/** Who lives with whom. Members of a household have numbers one after the other: the head, the partner where there is one, the children. */
export class Households {
  private readonly cuts: Cuts;

  constructor(
    private readonly size: number,
    private readonly seed: number,
  ) {
    this.cuts = new Cuts(BLOCK, SIZES, seed + 1);
  }

  /** The number of the head, which stands for the household. */
  of(person: number): number {
    return this.cuts.first(person);
  }

  sizeOf(person: number): number {
    return Math.min(this.cuts.size(person), this.size - this.of(person));
  }

  /** Which household of its block, from 0. */
  ordinalOf(person: number): number {
    return this.cuts.ordinal(person);
  }

  membersOf(person: number): readonly number[] {
    return Array.from({ length: this.sizeOf(person) }, (_, n) => this.of(person) + n);
  }

  roleOf(person: number): Role {
    const head = this.of(person);
    if (person === head) return 'head';
    return person === head + 1 && !this.isLoneParent(head) ? 'partner' : 'child';
  }

  sexOf(person: number): Sex {
    const isFemale = (one: number): boolean => traitOf(this.seed, one, 'sex') < 0.5;
    if (this.roleOf(person) !== 'partner') return isFemale(person) ? 'female' : 'male';
    const isSame = traitOf(this.seed, person, 'sex of the partner') < SAME_SEX;
    return isFemale(this.of(person)) === isSame ? 'female' : 'male';
  }

  /** Years, of which the identifier leaves two more or less. */
  ageOf(person: number): number {
    const head = this.of(person);
    const age = this.ageOfHead(head);
    switch (this.roleOf(person)) {
      case 'head':
        return age;
      case 'partner': {
        const spread = this.trait(person, 'age of the partner') + this.trait(person, 'spread of the partner') - 1;
        return Math.max(20, age + Math.round(4 * spread));
      }
      case 'child':
        return Math.floor(this.trait(person, 'age of the child') * (Math.min(27, age - 22) + 1));
    }
  }

  private ageOfHead(head: number): number {
    const drawn = this.trait(head, 'age of the head');
    const size = this.sizeOf(head);
    if (size > 2 || (size === 2 && this.isLoneParent(head))) return within(drawn, [24, 58, 1]);
    return size === 1
      ? within(drawn, [20, 35, 0.3], [35, 65, 0.3], [65, 95, 0.4])
      : within(drawn, [22, 40, 0.25], [40, 65, 0.4], [65, 90, 0.35]);
  }

  private isLoneParent(head: number): boolean {
    return this.trait(head, 'kind of household') < (this.sizeOf(head) === 2 ? LONE_PARENTS_OF_TWO : LONE_PARENTS_OF_MORE);
  }

  private trait(number: number, trait: Trait): number {
    return traitOf(this.seed, number, trait);
  }
}

/** A whole number out of bands, each from, up to, and with a share; the shares add up to 1. */
function within(drawn: number, ...bands: readonly (readonly [from: number, end: number, share: number])[]): number {
  let left = drawn;
  for (const [from, end, share] of bands) {
    if (left < share) return Math.floor(from + (left / share) * (end - from));
    left -= share;
  }
  return (bands.at(-1)?.[1] ?? 1) - 1;
}
