import type { Brings } from './defence.js';
import type { Chance } from './chance.js';
import type { Population } from './population.js';

/** What an adversary does after it was told something about a person. */
export type Cover =
  /** It lets the lead lapse. */
  | 'nothing'
  | 'withdraw'
  /** It creates a customer who never proves their identity: garbage, or somebody else's papers. */
  | 'create'
  /** It pays somebody to become a customer. */
  | 'mule';

/** An owner of the adversary's making. Without figures the bank knows nothing of it. */
export interface Front {
  readonly owner: string;
  readonly partners: readonly string[];
  readonly agents: number;
}

/** How an adversary goes about it. Every member is something that it chooses. */
export interface Plan {
  readonly name: string;
  /** One sentence for the report. */
  readonly description: string;
  /** Owners that it sets up; where there are none it works inside the honest host. */
  readonly fronts: readonly Front[];
  /** Within the host: its questions come from one agent, or evenly from all. */
  readonly agents: 'one' | 'all';
  /** Day of the run on which it begins. */
  readonly from: number;
  /**
   * Persons a day and owner: a number, as multiple of the host's agreed volume; or what the owner's allowance leaves when so many
   * days of honest leads are kept back. A number may keep units back, too, where the owner is told how many are left.
   */
  readonly rate: { readonly ofVolume: number } | { readonly perDay: number; readonly reserve?: number } | { readonly keepDays: number };
  /** After a day on which more than half was refused it asks for half as many, after others for a quarter more. */
  readonly yields: boolean;
  readonly order: 'register' | 'shuffled' | 'random';
  /** Its targets: everybody, or a list of so many of whom that share are customers. */
  readonly list?: { readonly size: number; readonly customerShare: number };
  /** It leaves out those of whom everybody can see that nobody has them as an applicant. */
  readonly avoidsVisible: boolean;
  readonly cover: Cover;
  /** Share of its questions that it covers; the rest lapses. */
  readonly covered: number;
  readonly brings: Brings;
}

/** What it sees of its owner in the morning. */
export interface Morning {
  readonly day: number;
  /** Units left, where the defence tells its partners; else undefined. */
  readonly balance: number | undefined;
  /** L of the host, leads a weekday. */
  readonly volume: number;
}

const WHAT_IS_PUBLIC: Brings = { name: true, secret: false, contact: false };
const LOOSE: Omit<Plan, 'name' | 'description'> = {
  fronts: [],
  agents: 'one',
  from: 0,
  rate: { perDay: 100 },
  yields: false,
  order: 'random',
  avoidsVisible: true,
  cover: 'nothing',
  covered: 1,
  brings: WHAT_IS_PUBLIC,
};

const front = (owner: string, partners = 1, agents = 1): Front => ({
  owner,
  partners: Array.from({ length: partners }, (_, n) => `${owner}-${n + 1}`),
  agents,
});
const fronts = (count: number): readonly Front[] => Array.from({ length: count }, (_, n) => front(`nominee-${n + 1}`));

