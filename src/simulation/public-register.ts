import { base, en, Faker, pl } from '@faker-js/faker';
import type { PersonIdentifier } from '../modules/persons/identifier.js';
import { RepeatableRandom } from '../sandbox/repeatable.js';
import { peselOf } from '../sandbox/synthetic-identifiers.js';
import { Births } from './births.js';
import { Cuts } from './cuts.js';
import { FamilyNames } from './family-names.js';
import { BLOCK, Households, type Sex } from './households.js';
import { DISTRICT, Municipalities } from './municipalities.js';
import { Remembered } from './remembered.js';
import { traitOf } from './trait.js';

/** Where somebody lives. */
export interface Address {
  readonly municipality: string;
  readonly postcode: string;
  readonly street: string;
  readonly house: number;
  /** In a town. */
  readonly flat?: number;
}

/** A person as the register shows them to everybody. */
export interface Resident {
  /** Their number: their place in the register by address. */
  readonly person: number;
  readonly givenName: string;
  readonly familyName: string;
  readonly sex: Sex;
  /** `YYYY-MM-DD` */
  readonly birthDate: string;
  /** Begins with the birth date. */
  readonly identifier: PersonIdentifier;
  readonly address: Address;
  /** Who died lately is not struck off yet. */
  readonly isDeceased: boolean;
}

/** Of the streets of a district, by the number of blocks from 1 to 7. */
const STREETS = [0, 1, 2, 3, 3, 2, 1];
const HOUSES_OF_BLOCK = 12;
const FLATS_OF_HOUSE = 4;
/** Share of those who died lately, by age. */
const DECEASED = [
  { from: 70, share: 0.02 },
  { from: 0, share: 0.0005 },
] as const;

const random = new RepeatableRandom();
const faker = new Faker({ locale: [pl, en, base], randomizer: random });
const TEXTS = { municipality: 1, street: 2, givenName: 3 } as const;

/**
 * The public register of the league's country: everybody with name, address, birth date and identifier, numbered by address, so that
 * neighbours and families stand together. All of it follows from the seed and the number; of eight million people hardly anything is kept.
 * Names and places are Poland's by a library, the identifier is its PESEL.
 */
export class PublicRegister {
  readonly places: Municipalities;
  readonly households: Households;
  readonly births: Births;
  readonly familyNames: FamilyNames;
  private readonly streets: Cuts;
  private readonly visiblyNoApplicants: Remembered;

  /** @param customerShare the bank's, of all people: its branches are part of the country */
  constructor(
    readonly size: number,
    private readonly seed: number,
    customerShare: number,
  ) {
    this.places = new Municipalities(size, seed, customerShare);
    this.households = new Households(size, seed);
    this.births = new Births(size, seed, this.households);
    this.familyNames = new FamilyNames(size, seed, this.places, this.households);
    this.streets = new Cuts(DISTRICT / BLOCK, STREETS, seed + 3);
    this.visiblyNoApplicants = new Remembered(size, (person) => this.births.isMinor(person) || this.isDeceased(person));
  }

  isDeceased(person: number): boolean {
    const age = this.households.ageOf(person);
    const share = DECEASED.find(({ from }) => age >= from)?.share ?? 0;
    return traitOf(this.seed, person, 'deceased') < share;
  }

  /** Everybody can see that nobody has this person as an applicant. */
  isVisiblyNoApplicant(person: number): boolean {
    return this.visiblyNoApplicants.has(person);
  }

  resident(person: number): Resident {
    const sex = this.households.sexOf(person);
    const born = this.births.dateOf(person);
    return {
      person,
      givenName: this.text('givenName', person, () => faker.person.firstName(sex)),
      familyName: this.familyNames.of(person),
      sex,
      birthDate: born.toISODate() as string,
      identifier: { country: 'PL', scheme: 'pesel', value: peselOf(born, this.births.serialOf(person)) },
      address: this.addressOf(person),
      isDeceased: this.isDeceased(person),
    };
  }

  /** The first block of the street stands for it. */
  streetOf(person: number): number {
    return this.streets.first(blockOf(person));
  }

  private addressOf(person: number): Address {
    const municipality = this.places.of(person);
    const street = this.streetOf(person);
    const inBlock = this.households.ordinalOf(person);
    const isTown = this.places.isTown(municipality);
    const house = isTown ? Math.floor(inBlock / FLATS_OF_HOUSE) : Math.min(inBlock, HOUSES_OF_BLOCK - 1);
    return {
      ...this.text('municipality', municipality, () => ({ municipality: faker.location.city(), postcode: faker.location.zipCode() })),
      street: this.text('street', street, () => faker.location.street()),
      house: (blockOf(person) - street) * HOUSES_OF_BLOCK + house + 1,
      ...(isTown && { flat: (inBlock % FLATS_OF_HOUSE) + 1 }),
    };
  }

  private text<Made>(what: keyof typeof TEXTS, number: number, make: () => Made): Made {
    random.seed([this.seed, TEXTS[what], number]);
    return make();
  }
}

function blockOf(person: number): number {
  return Math.floor(person / BLOCK);
}
