import { mixed } from '../sandbox/repeatable.js';
import type { Chance } from './chance.js';

/** The people of a country, as far as the league needs them: a number each, in the order of the public register. */
export interface PopulationFigures {
  /** People in the register. */
  readonly size: number;
  /** Share of them who are the bank's customers, 0 to 1. */
  readonly customerShare: number;
  /** Share of its customers who have locked their membership, 0 to 1. */
  readonly lockedShare: number;
  /** Share of all people who are canaries, 0 to 1. */
  readonly canaryShare: number;
  /** Share of the canaries whom a scanner can tell by what is public, such as minors and the deceased, 0 to 1. */
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

const SCALE = 2 ** 32;
/** Tries to find somebody of whom something holds, before it is said that there is nobody. */
const PATIENCE = 100_000;

/** Who is what follows from the seed and the person's number, so nothing is kept. */
export class Population {
  constructor(
    readonly figures: PopulationFigures,
    private readonly seed: number,
  ) {}

  get size(): number {
    return this.figures.size;
  }

  isCustomer(person: number): boolean {
    return this.share(person, 1) < this.figures.customerShare;
  }

  isLocked(person: number): boolean {
    return this.isCustomer(person) && this.share(person, 2) < this.figures.lockedShare;
  }

  isCanary(person: number): boolean {
    return this.share(person, 3) < this.figures.canaryShare;
  }

  /** Whoever holds the public register can see that nobody has this person as an applicant. */
  isVisibleCanary(person: number): boolean {
    return this.share(person, 3) < this.figures.canaryShare * this.figures.visibleCanaryShare;
  }

  /** Somebody who walks in at an honest partner: whether a customer as asked, and never a canary. */
  applicant(chance: Chance, isCustomer: boolean): number {
    for (let tries = 0; tries < PATIENCE; tries++) {
      const person = chance.below(this.size);
      if (this.isCustomer(person) === isCustomer && !this.isCanary(person)) return person;
    }
    throw new Error('nobody like that lives in this population');
  }

  /** A number that a person has for one purpose, from 0 up to 1, the same at each asking. */
  share(person: number, purpose: number): number {
    return mixed(mixed(person + Math.imul(this.seed, 0x9e3779b9)) + Math.imul(purpose, 0x85ebca6b)) / SCALE;
  }
}
