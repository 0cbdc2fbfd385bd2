import type { Brings, DefendedOwner } from './defence.js';
import type { HonestBusiness } from './honest.js';
import type { WalkingOrder } from './walking-order.js';

/** What an adversary does after it was told something about a person. */
export type Cover =
  /** It lets the lead lapse. */
  | 'nothing'
  | 'withdraw'
  /** It creates a customer who never proves their identity: garbage, or somebody else's papers. */
  | 'create'
  /** It pays somebody to become a customer. */
  | 'mule';

/** An owner of the adversary's making. Without honest work the bank knows nothing of it. */
export interface Front {
  readonly owner: string;
  readonly partners: readonly string[];
  /** Of each partner. */
  readonly agents: number;
  /**
   * Honest work that it does at its first partner, while it scans at its last: that of the host, but for these figures. The bank knows
   * it by them.
   */
  readonly business?: Partial<HonestBusiness>;
  /** Figures by which the bank knows it instead, as it made them believe. */
  readonly claims?: Partial<NonNullable<DefendedOwner['figures']>>;
  /** The bank has other partners like it to compare its acknowledged share with, so that the machine may raise what a conversion earns. */
  readonly hasPool?: true;
}

/** What its means cost an adversary, euros. */
export interface Prices {
  /** Somebody who becomes a customer for money. */
  readonly mule: number;
  /** Somebody's papers that pass the bank's proof of identity. */
  readonly papers: number;
  /** A customer who acknowledges that a question was theirs. */
  readonly accomplice: number;
  /** A call that the bank charges for. */
  readonly call: number;
}

/** What a plan is varied by in a sweep, and the values. The value that the plan itself has is not among them. */
export type Sweep = {
  readonly over:
    | 'persons a day'
    | 'of the volume'
    | 'days kept back'
    | 'first day'
    | 'share covered'
    | 'share of padding'
    | 'share of accomplices'
    | 'owners'
    | 'shells'
    | 'names on the list';
  readonly values: readonly number[];
};

/** How an adversary goes about it. Every member is something that it chooses. */
export interface Plan {
  readonly name: string;
  /** One sentence for the report. */
  readonly description: string;
  /** Owners that it sets up. */
  readonly fronts: readonly Front[];
  /**
   * In which of the honest owners it sits: the host; none of them; or each, where anybody's employee may be the one. The host where
   * there are no fronts, unless given.
   */
  readonly sitsIn?: 'host' | 'nobody' | 'anybody';
  /** Within an owner: its questions come from one agent, or evenly from all. */
  readonly agents: 'one' | 'all';
  /** Day of the run on which it begins. */
  readonly from: number;
  /**
   * Persons a day and owner (over all of them, where it sits in anybody): a number, as multiple of the owner's agreed volume; or what
   * the owner's allowance leaves when so many days of honest leads are kept back. A number may keep units back, too, where the owner
   * is told how many are left.
   */
  readonly rate: { readonly ofVolume: number } | { readonly perDay: number; readonly reserve?: number } | { readonly keepDays: number };
  /** After a day on which more than half was refused it asks for half as many, after others for a quarter more. */
  readonly yields: boolean;
  readonly order: WalkingOrder;
  /** Each of its owners goes through a part of the order that is its own; otherwise they take turns. */
  readonly splits?: boolean;
  /** Its targets: everybody, or a list of so many of whom that share are customers. */
  readonly list?: { readonly size: number; readonly customerShare: number };
  /** It leaves out those of whom everybody can see that nobody has them as an applicant. */
  readonly avoidsVisible: boolean;
  readonly cover: Cover | 'stolen papers';
  /** Share of its questions that it covers; the rest lapses. */
  readonly covered: number;
  /** Share of what it opens that is for people who are paid to become customers, of whom it wants to know nothing; none unless given. */
  readonly padding?: number;
  /** Share of what it opens that is for customers in its pay, who acknowledge it, and of whom it wants to know nothing; none unless given. */
  readonly accomplices?: number;
  readonly brings: Brings;
  /** `PRICES` unless given. */
  readonly prices?: Prices;
  /** Its main parameter, for `variationsOf`; none unless given. */
  readonly sweep?: Sweep;
}

/**
 * Assumed, for there is no list of such prices: what is paid for an account opened in one's name, for a set of papers with a face to
 * it, for a word to the bank, and for a call. A bank that knows better puts its own into a plan.
 */
export const PRICES: Prices = { mule: 200, papers: 100, accomplice: 20, call: 1 };
