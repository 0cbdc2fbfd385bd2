import type { AllPage, ReadAllOptions } from './event-store.js';
import type { RecordedEvent } from './message.js';

/** How much is kept, as characters of JSON: what a subscriber that lags a little asks for. */
const KEPT = 4_000_000;

interface Piece {
  readonly events: readonly RecordedEvent[];
  /** Position up to which the log was read for it. */
  readonly through: number;
  readonly size: number;
}

/**
 * The log's last events, read once for all: every projection and process follows the log, and each would otherwise fetch and
 * parse the same few events after each commit. What it hands out is shared, so nobody may change it.
 */
export class LogTail {
  private readonly pieces: Piece[] = [];
  private events: readonly RecordedEvent[] = [];
  /** Holds everything after `from`, up to `through`. */
  private from: number;
  private through: number;
  private fetching: Promise<void> | undefined;

  /** @param end position of the log's last event @param read a page of the log from the disk, with its size in characters */
  constructor(
    end: number,
    private readonly read: (after: number, upTo: number) => Promise<Piece>,
  ) {
    this.from = end;
    this.through = end;
  }

  /** The page that was asked for, or `undefined` when it begins before the tail. @param upTo the log's end when it was asked */
  async page(
    { after, limit, types }: Required<Pick<ReadAllOptions, 'after' | 'limit'>> & ReadAllOptions,
    upTo: number,
  ): Promise<AllPage | undefined> {
    if (after < this.from) return undefined;
    while (this.through < upTo) await (this.fetching ??= this.fetch(upTo));
    // Others may have gone on meanwhile, and have dropped what this one still needs.
    if (after < this.from) return undefined;
    const wanted = types && new Set(types);
    const events: RecordedEvent[] = [];
    for (let i = this.indexAfter(after); i < this.events.length; i++) {
      const event = this.events[i] as RecordedEvent;
      if (wanted && !wanted.has(event.type)) continue;
      events.push(event);
      if (events.length === limit) return { events, through: event.position, atEnd: event.position >= upTo };
    }
    return { events, through: this.through, atEnd: true };
  }

  private async fetch(upTo: number): Promise<void> {
    try {
      const piece = await this.read(this.through, upTo);
      this.pieces.push(piece);
      this.through = piece.through;
      let size = this.pieces.reduce((sum, each) => sum + each.size, 0);
      while (size > KEPT) {
        const oldest = this.pieces.shift() as Piece;
        this.from = oldest.through;
        size -= oldest.size;
      }
      this.events = this.pieces.flatMap(({ events }) => events);
    } finally {
      this.fetching = undefined;
    }
  }

  private indexAfter(position: number): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle] as RecordedEvent).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
