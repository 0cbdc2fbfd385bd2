import type { Alarm, Reply } from './defence.js';
import { Learned, type Learning } from './learned.js';
import { type Plan, PRICES } from './plan.js';
import type { PopulationFigures } from './population.js';

/** What an adversary got, and what it paid. */
export interface ScanResult extends Learning {
  /** Questions about people of whom it wants to know something. */
  readonly asked: number;
  readonly refused: number;
  /** Questions of the adversary's owners, honest ones included, until the first of each; undefined where there was none. */
  readonly untilStep?: number;
  readonly untilNotice?: number;
  /** Until its owner was stopped, the days included that the human took. */
  readonly untilStop?: number;
  /** People whom it paid to become customers. */
  readonly mules: number;
  /** Sets of stolen papers that it used. */
  readonly papers: number;
  /** Customers whom it paid to acknowledge a question. */
  readonly accomplices: number;
  /** Calls that its owners were charged for. */
  readonly charged: number;
  /** All of that at the plan's prices, euros. */
  readonly cost: number;
}

interface Share {
  asked: number;
  refused: number;
}

/** Counts what becomes of an adversary. */
export class ScanTally {
  private readonly learned: Learned;
  private readonly sum = { asked: 0, refused: 0, mules: 0, papers: 0, accomplices: 0 };
  private readonly until: { step?: number; notice?: number; stop?: number } = {};
  /** Of each of its owners, by the day. */
  private readonly days = new Map<string, Share[]>();
  private questions = 0;

  /** @param population what the adversary believed of everybody before, and how many they are */
  constructor(
    private readonly plan: Plan,
    { customerShare, size }: Pick<PopulationFigures, 'customerShare' | 'size'>,
  ) {
    this.learned = new Learned(customerShare, size);
  }

  /** One of its owners asked something, for whatever reason. */
  question(): void {
    this.questions += 1;
  }

  /** It asked, to know or to pad. @param desk through which it did */
  asked(desk: string, day: number, reply: Reply): void {
    const share = (this.daysOf(desk)[day] ??= { asked: 0, refused: 0 });
    share.asked += 1;
    if (reply.kind === 'refused') share.refused += 1;
  }

  /** It asked about somebody of whom it wants to know something. @param worth of a `no`, as `worthOf` */
  scanned(person: number, reply: Reply, worth: number, isCustomer: boolean): void {
    this.sum.asked += 1;
    if (reply.kind === 'refused') this.sum.refused += 1;
    if (reply.kind === 'answered') this.learned.told(person, reply.answer, worth, isCustomer);
  }

  mule(): void {
    this.sum.mules += 1;
  }

  papers(): void {
    this.sum.papers += 1;
  }

  accomplice(): void {
    this.sum.accomplices += 1;
  }

  alarm({ isStep }: Alarm): void {
    if (isStep) this.until.step ??= this.questions;
    else this.until.notice ??= this.questions;
  }

  stop(): void {
    this.until.stop ??= this.questions;
  }

  /** Share of what it asked through a desk on a day that was refused; 0 where it asked nothing. */
  refusedShare(desk: string, day: number): number {
    const share = this.daysOf(desk)[day];
    return share === undefined ? 0 : share.refused / share.asked;
  }

  private daysOf(desk: string): Share[] {
    const known = this.days.get(desk) ?? [];
    if (known.length === 0) this.days.set(desk, known);
    return known;
  }

  /** @param charged calls that its owners were charged for */
  result(charged: number): ScanResult {
    const { step, notice, stop } = this.until;
    const { mules, papers, accomplices } = this.sum;
    const prices = this.plan.prices ?? PRICES;
    return {
      ...this.learned.total,
      ...this.sum,
      ...(step !== undefined && { untilStep: step }),
      ...(notice !== undefined && { untilNotice: notice }),
      ...(stop !== undefined && { untilStop: stop }),
      charged,
      cost: mules * prices.mule + papers * prices.papers + accomplices * prices.accomplice + charged * prices.call,
    };
  }
}
