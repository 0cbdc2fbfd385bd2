import type { AllPage, ReadAllOptions, SubscribeOptions } from './event-store.js';

/** Tells whoever waits that the log has grown. */
export class CommitSignal {
  private readonly waiting = new Set<() => void>();

  wake(): void {
    for (const resume of this.waiting) resume();
    this.waiting.clear();
  }

  /** Resolves at the next `wake`, or when `abort` is aborted. */
  next(abort: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        abort.removeEventListener('abort', resume);
        this.waiting.delete(resume);
        resolve();
      };
      abort.addEventListener('abort', resume);
      this.waiting.add(resume);
    });
  }
}

/**
 * A subscription made of reads: the next page is read only when the last one has been handled, and a consumer that is behind
 * gets larger pages instead of a queue.
 * @param end position of the log's last event; throws when the store is closed or has failed
 */
export async function* commitPages(
  { after, signal, ...filter }: SubscribeOptions,
  readAll: (options: ReadAllOptions) => Promise<AllPage>,
  end: () => number,
  commits: CommitSignal,
): AsyncGenerator<AllPage, void, undefined> {
  let through = after;
  while (!signal.aborted) {
    if (end() <= through) {
      // Nothing can be committed between the look and the wait: both happen in one turn of the event loop.
      await commits.next(signal);
      continue;
    }
    const page = await readAll({ ...filter, after: through });
    if (signal.aborted) return;
    through = page.through;
    yield page;
  }
}
