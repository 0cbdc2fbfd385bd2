import accepts from 'accepts';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.js';
import type { Page } from '../projections/page.js';
import { cursorOf } from './cursor.js';
import type { AsOf } from './read-side.js';

export const CSV = 'text/csv';
export const JSON_TYPE = 'application/json';
export const POSITION_HEADER = 'x-as-of-position';
export const CURSOR_HEADER = 'x-next-cursor';

/** The first of the types that the client takes. @throws Problem `NOT_ACCEPTABLE` */
export function negotiate<Type extends string>(request: Pick<FastifyRequest, 'raw'>, types: readonly Type[]): Type {
  const found = accepts(request.raw).types([...types]);
  if (typeof found !== 'string') throw new Problem('NOT_ACCEPTABLE');
  return found as Type;
}

/** A page of rows in JSON. */
export interface Listing<Row> {
  /** Position of the log up to which it is current. */
  readonly asOfPosition: number;
  readonly items: readonly Row[];
  /** `cursor` of the next page; `null` on the last one. */
  readonly next: string | null;
}

/**
 * A page as JSON, or as CSV (RFC 4180) where the client asks for it. Position and cursor stand in headers too, since CSV has
 * no place for them.
 * @param columns in their order; also of a page without rows
 * @param beside more members of the JSON
 */
export function sendTable<Row extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  { asOfPosition, answer }: AsOf<Page<Row>>,
  columns: readonly string[],
  beside: object = {},
): Listing<Row> | string {
  const type = negotiate(request, [JSON_TYPE, CSV]);
  const next = cursorOf(answer.next);
  void reply.header('vary', 'Accept').header(POSITION_HEADER, String(asOfPosition));
  if (next !== null) void reply.header(CURSOR_HEADER, next);
  if (type === JSON_TYPE) return { asOfPosition, items: answer.rows, next, ...beside };
  void reply.header('content-type', `${CSV}; charset=utf-8; header=present`);
  return toCsv(answer.rows, columns);
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it (R39). */
export function toCsv(rows: readonly object[], columns: readonly string[]): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    escape_formulas: true,
    // The library quotes a text for the line break that it writes itself; readers take others for one, too.
    quoted_match: /[\r\n]/,
    cast: { boolean: String },
  });
}
