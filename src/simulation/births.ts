import { DateTime } from 'luxon';
import type { Households } from './households.js';
import { Permutation } from './permutation.js';

/** Years that people are born in; the oldest are 98. */
const FIRST_YEAR = 1926;
const LAST_YEAR = 2024;
const DAYS_OF_YEAR = 365;
/** Of one sex on one day. */
const SERIALS = 5_000;
/** Neighbouring years share no identifier's rest: that makes it one person's alone, and moves a birth by two years at most. */
const CLASSES = 5;
/** Who is not of age on the first day of a run. */
const FIRST_MINOR_YEAR = 2007;

/** When people were born, and the serial by which their identifier tells them from others of that day. Both follow from the number. */
export class Births {
  private readonly order: Permutation;

  /** @throws RangeError for more people than there are identifiers */
  constructor(
    private readonly size: number,
    seed: number,
    private readonly households: Households,
  ) {
    if (size > CLASSES * DAYS_OF_YEAR * SERIALS) throw new RangeError(`there are not ${size} identifiers`);
    this.order = new Permutation(size, seed + 2);
  }

  yearOf(person: number): number {
    return this.yearAt(this.order.at(person), person);
  }

  isMinor(person: number): boolean {
    return this.yearOf(person) >= FIRST_MINOR_YEAR;
  }

  dateOf(person: number): DateTime {
    const day = Math.floor(this.order.at(person) / CLASSES) % DAYS_OF_YEAR;
    // 29 February is nobody's: the day is counted in a year without one.
    const { month, day: ofMonth } = DateTime.utc(2023, 1, 1).plus({ days: day });
    return DateTime.utc(this.yearOf(person), month, ofMonth);
  }

  /** Of four digits; odd for men. */
  serialOf(person: number): number {
    const serial = Math.floor(Math.floor(this.order.at(person) / CLASSES) / DAYS_OF_YEAR);
    return 2 * serial + (this.households.sexOf(person) === 'male' ? 1 : 0);
  }

  /**
   * Everybody by birth date, those of one day by serial, which is the order of the identifiers, too. From a year among the adults' to
   * the youngest of them, then from the oldest; minors come last.
   *
   * @param start from 0 up to 1: where among the years it begins
   */
  *inOrder(start: number): Generator<number, void> {
    const adults = FIRST_MINOR_YEAR - FIRST_YEAR;
    const first = Math.floor(start * adults);
    for (let n = 0; n <= LAST_YEAR - FIRST_YEAR; n++) yield* this.bornIn(FIRST_YEAR + (n < adults ? (first + n) % adults : n));
  }

  private *bornIn(year: number): Generator<number, void> {
    const rest = year % CLASSES;
    const slots = Math.ceil(this.size / CLASSES);
    for (let day = 0; day < DAYS_OF_YEAR; day++) {
      for (let slot = day; slot < slots; slot += DAYS_OF_YEAR) {
        const place = slot * CLASSES + rest;
        if (place >= this.size) continue;
        const person = this.order.placeOf(place);
        if (this.yearAt(place, person) === year) yield person;
      }
    }
  }

  /** The year next to the one that the age gives which is in the class of the person's place. */
  private yearAt(place: number, person: number): number {
    const year = LAST_YEAR - this.households.ageOf(person);
    const later = (((place - year) % CLASSES) + CLASSES) % CLASSES;
    const moved = year + (later <= 2 ? later : later - CLASSES);
    return moved > LAST_YEAR ? moved - CLASSES : moved;
  }
}
