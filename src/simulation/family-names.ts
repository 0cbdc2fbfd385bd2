import { pl } from '@faker-js/faker';
import { shuffled } from '../sandbox/repeatable.js';
import type { Households } from './households.js';
import type { Municipalities } from './municipalities.js';
import { traitOf } from './trait.js';

/** In the order of the alphabet, each once. */
const NAMES: readonly string[] = [...new Set(pl.person?.last_name?.generic ?? [])].toSorted((one, other) => one.localeCompare(other, 'pl'));
/** Of the members of a household those who bear another name than its head. */
const OTHER_NAME = 0.08;
/** Households of one of the old families of their municipality, and how many such families there are. */
const OF_OLD_FAMILY = 0.15;
const OLD_FAMILIES = 6;
/** How much more frequent frequent names are: the most frequent of 700 is borne by one person in eighty. */
const SKEW = 1.5;

/** Family names: mostly one for each household, some of them where they always were, few of them frequent. */
export class FamilyNames {
  private byName: Uint32Array | undefined;
  /** Places in the alphabet, the most frequent name first. */
  private readonly frequent: readonly number[];

  constructor(
    private readonly size: number,
    private readonly seed: number,
    private readonly places: Municipalities,
    private readonly households: Households,
  ) {
    this.frequent = NAMES.map((_, rank) => shuffled(rank, NAMES.length, seed));
  }

  of(person: number): string {
    return NAMES[this.indexOf(person)] as string;
  }

  /** Everybody by family name, those of one name by address. Made at the first call, four bytes a person. */
  inOrder(): Uint32Array {
    this.byName ??= this.sorted();
    return this.byName;
  }

  /** Place of the name in the alphabet. */
  private indexOf(person: number): number {
    const head = this.households.of(person);
    if (person !== head && traitOf(this.seed, person, 'other name') < OTHER_NAME)
      return this.drawn(traitOf(this.seed, person, 'family name'));
    if (traitOf(this.seed, head, 'old family') >= OF_OLD_FAMILY) return this.drawn(traitOf(this.seed, head, 'family name'));
    const family =
      this.places.of(head) * OLD_FAMILIES + Math.floor((traitOf(this.seed, head, 'old family') / OF_OLD_FAMILY) * OLD_FAMILIES);
    return this.drawn(traitOf(this.seed, family, 'name of an old family'));
  }

  private drawn(share: number): number {
    return this.frequent[Math.floor(NAMES.length * share ** SKEW)] as number;
  }

  /** Counted and put down, in two passes (the "counting sort"). */
  private sorted(): Uint32Array {
    const places = new Uint32Array(NAMES.length + 1);
    const names = new Uint16Array(this.size);
    for (let person = 0; person < this.size; person++) {
      const name = this.indexOf(person);
      names[person] = name;
      places[name + 1] = (places[name + 1] as number) + 1;
    }
    for (let name = 1; name < places.length; name++) places[name] = (places[name] as number) + (places[name - 1] as number);
    const inOrder = new Uint32Array(this.size);
    for (let person = 0; person < this.size; person++) {
      const name = names[person] as number;
      inOrder[places[name] as number] = person;
      places[name] = (places[name] as number) + 1;
    }
    return inOrder;
  }
}
