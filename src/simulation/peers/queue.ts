/** First in, first out, in constant time on average. */
export class Queue<T> {
  private items: T[] = [];
  private head = 0;

  push(item: T): void {
    this.items.push(item);
  }

  get first(): T | undefined {
    return this.items[this.head];
  }

  /** Does nothing when it is empty. */
  drop(): void {
    if (this.head === this.items.length) return;
    this.head += 1;
    // What was dropped is let go when it is the greater half, so that each item is moved once on average.
    if (this.head < 64 || this.head * 2 < this.items.length) return;
    this.items = this.items.slice(this.head);
    this.head = 0;
  }

  get size(): number {
    return this.items.length - this.head;
  }
}
