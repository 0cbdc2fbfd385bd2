import type { Alarm, Defence, DefendedWorld, Outcome, Question, Reply } from '../defence.js';

export type Refusal = Extract<Reply, { readonly kind: 'refused' }>;

/** What tells one peer from another. Everything else about them is the same: whoever is not refused is answered truthfully. */
export interface Rule {
  /** @param now epoch ms */
  advance?(now: number): void;
  /** Counts the question, and says what it is refused with; undefined lets it through. */
  refuses?(question: Question): Refusal | undefined;
  /** It was let through and answered: what watches instead of standing in the way sees it only now. */
  answered?(question: Question, answer: 'yes' | 'no'): void;
  /** @param at epoch ms */
  happens?(outcome: Outcome, question: Question, at: number): void;
  /** In the price of one call. */
  charged?(owner: string): number;
  readonly alarms?: readonly Alarm[];
}

const YES: Reply = { kind: 'answered', answer: 'yes' };
const NO: Reply = { kind: 'answered', answer: 'no' };
const NO_ALARMS: readonly Alarm[] = [];
const STOPPED: Refusal = { kind: 'refused', code: 'STOPPED' };

/** `IsOurCustomer` as it would be without this service, behind one rule: a yes for a customer whose name and birth date fit. */
export class Peer implements Defence {
  private readonly stopped = new Set<string>();

  constructor(
    private readonly world: DefendedWorld,
    private readonly rule: Rule,
  ) {}

  get alarms(): readonly Alarm[] {
    return this.rule.alarms ?? NO_ALARMS;
  }

  advance(now: number): void {
    this.rule.advance?.(now);
  }

  ask(question: Question): Reply {
    if (this.stopped.size > 0 && this.stopped.has(question.owner)) return STOPPED;
    const refusal = this.rule.refuses?.(question);
    if (refusal !== undefined) return refusal;
    const isConfirmed = question.brings.name && this.world.isCustomer(question.person);
    this.rule.answered?.(question, isConfirmed ? 'yes' : 'no');
    return isConfirmed ? YES : NO;
  }

  happens(outcome: Outcome, question: Question, at: number): void {
    // A run may tell of an outcome before it says what time it is; a deadline that was over by then comes first.
    this.rule.advance?.(at);
    this.rule.happens?.(outcome, question, at);
  }

  stop(owner: string): void {
    this.stopped.add(owner);
  }

  charged(owner: string): number {
    return this.rule.charged?.(owner) ?? 0;
  }
}
