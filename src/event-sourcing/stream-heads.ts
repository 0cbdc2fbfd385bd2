import { LRUCache } from 'lru-cache';
import { BEFORE_FIRST } from './event-store.js';

export interface Head {
  readonly revision: number;
  /** Id of the event at that revision, where it is known. */
  readonly id: string | undefined;
  /** Position up to which this was certainly true when it was learned. */
  readonly asOf: number;
}

/**
 * The last revision of the streams used lately, exact because this process is the only writer and every commit passes here.
 *
 * What a read of the disk found may be older than a commit that was noted and then pushed out in the meantime; so a finding
 * for a stream that is not held is only taken when it is younger than everything ever pushed out.
 */
export class StreamHeads {
  private readonly heads: LRUCache<string, Head>;
  private pushedOut = BEFORE_FIRST;

  constructor(capacity: number) {
    this.heads = new LRUCache({
      max: capacity,
      dispose: ({ asOf }, _stream, reason) => {
        if (reason !== 'set') this.pushedOut = Math.max(this.pushedOut, asOf);
      },
    });
  }

  get(stream: string): Head | undefined {
    return this.heads.get(stream);
  }

  /** @param asOf position of the commit, or the end of the log when the read was sent @param id of the event, if known */
  note(stream: string, revision: number, asOf: number, id?: string): void {
    const known = this.heads.get(stream);
    const isNews = known ? known.revision < revision || (known.revision === revision && known.id === undefined) : asOf >= this.pushedOut;
    if (isNews) this.heads.set(stream, { revision, asOf: Math.max(asOf, known?.asOf ?? BEFORE_FIRST), id });
  }

  forget(stream: string): void {
    this.heads.delete(stream);
  }
}
