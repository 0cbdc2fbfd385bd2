import type { Chance } from './chance.js';
import type { Plan } from './plan.js';
import type { Population } from './population.js';
import { walk } from './walking-order.js';

/** What it sees of its owner in the morning. */
export interface Morning {
  readonly day: number;
  /** Units left, where the defence tells its partners; else undefined. */
  readonly balance: number | undefined;
  /** L of the owner, leads a weekday; of the host where it has none. */
  readonly volume: number;
}

/** Requests come one after the other: a scanner that nobody refuses gets through no more, through however many owners. */
const MOST_A_DAY = 3_000;
/** Of those whom it leaves out one after the other, after which it is through for the day. */
const PATIENCE = 1_000;

/** Where one of its owners is. */
interface Desk {
  rate: number;
  readonly targets: Targets;
}

interface Targets {
  left: number;
  readonly next: () => number | undefined;
}

/** One adversary at work: whom it asks about, and how many. */
export class Adversary {
  private readonly desks = new Map<string, Desk>();
  private readonly start: number;
  private readonly shared: Targets | undefined;

  /** @param owners that it works through, in their order */
  constructor(
    readonly plan: Plan,
    owners: readonly string[],
    private readonly population: Population,
    private readonly chance: Chance,
  ) {
    this.start = chance.next();
    if (plan.splits !== true) this.shared = this.targetsFrom(0, 1);
    for (const [n, owner] of owners.entries()) {
      this.desks.set(owner, { rate: 0, targets: this.shared ?? this.targetsFrom(n / owners.length, 1 / owners.length) });
    }
  }

  /** How many persons it wants to ask about through an owner today. @param refused share of what it asked yesterday */
  wishes(owner: string, { day, balance, volume }: Morning, refused: number): number {
    if (day < this.plan.from) return 0;
    const { rate, yields } = this.plan;
    if ('keepDays' in rate) {
      // Where nobody tells what is left it asks for as much again as the partner does honestly, and yields where that is refused.
      if (balance !== undefined) return Math.max(0, Math.floor(balance - rate.keepDays * volume));
      return this.yielding(owner, volume, refused);
    }
    const wished = 'perDay' in rate ? rate.perDay : rate.ofVolume * volume;
    if (yields) return this.yielding(owner, wished, refused);
    const asked = Math.floor(wished) + (this.chance.happens(wished % 1) ? 1 : 0);
    const kept = 'reserve' in rate ? (rate.reserve ?? 0) : undefined;
    return kept === undefined || balance === undefined ? asked : Math.max(0, Math.min(asked, Math.floor(balance - kept)));
  }

  /** The next person whom it asks about through an owner; `undefined` when it is through with its list, or the register. */
  target(owner: string): number | undefined {
    const { targets } = this.deskOf(owner);
    for (let tries = 0; tries < PATIENCE && targets.left > 0; tries++) {
      const person = targets.next();
      targets.left -= 1;
      if (person !== undefined && !(this.plan.avoidsVisible && this.population.register.isVisiblyNoApplicant(person))) return person;
    }
    return undefined;
  }

  private yielding(owner: string, first: number, refused: number): number {
    const desk = this.deskOf(owner);
    if (desk.rate === 0) desk.rate = first;
    else desk.rate = Math.max(1, refused > 0.5 ? desk.rate / 2 : desk.rate * 1.25);
    desk.rate = Math.min(desk.rate, MOST_A_DAY / this.desks.size);
    return Math.floor(desk.rate);
  }

  /** @param from the share of the order before it @param share of the order that is its own */
  private targetsFrom(from: number, share: number): Targets {
    const { population, chance } = this;
    const { list, order } = this.plan;
    if (list !== undefined) return { left: list.size, next: () => population.applicant(chance, chance.happens(list.customerShare)) };
    const steps = walk(order, population, (this.start + from) % 1, chance);
    return {
      left: Math.floor(population.size * share),
      next: () => {
        const step = steps.next();
        return step.done === true ? undefined : step.value;
      },
    };
  }

  private deskOf(owner: string): Desk {
    const desk = this.desks.get(owner);
    if (desk === undefined) throw new Error('an owner through which this adversary does not work');
    return desk;
  }
}
