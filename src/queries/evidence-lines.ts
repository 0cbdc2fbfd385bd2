import type { AllPage, EventStore } from '../event-sourcing/event-store.js';
import type { RecordedEvent } from '../event-sourcing/message.js';
import { cloudEvent } from './cloud-event.js';

/** Events read at a time: batches of the register are large. */
const PAGE = 100;
/** Characters sent at a time, about. */
const CHUNK = 65_536;

export interface LogExcerpt {
  /** Position after which to start. */
  readonly after: number;
  /** Position up to which to read. */
  readonly until: number;
  /** Events to show, at most. */
  readonly limit: number;
  readonly types?: readonly string[];
  readonly partner?: string;
  /** Recorded at or after it; ISO 8601 with milliseconds, UTC. */
  readonly from?: string;
  /** Recorded before it. */
  readonly to?: string;
}

/** The log's events that the excerpt asks for, a page in memory at a time. @param onPage told after each page */
export async function* eventsOfLog(store: EventStore, excerpt: LogExcerpt, onPage: () => void = () => {}): AsyncGenerator<RecordedEvent> {
  const { until, types } = excerpt;
  let left = excerpt.limit;
  let page: AllPage = { events: [], through: excerpt.after, atEnd: false };
  while (left > 0 && !page.atEnd && page.through < until) {
    page = await store.readAll({ after: page.through, limit: PAGE, ...(types && { types }) });
    onPage();
    for (const event of page.events) {
      if (event.position > until || left === 0) return;
      if (!isAskedFor(event, excerpt)) continue;
      left -= 1;
      yield event;
    }
  }
}

/** The events of a stream up to a position of the log. */
export async function* eventsOfStream(
  store: EventStore,
  { stream, from, until, limit }: { stream: string; from: number; until: number; limit: number },
  onPage: () => void = () => {},
): AsyncGenerator<RecordedEvent> {
  let revision = from;
  let left = limit;
  for (;;) {
    const page = await store.readStream(stream, { from: revision, limit: PAGE });
    onPage();
    for (const event of page) {
      if (event.position > until || left === 0) return;
      left -= 1;
      yield event;
    }
    if (page.length < PAGE) return;
    revision = page.at(-1)!.revision + 1;
  }
}

function isAskedFor({ recordedAt, data }: RecordedEvent, { partner, from, to }: LogExcerpt): boolean {
  const of = data as { partner?: unknown; partnerId?: unknown };
  return (
    (partner === undefined || of.partner === partner || of.partnerId === partner) &&
    (from === undefined || recordedAt >= from) &&
    (to === undefined || recordedAt < to)
  );
}

/** CloudEvents, one a line, in chunks that are worth a write to the socket. */
export async function* lines(events: AsyncIterable<RecordedEvent>): AsyncGenerator<string> {
  let chunk = '';
  for await (const event of events) {
    chunk += `${JSON.stringify(cloudEvent(event))}\n`;
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
