import { BEFORE_FIRST, type Appended, type EventStore, type ReadStreamOptions } from '../../src/event-sourcing/event-store.js';
import type { NewEvent, RecordedEvent } from '../../src/event-sourcing/message.js';
import { StreamHeads } from '../../src/event-sourcing/stream-heads.js';
import type { Chance } from './chance.js';
import { Link, type Surroundings } from './link.event-store.js';

/** So few that streams are pushed out all the time. */
const HEADS = 12;

/**
 * The way to a log that nobody else writes to, as the embedded one: it knows where the streams end that it wrote or read lately,
 * and whoever asks for what follows there is answered at once.
 */
export class OwnLogLink extends Link {
  private readonly heads = new StreamHeads(HEADS);
  /** Position of the last event that was written. */
  private through = BEFORE_FIRST;

  constructor(log: EventStore, around: Surroundings, chance: Chance) {
    // Noted when it is written, however late whoever wrote it hears of it: those who follow the log must not be ahead.
    const append = async (stream: string, expectedRevision: number, events: readonly NewEvent[]): Promise<Appended> => {
      const appended = await log.append(stream, expectedRevision, events);
      this.noteWritten(stream, appended, events.at(-1)?.id);
      return appended;
    };
    super(Object.assign(Object.create(log) as EventStore, { append }), around, chance);
  }

  endsWith(stream: string, revision: number, id: string): boolean {
    const head = this.heads.get(stream);
    return head !== undefined && head.revision === revision && head.id === id;
  }

  override async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { from = 0, limit = Number.POSITIVE_INFINITY, follows } = options;
    if (follows !== undefined && this.endsWith(stream, from - 1, follows)) return [];
    const asOf = this.through;
    const events = await super.readStream(stream, options);
    if (events.length < limit) this.heads.note(stream, from + events.length - 1, asOf, events.at(-1)?.id);
    return events;
  }

  private noteWritten(stream: string, { revision, position }: Appended, id: string | undefined): void {
    // A repetition says nothing of where the stream ends by now.
    if (position <= this.through) return;
    this.through = position;
    this.heads.note(stream, revision, position, id);
  }
}