/** The adversaries of the standing table, the bluntest first. */
export const ADVERSARIES: readonly Plan[] = [
  {
    ...LOOSE,
    name: 'blatant',
    description: 'a new partner that asks about three thousand persons a day',
    fronts: [front('scanner')],
    rate: { perDay: 3_000 },
    yields: true,
    avoidsVisible: false,
  },
  {
    ...LOOSE,
    name: 'register walk',
    description: 'the same, street by street through the register',
    fronts: [front('scanner')],
    rate: { perDay: 3_000 },
    yields: true,
    order: 'register',
    avoidsVisible: false,
  },
  {
    ...LOOSE,
    name: 'at the edge',
    description: 'a new partner that asks for a quarter more each day until half of it is refused',
    fronts: [front('scanner')],
    rate: { perDay: 20 },
    yields: true,
  },
  {
    ...LOOSE,
    name: 'one a day',
    description: 'a new partner that asks about one person a day',
    fronts: [front('scanner')],
    rate: { perDay: 1 },
  },
  {
    ...LOOSE,
    name: 'shells',
    description: 'ten shells of one owner',
    fronts: [front('shells', 10)],
    rate: { perDay: 1_000 },
    yields: true,
  },
  {
    ...LOOSE,
    name: 'nominees',
    description: 'ten owners that nobody knows to be one',
    fronts: fronts(10),
    rate: { perDay: 100 },
    yields: true,
  },
  { ...LOOSE, name: 'rogue agent', description: 'one employee of an honest partner, a twentieth of its volume', rate: { ofVolume: 0.05 } },
  {
    ...LOOSE,
    name: 'rogue system',
    description: 'the system of an honest partner, a twentieth of its volume spread over all agents, from the first day',
    agents: 'all',
    rate: { ofVolume: 0.05 },
    order: 'shuffled',
  },
  {
    ...LOOSE,
    name: 'the margin',
    description: 'the system of an honest partner that takes whatever the allowance leaves beyond ten days of leads',
    agents: 'all',
    rate: { keepDays: 10 },
    order: 'shuffled',
  },
  {
    ...LOOSE,
    name: 'turncoat',
    description: 'an honest partner that turns after half a year and takes all that it can',
    agents: 'all',
    from: 182,
    rate: { keepDays: 0 },
    order: 'shuffled',
  },
  {
    ...LOOSE,
    name: 'withdrawals',
    description: 'the rogue system, which withdraws what it asked',
    agents: 'all',
    rate: { ofVolume: 0.05 },
    cover: 'withdraw',
  },
  {
    ...LOOSE,
    name: 'fake creates',
    description: 'the rogue system, which creates whom it asked about, without a proof of identity',
    agents: 'all',
    rate: { ofVolume: 0.05 },
    cover: 'create',
  },
  {
    ...LOOSE,
    name: 'mules',
    description: 'the rogue system, which pays for one conversion for each five persons',
    agents: 'all',
    rate: { ofVolume: 0.2 },
    cover: 'mule',
    covered: 0.2,
  },
  {
    ...LOOSE,
    name: 'a thousand names',
    description: 'a list of a thousand celebrities, asked by the rogue system',
    agents: 'all',
    rate: { ofVolume: 0.05 },
    list: { size: 1_000, customerShare: 0.2 },
  },
  {
    ...LOOSE,
    name: 'stolen list',
    description: 'whoever stole a list of which 95 % are customers, and wants it verified',
    agents: 'all',
    rate: { keepDays: 10 },
    list: { size: 50_000, customerShare: 0.95 },
  },
  {
    ...LOOSE,
    name: 'stolen secrets',
    description: 'the same, with the customers’ secrets on the list',
    agents: 'all',
    rate: { keepDays: 10 },
    list: { size: 50_000, customerShare: 0.95 },
    brings: { name: true, secret: true, contact: false },
  },
];

/** Requests come one after the other: a scanner that nobody refuses gets through no more. */
const MOST_A_DAY = 3_000;

/** One adversary at work: whom it asks about, and how many. */
export class Adversary {
  private asked = 0;
  private rate = 0;
  private readonly start: number;

  constructor(
    readonly plan: Plan,
    private readonly population: Population,
    private readonly chance: Chance,
  ) {
    this.start = chance.below(population.size);
  }

  /** How many persons of one owner it wants to ask about today. @param refused share of what it asked yesterday */
  wishes({ day, balance, volume }: Morning, refused: number): number {
    if (day < this.plan.from) return 0;
    const { rate, yields } = this.plan;
    if ('keepDays' in rate) {
      // Where nobody tells what is left it asks for as much again as the partner does honestly, and yields where that is refused.
      if (balance !== undefined) return Math.max(0, Math.floor(balance - rate.keepDays * volume));
      return this.yielding(volume, refused);
    }
    const wished = 'perDay' in rate ? rate.perDay : rate.ofVolume * volume;
    if (yields) return this.yielding(wished, refused);
    const asked = Math.floor(wished) + (this.chance.happens(wished % 1) ? 1 : 0);
    const kept = 'reserve' in rate ? (rate.reserve ?? 0) : undefined;
    return kept === undefined || balance === undefined ? asked : Math.max(0, Math.min(asked, Math.floor(balance - kept)));
  }

  /** The next person of its list; `undefined` when it is through. */
  target(): number | undefined {
    const { list, avoidsVisible, order } = this.plan;
    const size = list?.size ?? this.population.size;
    for (let tries = 0; tries < 1_000 && this.asked < size; tries++) {
      const person = list === undefined ? this.anybody(order) : this.onList(list.customerShare);
      this.asked += 1;
      if (!avoidsVisible || !this.population.isVisibleCanary(person)) return person;
    }
    return undefined;
  }

  private yielding(first: number, refused: number): number {
    if (this.rate === 0) this.rate = first;
    else this.rate = Math.max(1, refused > 0.5 ? this.rate / 2 : this.rate * 1.25);
    this.rate = Math.min(this.rate, MOST_A_DAY);
    return Math.floor(this.rate);
  }

  private anybody(order: Plan['order']): number {
    switch (order) {
      case 'register':
        return (this.start + this.asked) % this.population.size;
      case 'shuffled':
        // A stride that has no factor in common with the size comes to everybody once.
        return (this.start + this.asked * STRIDE) % this.population.size;
      case 'random':
        return this.chance.below(this.population.size);
    }
  }

  private onList(customerShare: number): number {
    return this.population.applicant(this.chance, this.chance.happens(customerShare));
  }
}

/** A prime. */
const STRIDE = 1_000_003;
