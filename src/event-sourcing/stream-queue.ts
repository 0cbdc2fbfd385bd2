/** Work on one stream, one piece at a time, in the order it came; different streams run side by side (R5). */
export class StreamQueue {
  private readonly tails = new Map<string, Promise<void>>();

  /** Streams with work waiting or running. */
  get size(): number {
    return this.tails.size;
  }

  run<Result>(stream: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.tails.get(stream) ?? Promise.resolve()).then(work);
    const tail: Promise<void> = result.then(
      () => this.leave(stream, tail),
      () => this.leave(stream, tail),
    );
    this.tails.set(stream, tail);
    return result;
  }

  private leave(stream: string, tail: Promise<void>): void {
    if (this.tails.get(stream) === tail) this.tails.delete(stream);
  }
}
