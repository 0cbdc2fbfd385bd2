import { randomUUID } from 'node:crypto';

/**
 * UUIDv7 (RFC 9562, section 5.7): 48 bits of the time, 74 random ones. Ids that grow with time lie side by side in the
 * index of a log; random ones each touch a page of their own, of an index that soon is larger than the memory.
 * @param now milliseconds since the epoch
 */
export function eventId(now: number): string {
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
