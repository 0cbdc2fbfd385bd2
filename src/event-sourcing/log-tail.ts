import type { AllPage, ReadAllOptions } from './event-store.js';
import type { RecordedEvent } from './message.js';

/** How much is kept, as characters of JSON: what a subscriber that lags a little asks for. */
const KEPT = 4_000_000;

export interface Piece {
  readonly events: readonly RecordedEvent[];
  /** Position up to which the log was read for it. */
  readonly through: number;
  readonly size: number;
}

/**
 * The log's last events, in order and without a gap, up to a size: the oldest make room for new ones. Every projection and
 * process follows the log, and each would otherwise fetch and parse the same few events after each commit. What it hands
 * out is shared, so nobody may change it.
 */
export class RecentEvents {
  private readonly pieces: Piece[] = [];
  private events: RecordedEvent[] = [];
  private size = 0;
  private from: number;
  private last: number;

  /** @param end position after which it holds everything */
  constructor(end: number) {
    this.from = end;
    this.last = end;
  }

  /** Holds everything after some place up to here. */
  get through(): number {
    return this.last;
  }

  holdsAfter(position: number): boolean {
    return position >= this.from;
  }

  /** @param piece begins where the last one ended */
  add(piece: Piece): void {
    this.pieces.push(piece);
    for (const event of piece.events) this.events.push(event);
    this.last = piece.through;
    this.size += piece.size;
    if (this.size > KEPT) this.makeRoom();
  }

  /** The page that was asked for, or `undefined` when it begins before what is held. @param upTo the log's end when it was asked */
  page({ after, limit, types }: Required<Pick<ReadAllOptions, 'after' | 'limit'>> & ReadAllOptions, upTo: number): AllPage | undefined {
    if (!this.holdsAfter(after)) return undefined;
    const wanted = types && new Set(types);
    const events: RecordedEvent[] = [];
    for (let i = this.indexAfter(after); i < this.events.length; i++) {
      const event = this.events[i] as RecordedEvent;
      if (wanted && !wanted.has(event.type)) continue;
      events.push(event);
      if (events.length === limit) return { events, through: event.position, atEnd: event.position >= upTo };
    }
    return { events, through: this.last, atEnd: true };
  }

  /** Down to half, so that an event is moved once in a while and not at each addition. */
  private makeRoom(): void {
    let dropped = 0;
    while (this.size > KEPT / 2 && this.pieces.length > 1) {
      const oldest = this.pieces.shift() as Piece;
      this.from = oldest.through;
      this.size -= oldest.size;
      dropped += oldest.events.length;
    }
    this.events = this.events.slice(dropped);
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
