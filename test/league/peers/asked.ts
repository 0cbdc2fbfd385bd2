import type { Defence, DefendedOwner, DefendedWorld, DefenceMaker, Outcome, Question, Reply } from '../../../src/simulation/defence.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Thursday, midnight UTC, and the begin of a month. */
export const FROM = Date.UTC(2026, 0, 1);

/** Customers are the even ones. */
const isCustomer = (person: number): boolean => person % 2 === 0;

export function anOwner(owner: string, leadsPerDay?: number, partners: readonly string[] = [`${owner}-partner`]): DefendedOwner {
  return {
    owner,
    partners: partners.map((partner) => ({ partner, agents: ['ann', 'bob'] })),
    ...(leadsPerDay !== undefined && { figures: { leadsPerDay, existingShare: 0.2, acknowledgedShare: 0.5, conversion: 0.5 } }),
  };
}

export type Asked = Partial<Pick<Question, 'owner' | 'partner' | 'agent' | 'brings'>>;

/** A defence that is driven as a run drives it. Times are milliseconds since the run's begin. */
export class AskedPeer {
  readonly defence: Defence;
  private questions = 0;

  constructor(maker: DefenceMaker, owners: readonly DefendedOwner[] = [anOwner('one', 10)]) {
    const world = { seed: 1, from: FROM, isCustomer, isLocked: () => false, isCanary: () => false, owners };
    this.defence = maker.make(world satisfies DefendedWorld);
  }

  ask(after: number, person: number, asked: Asked = {}): Reply {
    this.defence.advance(FROM + after);
    return this.defence.ask(this.question(after, person, asked));
  }

  happens(outcome: Outcome, after: number, person: number, asked: Asked = {}): void {
    this.defence.happens(outcome, this.question(after, person, asked), FROM + after);
  }

  /** Asks, and the create follows at once. */
  askAndCreate(after: number, person: number, asked: Asked = {}): Reply {
    const reply = this.ask(after, person, asked);
    this.happens('created', after, person, asked);
    return reply;
  }

  isRefused(after: number, person: number, asked: Asked = {}): boolean {
    return this.ask(after, person, asked).kind === 'refused';
  }

  /** Asks about so many persons, one every `apart`; @returns how many were answered */
  askMany(count: number, { from = 0, apart = 0, firstPerson = 0, ...asked }: Many = {}): number {
    let answered = 0;
    for (let n = 0; n < count; n++) {
      if (this.ask(from + n * apart, firstPerson + n, asked).kind === 'answered') answered += 1;
    }
    return answered;
  }

  /** Milliseconds since the begin at which each alarm was raised. */
  get alarmedAfter(): readonly number[] {
    return this.defence.alarms.map(({ at }) => at - FROM);
  }

  private question(after: number, person: number, asked: Asked): Question {
    const { owner = 'one' } = asked;
    const brings = { name: true, secret: false, contact: false };
    return { id: this.questions++, at: FROM + after, person, owner, partner: `${owner}-partner`, agent: 'ann', brings, ...asked };
  }
}

export interface Many extends Asked {
  readonly from?: number;
  readonly apart?: number;
  readonly firstPerson?: number;
}

/** @returns when a refusal says to come back, in milliseconds since the begin; undefined when it was none, or said nothing */
export function backAfter(reply: Reply): number | undefined {
  return reply.kind === 'refused' && reply.retryAt !== undefined ? reply.retryAt - FROM : undefined;
}
