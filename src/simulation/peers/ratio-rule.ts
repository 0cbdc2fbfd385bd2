import type { DefenceMaker, DefendedWorld, Outcome, Question } from '../defence.js';
import { Blocks } from './blocks.js';
import { keptForEachOwner } from './kept-for-each.js';
import { nextMonth } from './monthly-quota.js';
import { Peer, type Refusal, type Rule } from './peer.js';

export interface RatioRuleParameters {
  /** By how much an owner's share may fall short of the average of all. */
  readonly tolerance: number;
}

/**
 * The ratio rule of the discussion from which this project comes: at the end of each calendar month (UTC) an owner's creates for one
 * check are compared with the average over all owners who asked; who falls below it by more than a tolerance is blocked, and the
 * discussion knows of no end of that.
 *
 * Known from the discussion: the ratio, the average, a tolerance, the month. Decided here: checks are all that were answered, the
 * yeses too, because that is what the plain ratio says; a create counts in the month in which it comes; each owner weighs the same in
 * the average, itself included; ten points of tolerance (an assumption).
 */
export function ratioRule({ tolerance }: RatioRuleParameters = { tolerance: 0.1 }): DefenceMaker {
  return {
    name: `ratio rule, tolerance ${tolerance}`,
    description: `Blocked for good: an owner whose creates for one check fell below the average of all by more than ${tolerance} in a calendar month.`,
    make: (world) => new Peer(world, new RatioRule(world, tolerance)),
  };
}

interface Month {
  readonly owner: string;
  checks: number;
  creates: number;
}

class RatioRule implements Rule {
  private readonly months: Month[] = [];
  private readonly monthOf;
  private readonly blocks = new Blocks('ratio');
  private judgedAt: number;

  constructor(
    world: DefendedWorld,
    private readonly tolerance: number,
  ) {
    this.monthOf = keptForEachOwner(world, ({ owner }) => {
      const month: Month = { owner, checks: 0, creates: 0 };
      this.months.push(month);
      return month;
    });
    this.judgedAt = nextMonth(world.from);
  }

  get alarms() {
    return this.blocks.alarms;
  }

  advance(now: number): void {
    while (now >= this.judgedAt) {
      this.judge(this.judgedAt);
      this.judgedAt = nextMonth(this.judgedAt);
    }
  }

  refuses(question: Question): Refusal | undefined {
    return this.blocks.refuses(question.owner, question.at);
  }

  answered(question: Question): void {
    this.monthOf(question).checks += 1;
  }

  happens(outcome: Outcome, question: Question): void {
    if (outcome === 'created') this.monthOf(question).creates += 1;
  }

  private judge(at: number): void {
    const asked = this.months.filter(({ checks }) => checks > 0);
    const average = asked.reduce((sum, month) => sum + shareOf(month), 0) / asked.length;
    for (const month of asked) {
      if (shareOf(month) < average - this.tolerance) this.blocks.block(month.owner, month, at, Infinity);
    }
    for (const month of this.months) {
      month.checks = 0;
      month.creates = 0;
    }
  }
}

function shareOf({ checks, creates }: Month): number {
  return creates / checks;
}
