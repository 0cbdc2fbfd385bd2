/** Where a page ends: the sort key of its last row, which the next page starts after. */
export type Place = readonly (string | number)[];

/** Rows in the order asked for. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Missing on the last page. */
  readonly next?: Place;
}

/** The place is not one that this list can go on from. */
export class ForeignPlace extends Error {
  override name = 'ForeignPlace';
}

/**
 * A page from one row more than was asked for, by which it is known whether there is another.
 * @param found up to `limit + 1` rows
 */
export function pageOf<Row>(found: readonly Row[], limit: number, placeOf: (row: Row) => Place): Page<Row> {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return found.length > limit && last !== undefined ? { rows, next: placeOf(last) } : { rows };
}

/**
 * A place as the list's own query expects it.
 * @throws ForeignPlace it has other parts
 */
export function placeOf<Types extends readonly ('string' | 'number')[]>(place: Place, types: Types): Place {
  if (place.length !== types.length || !place.every((part, index) => typeof part === types[index])) {
    throw new ForeignPlace('the place belongs to another list');
  }
  return place;
}
