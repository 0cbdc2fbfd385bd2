import type { RecordedEvent as StoredEvent } from '@eventstore/db-client';
import type { Cause, NewEvent, RecordedEvent } from './message.js';

/** Bytes of one append that a server takes (its `MaxAppendSize`), counted as it does. */
export const MOST_BYTES = 1_048_576;

/** Beside the data of each event: what our envelope has and the server's has not. The server's own time is nobody's. */
interface Metadata {
  readonly schemaVersion: number;
  readonly recordedAt: string;
  readonly cause: Cause;
}

/** An event on its way, as bytes, so that nothing of it can change any more. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/**
 * @throws TypeError the data is no JSON object
 * @throws RangeError more bytes than one append may have
 */
export function toServer(events: readonly NewEvent[]): Proposed[] {
  const proposed = events.map(({ id, type, schemaVersion, recordedAt, cause, data }) => {
    const text = JSON.stringify(data) as string | undefined;
    if (text?.startsWith('{') !== true && text?.startsWith('[') !== true) throw new TypeError('the data of an event is a JSON object');
    const metadata: Metadata = { schemaVersion, recordedAt, cause };
    return { id, type, data: Buffer.from(text), metadata: Buffer.from(JSON.stringify(metadata)) };
  });
  const bytes = proposed.reduce((sum, { type, data, metadata }) => sum + data.length + metadata.length + 2 * type.length, 0);
  if (bytes > MOST_BYTES) throw new RangeError(`an append of ${bytes} bytes is more than the ${MOST_BYTES} that EventStoreDB takes`);
  return proposed;
}

/** Events and streams of the server's own begin so. */
function isSystems({ type, streamId }: Pick<StoredEvent, 'type' | 'streamId'>): boolean {
  return type.startsWith('$') || streamId.startsWith('$');
}

/** Somebody else's event: the server's own, or one that was not written by this program. */
export function isForeign(event: StoredEvent): boolean {
  return isSystems(event) || !event.isJson || !isMetadata(event.metadata) || typeof event.data !== 'object' || event.data === null;
}

function isMetadata(metadata: unknown): metadata is Metadata {
  const { schemaVersion, recordedAt, cause } = (metadata ?? {}) as Partial<Metadata>;
  return Number.isSafeInteger(schemaVersion) && typeof recordedAt === 'string' && typeof cause === 'object' && cause !== null;
}

/**
 * The event as it was handed in, at its place.
 * @param event not a foreign one
 * @throws RangeError a place that a number cannot hold
 */
export function fromServer(event: StoredEvent): RecordedEvent {
  const { schemaVersion, recordedAt, cause } = event.metadata as unknown as Metadata;
  const revision = safe(event.revision);
  const position = placeOf(event);
  return {
    id: event.id,
    type: event.type,
    schemaVersion,
    recordedAt,
    cause,
    data: event.data as object,
    stream: event.streamId,
    revision,
    position,
  };
}

/** Where the event stands in the log: a byte offset, the same number for commit and prepare in all that this program writes. */
export function placeOf({ position }: StoredEvent): number {
  if (position === undefined) throw new RangeError('the server sent an event without its position');
  return safe(position.commit);
}

export function safe(place: bigint): number {
  const number = Number(place);
  if (!Number.isSafeInteger(number)) throw new RangeError('the server sent a place that a number cannot hold');
  return number;
}
