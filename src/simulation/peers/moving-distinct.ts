import { Queue } from './queue.js';

/** How many distinct persons there were in a time that moves along. */
export class MovingDistinct {
  /** Epoch ms of the last time, by person. */
  private readonly last = new Map<number, number>();
  private readonly inOrder = new Queue<{ readonly person: number; readonly at: number }>();

  /** @param within milliseconds */
  constructor(private readonly within: number) {}

  /** Forgets who was last there the whole time ago, or longer. */
  advance(now: number): void {
    for (let oldest = this.inOrder.first; oldest !== undefined && oldest.at + this.within <= now; oldest = this.inOrder.first) {
      this.inOrder.drop();
      if (this.last.get(oldest.person) === oldest.at) this.last.delete(oldest.person);
    }
  }

  /** In the order of time. */
  add(person: number, at: number): void {
    this.last.set(person, at);
    this.inOrder.push({ person, at });
  }

  has(person: number): boolean {
    return this.last.has(person);
  }

  get size(): number {
    return this.last.size;
  }

  /** Epoch ms at which the first of those who are counted is forgotten, unless they are there again; undefined when there is none. */
  get nextForgotten(): number | undefined {
    return this.inOrder.first === undefined ? undefined : this.inOrder.first.at + this.within;
  }
}
