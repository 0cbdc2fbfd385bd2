import { Problem } from '../http/problem.js';
import { ForeignPlace, type Page, type Place } from '../projections/page.js';

/** A place as a text that a client sends back unread. */
export function cursorOf(place: Place | undefined): string | null {
  return place === undefined ? null : Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws Problem `MEMBERS_INVALID` when the text is none of ours */
export function placeAt(cursor: string | undefined): { readonly after?: Place } {
  if (cursor === undefined) return {};
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(place) && place.every(isPart)) return { after: place };
  } catch {
    // Fall through: not even JSON.
  }
  throw invalidCursor();
}

/** What `read` finds, where a place of another list is the client's mistake. @throws Problem `MEMBERS_INVALID` */
export function pageFrom<Row>(read: () => Page<Row>): Page<Row> {
  try {
    return read();
  } catch (error) {
    throw error instanceof ForeignPlace ? invalidCursor() : error;
  }
}

function isPart(part: unknown): part is string | number {
  return typeof part === 'string' || (typeof part === 'number' && Number.isFinite(part));
}

function invalidCursor(): Problem {
  return new Problem('MEMBERS_INVALID', { errors: [{ member: 'cursor', rule: 'cursor' }] });
}
