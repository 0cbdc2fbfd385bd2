import { isForeign, placeOf } from './eventstoredb.envelope.js';
import type { Reads } from './eventstoredb.reads.js';
import { BEFORE_FIRST } from './event-store.js';

/** Events looked at in one read for one of ours among the server's own. */
const SCAN = 500;

/** Where the log ends: asked of the leader each time, since any replica may have written. */
export class LogEnd {
  private asking: Promise<number> | undefined;
  private askingNext: Promise<number> | undefined;
  /** What was found the last time: the events up to `quietTo` need not be looked at again. */
  private known = { end: BEFORE_FIRST, quietTo: BEFORE_FIRST };

  constructor(private readonly reads: Pick<Reads, 'lastBefore'>) {}

  /**
   * Position of the last event of ours. A read that began before the call is no answer to it, since something may have been
   * acknowledged in between; so all calls that come while one read is under way share the next one.
   * @throws StoreUnavailable
   */
  read(): Promise<number> {
    if (this.asking) return (this.askingNext ??= this.afterwards(this.asking));
    return this.begin();
  }

  private begin(): Promise<number> {
    this.asking = this.find().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async afterwards(current: Promise<number>): Promise<number> {
    await current.catch(() => {});
    this.askingNext = undefined;
    return this.begin();
  }

  private async find(): Promise<number> {
    let last: number | undefined;
    for (let before: number | undefined, count = 1; ; count = SCAN) {
      const events = await this.reads.lastBefore(before, count);
      last ??= events[0] && placeOf(events[0]);
      const ours = events.find((event) => !isForeign(event));
      before = events.at(-1) && placeOf(events.at(-1)!);
      if (ours) return this.note(placeOf(ours), last);
      if (before === undefined || before <= this.known.quietTo) return this.note(this.known.end, last);
      if (events.length < count) return this.note(BEFORE_FIRST, last);
    }
  }

  private note(end: number, quietTo = BEFORE_FIRST): number {
    this.known = { end, quietTo };
    return end;
  }
}
