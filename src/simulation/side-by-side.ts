import type { Alarm, Defence, DefendedWorld, DefenceMaker, Outcome, Question, Reply } from './defence.js';

/** A defence at work, by the name of its maker. */
interface AtWork {
  readonly name: string;
  readonly defence: Defence;
}

/**
 * Defences on the same traffic, side by side for as long as they make no difference: each hears what the first hears, and one that
 * does not answer as the first does leaves, for before it the traffic would have gone on otherwise. What is left in the end has come
 * to the same, and was played once.
 */
export class SideBySide implements Defence {
  private readonly first: Defence;
  private beside: readonly AtWork[];

  /** @param makers of defences that no human watches over, and that demand nothing; one at least */
  constructor(makers: readonly DefenceMaker[], world: DefendedWorld) {
    const [first, ...beside] = makers.map((maker) => ({ name: maker.name, defence: maker.make(world) })) as [AtWork, ...AtWork[]];
    this.first = first.defence;
    this.beside = beside;
  }

  get alarms(): readonly Alarm[] {
    return this.first.alarms;
  }

  /** Those that did as the first did, itself left out. */
  get alike(): readonly AtWork[] {
    return this.alarms.length > 0 ? [] : this.beside.filter(({ defence }) => defence.alarms.length === 0);
  }

  advance(now: number): void {
    this.first.advance(now);
    for (const { defence } of this.beside) defence.advance(now);
  }

  ask(question: Question): Reply {
    const reply = this.first.ask(question);
    for (const each of this.beside) if (!isSameAnswer(reply, each.defence.ask(question))) this.leave(each);
    return reply;
  }

  happens(outcome: Outcome, question: Question, at: number): void {
    this.first.happens(outcome, question, at);
    for (const { defence } of this.beside) defence.happens(outcome, question, at);
  }

  stop(owner: string, at: number): void {
    this.first.stop(owner, at);
    for (const { defence } of this.beside) defence.stop(owner, at);
  }

  charged(owner: string): number {
    return this.first.charged(owner);
  }

  private leave(leaving: AtWork): void {
    this.beside = this.beside.filter((each) => each !== leaving);
  }
}

/** A refusal is never the same: it may say until when. */
function isSameAnswer(one: Reply, other: Reply): boolean {
  return one.kind === 'answered' && other.kind === 'answered' && one.answer === other.answer;
}
