import type { Chance } from './chance.js';
import type { Population } from './population.js';

/** Where an honest partner's applicants come from. */
export type Catchment =
  | 'country'
  /** They live near the partner. */
  | 'neighbourhood'
  /** The partner goes to them, from door to door: a neighbourhood a day. */
  | 'street by street';

/** How far from the partner its applicants live, in persons of the register: a town or two, seldom more than the province. */
const NEAR = 15_000;
const FAR = 200_000;

/** The people who come to an honest partner, one after the other. */
export class WalkIns {
  private readonly home: number;
  private door = 0;
  private last: number | undefined;

  /** @param families share of the applicants with whom another of their household comes, 0 to 1 */
  constructor(
    private readonly catchment: Catchment,
    private readonly families: number,
    private readonly population: Population,
    private readonly chance: Chance,
  ) {
    this.home = catchment === 'country' ? 0 : chance.below(population.size);
  }

  /** A new day: nobody comes along with somebody of yesterday, and the seller begins in another neighbourhood. */
  begin(): void {
    this.last = undefined;
    if (this.catchment === 'street by street') this.door = this.nearby();
  }

  /** @param isCustomer whether of the bank */
  next(isCustomer: boolean): number {
    const companion = this.families > 0 && this.chance.happens(this.families) ? this.ofLastHousehold(isCustomer) : undefined;
    // Who came along brings nobody.
    this.last = companion === undefined ? this.someone(isCustomer) : undefined;
    this.door = Math.max(this.door, (companion ?? 0) + 1);
    return companion ?? (this.last as number);
  }

  private someone(isCustomer: boolean): number {
    switch (this.catchment) {
      case 'country':
        return this.population.applicant(this.chance, isCustomer);
      case 'neighbourhood':
        return this.population.applicant(this.chance, isCustomer, () => this.nearby());
      case 'street by street':
        return this.population.applicant(this.chance, isCustomer, () => this.door++ % this.population.size);
    }
  }

  private ofLastHousehold(isCustomer: boolean): number | undefined {
    const { last, population } = this;
    if (last === undefined) return undefined;
    const others = population.register.households.membersOf(last).filter((member) => member !== last);
    return others.find((other) => population.isCustomer(other) === isCustomer && population.mayApply(other));
  }

  private nearby(): number {
    const { size } = this.population;
    const away = Math.floor(this.chance.wait(NEAR, FAR)) * (this.chance.happens(0.5) ? 1 : -1);
    return (((this.home + away) % size) + size) % size;
  }
}
