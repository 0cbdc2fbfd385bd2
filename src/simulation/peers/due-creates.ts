import type { Question } from '../defence.js';
import { Queue } from './queue.js';

interface Due {
  readonly question: Question;
  /** Epoch ms. */
  readonly by: number;
  isCreated: boolean;
}

/**
 * The checks of which it is not yet known whether a create follows. A person about whom the same partner asks again meanwhile is
 * expected once. Holds no more than the deadline's worth of questions.
 */
export class DueCreates {
  private readonly expected = new Map<string, Map<number, Due>>();
  private readonly inOrder = new Queue<Due>();

  /** @param within milliseconds from the check to its deadline */
  constructor(private readonly within: number) {}

  expect(question: Question): void {
    const ofPartner = this.ofPartner(question.partner);
    if (ofPartner.has(question.person)) return;
    const due: Due = { question, by: question.at + this.within, isCreated: false };
    ofPartner.set(question.person, due);
    this.inOrder.push(due);
  }

  /** @returns whether a create was due for this person */
  created({ partner, person }: Question): boolean {
    const due = this.expected.get(partner)?.get(person);
    if (due === undefined) return false;
    due.isCreated = true;
    this.ofPartner(partner).delete(person);
    return true;
  }

  /** @returns the next check whose create has not come by its deadline, which is thereby done with */
  nextMissed(now: number): Due | undefined {
    for (let due = this.inOrder.first; due !== undefined && due.by <= now; due = this.inOrder.first) {
      this.inOrder.drop();
      if (due.isCreated) continue;
      this.ofPartner(due.question.partner).delete(due.question.person);
      return due;
    }
    return undefined;
  }

  private ofPartner(partner: string): Map<number, Due> {
    const found = this.expected.get(partner);
    if (found !== undefined) return found;
    const none = new Map<number, Due>();
    this.expected.set(partner, none);
    return none;
  }
}
