/** What was forgotten is let go when there is so much of it, and it is the greater half, so that each addition is moved once on average. */
const LET_GO = 64;

/** How many distinct persons there were in a time that moves along. */
export class MovingDistinct {
  /** By person, their last addition. */
  private readonly last = new Map<number, number>();
  /** Of the additions that are not let go, who it was and when, epoch ms; the first of them is number `letGo` of all. */
  private persons: number[] = [];
  private times: number[] = [];
  private letGo = 0;
  /** Of these, those that are forgotten. */
  private forgotten = 0;

  /** @param within milliseconds */
  constructor(private readonly within: number) {}

  /** Forgets who was last there the whole time ago, or longer. */
  advance(now: number): void {
    while (this.forgotten < this.times.length && (this.times[this.forgotten] as number) + this.within <= now) this.forget();
  }

  /** In the order of time. */
  add(person: number, at: number): void {
    this.last.set(person, this.letGo + this.persons.length);
    this.persons.push(person);
    this.times.push(at);
  }

  has(person: number): boolean {
    return this.last.has(person);
  }

  get size(): number {
    return this.last.size;
  }

  /** Epoch ms at which the first of those who are counted is forgotten, unless they are there again; undefined when there is none. */
  get nextForgotten(): number | undefined {
    const oldest = this.times[this.forgotten];
    return oldest === undefined ? undefined : oldest + this.within;
  }

  private forget(): void {
    const person = this.persons[this.forgotten] as number;
    if (this.last.get(person) === this.letGo + this.forgotten) this.last.delete(person);
    this.forgotten += 1;
    if (this.forgotten < LET_GO || this.forgotten * 2 < this.times.length) return;
    this.persons = this.persons.slice(this.forgotten);
    this.times = this.times.slice(this.forgotten);
    this.letGo += this.forgotten;
    this.forgotten = 0;
  }
}
