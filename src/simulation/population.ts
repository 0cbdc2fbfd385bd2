import { type CanaryKind, isVisible } from '../modules/canaries/canary.events.js';
import type { Chance } from './chance.js';
import { PublicRegister } from './public-register.js';
import { Remembered } from './remembered.js';
import { type Trait, traitOf } from './trait.js';

/** The people of a country, as far as the league needs them: a number each, in the order of the public register. */
export interface PopulationFigures {
  /** People in the register. */
  readonly size: number;
  /** Share of them who are the bank's customers, of whatever age: it has accounts of children, and for a while of the dead. 0 to 1. */
  readonly customerShare: number;
  /** Share of its customers who have locked their membership, 0 to 1. */
  readonly lockedShare: number;
  /** Share of all people who are canaries, 0 to 1. */
  readonly canaryShare: number;
  /** Share of the canaries whom a scanner can tell by what is public, the minors and the deceased, 0 to 1. */
  readonly visibleCanaryShare: number;
  /** Share of its customers who say so when they are told of a question that was never theirs, 0 to 1. */
  readonly denyingShare: number;
}

export const COUNTRY: PopulationFigures = {
  size: 8_000_000,
  customerShare: 0.2,
  lockedShare: 0.002,
  canaryShare: 0.005,
  visibleCanaryShare: 0.5,
  denyingShare: 0.05,
};

/** Tries to find somebody of whom something holds, before it is said that there is nobody. */
const PATIENCE = 100_000;
/** Of the members of a household, those who bank where the household banks: two of them then agree with a correlation of its square. */
const LIKE_THE_HOUSEHOLD = 0.6;
/** Of the register, those who can be seen to be nobody's applicants; `test/league/population.spec.ts` counts them. */
export const VISIBLY_NO_APPLICANTS = 0.21;

/** How many of those who could be canaries of a kind are, 0 to 1. */
interface CanaryRates {
  readonly visible: number;
  readonly staff: number;
  readonly locked: number;
}

/** Who is who, and who is whose customer, follows from the seed and the person's number: what is kept could be worked out again. */
export class Population {
  readonly register: PublicRegister;
  private readonly rates: CanaryRates;
  private readonly customers: Remembered;

  constructor(
    readonly figures: PopulationFigures,
    readonly seed: number,
  ) {
    this.register = new PublicRegister(figures.size, seed, figures.customerShare);
    this.rates = ratesOf(figures);
    this.customers = new Remembered(figures.size, (person) => this.isDrawnAsCustomer(person));
  }

  get size(): number {
    return this.figures.size;
  }

  isCustomer(person: number): boolean {
    return this.customers.has(person);
  }

  isLocked(person: number): boolean {
    return this.trait(person, 'locked') < this.figures.lockedShare && this.isCustomer(person);
  }

  isCanary(person: number): boolean {
    return this.canaryKind(person) !== undefined;
  }

  /** Why no honest partner can have the person as an applicant, where the bank has registered them as a canary. */
  canaryKind(person: number): CanaryKind | undefined {
    const drawn = this.trait(person, 'canary');
    const { visible, staff, locked } = this.rates;
    const isLocked = this.isLocked(person);
    if (drawn >= Math.max(visible, staff) && !isLocked) return undefined;
    if (this.register.births.isMinor(person)) return drawn < visible ? 'minor' : undefined;
    if (this.register.isDeceased(person)) return drawn < visible ? 'deceased' : undefined;
    if (isLocked && this.trait(person, 'agreed as a canary') < locked) return 'locked';
    return drawn < staff ? 'staff' : undefined;
  }

  /** One of the canaries whom the register shows for what they are: who holds it leaves them out, with all that look like them. */
  isVisibleCanary(person: number): boolean {
    const kind = this.canaryKind(person);
    return kind !== undefined && isVisible(kind);
  }

  /** Whether an honest partner can have this person as an applicant. */
  mayApply(person: number): boolean {
    return !this.register.isVisiblyNoApplicant(person) && !this.isCanary(person);
  }

  /**
   * Somebody who walks in at an honest partner: whether a customer as asked, of age, alive, and never a canary.
   * @param candidate anybody's number out of those who can come; anybody's at all unless given
   * @throws Error where nobody like that is found
   */
  applicant(chance: Chance, isCustomer: boolean, candidate: () => number = () => chance.below(this.size)): number {
    for (let tries = 0; tries < PATIENCE; tries++) {
      const person = candidate();
      if (this.isCustomer(person) === isCustomer && this.mayApply(person)) return person;
    }
    throw new Error('nobody like that lives in this population');
  }

  /** A bank has branches, so the share differs by place; and families go to one bank, or to none. */
  private isDrawnAsCustomer(person: number): boolean {
    const { places, households } = this.register;
    const share = places.customerShareOf(places.of(person));
    const isLikeHousehold = this.trait(person, 'customer like the household') < LIKE_THE_HOUSEHOLD;
    return (isLikeHousehold ? this.trait(households.of(person), 'customers of the household') : this.trait(person, 'customer')) < share;
  }

  private trait(person: number, trait: Trait): number {
    return traitOf(this.seed, person, trait);
  }
}

let last: Population | undefined;

/** The population of these figures and this seed; the one that was asked for last is kept, with all that was worked out of its people. */
export function populationOf(figures: PopulationFigures, seed: number): Population {
  if (last?.seed !== seed || JSON.stringify(last.figures) !== JSON.stringify(figures)) last = new Population(figures, seed);
  return last;
}

/** Half of those who cannot be seen are locked customers who agreed to it, as far as there are that many; the others are staff. */
function ratesOf({ customerShare, lockedShare, canaryShare, visibleCanaryShare }: PopulationFigures): CanaryRates {
  const adults = 1 - VISIBLY_NO_APPLICANTS;
  const invisible = canaryShare * (1 - visibleCanaryShare);
  const lockedAdults = customerShare * lockedShare * adults;
  const locked = Math.min(invisible / 2, lockedAdults / 2);
  return {
    visible: (canaryShare * visibleCanaryShare) / VISIBLY_NO_APPLICANTS,
    staff: (invisible - locked) / adults,
    locked: lockedAdults === 0 ? 0 : locked / lockedAdults,
  };
}
