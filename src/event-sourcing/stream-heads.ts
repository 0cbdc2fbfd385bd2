import { LRUCache } from 'lru-cache';
import { BEFORE_FIRST } from './event-store.js';

interface Head {
  readonly revision: number;
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

  get(stream: string): number | undefined {
    return this.heads.get(stream)?.revision;
  }

  /** @param asOf position of the commit, or the end of the log when the read was sent */
  note(stream: string, revision: number, asOf: number): void {
    const known = this.heads.get(stream);
    if (known ? known.revision < revision : asOf >= this.pushedOut) this.heads.set(stream, { revision, asOf });
  }

  forget(stream: string): void {
    this.heads.delete(stream);
  }
}
