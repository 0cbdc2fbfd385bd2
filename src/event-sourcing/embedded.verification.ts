import type Database from 'better-sqlite3';
import { checksumOf, type ChecksummedRow } from './embedded.checksum.js';

/** The event types that a program knows, each with its newest schema version. */
export type KnownEvents = Readonly<Record<string, number>>;

export interface VerifiedRows {
  /** Position of the last row that is as it should be, and its id; of none, where they were asked to begin. */
  readonly through: number;
  readonly id: string | undefined;
  /** What is wrong with the next one; the rows after it have not been looked at. */
  readonly damage?: string;
}

type Row = ChecksummedRow & { readonly checksum: number | null };

/**
 * Looks through the rows of a log for what no program writes: a gap, an id or a place in a stream that is there twice, a row
 * that is not what its checksum says, an event that this program does not know (R21). The indexes are asked for every row, so
 * a damaged one is found too.
 */
export class LogVerifier {
  private readonly rows;
  private readonly atRevision;
  private readonly withId;

  constructor(db: Database.Database) {
    this.rows = db.prepare<[number, number], Row>(
      `SELECT position, stream, revision, id, type, schema_version AS schemaVersion, recorded_at AS recordedAt, cause, data, checksum
       FROM event NOT INDEXED WHERE position > ? ORDER BY position LIMIT ?`,
    );
    this.atRevision = db
      .prepare<[string, number], number>('SELECT position FROM event WHERE stream = ? AND revision = ? ORDER BY position LIMIT 1')
      .pluck();
    this.withId = db.prepare<[string], number>('SELECT position FROM event WHERE id = ? ORDER BY position LIMIT 1').pluck();
  }

  /**
   * @param after position of the last row that is not looked at, −1 to begin with the first @param limit rows
   * @param known left out where any type will do
   */
  verify(after: number, limit: number, known?: KnownEvents): VerifiedRows {
    let through = after;
    let id: string | undefined;
    try {
      for (const row of this.rows.iterate(after, limit)) {
        const damage = this.damageOf(row, through, known);
        if (damage !== undefined) return { through, id, damage };
        through = row.position;
        id = row.id;
      }
      return { through, id };
    } catch (error) {
      return { through, id, damage: `what stands after position ${through} cannot be read: ${String(error)}` };
    }
  }

  private damageOf(row: Row, before: number, known: KnownEvents | undefined): string | undefined {
    const { position, stream, revision, id, type, schemaVersion, checksum } = row;
    if (position !== before + 1) return `position ${before + 1} is missing`;
    const place = `position ${position} (${stream}@${revision})`;
    if (checksum !== null && checksum !== checksumOf(row)) return `${place} is not what was written: its checksum differs`;
    if (checksum === null && !(isJson(row.cause) && isJson(row.data))) return `${place} is not what was written: it is no JSON`;
    const newest = known === undefined ? Infinity : known[type];
    if (newest === undefined) return `${place} is of the type ${type}, which this program does not know`;
    if (schemaVersion < 1 || schemaVersion > newest) {
      return `${place} is ${type} of schema version ${schemaVersion}; this program knows versions 1 to ${newest}`;
    }
    const sameId = this.withId.get(id);
    if (sameId !== position) return `the id ${id} of ${place} ${elsewhere(sameId)}`;
    const samePlace = this.atRevision.get(stream, revision);
    if (samePlace !== position) return `${stream}@${revision} of position ${position} ${elsewhere(samePlace)}`;
    const previous = revision === 0 ? -1 : this.atRevision.get(stream, revision - 1);
    if (previous === undefined || previous >= position) return `${stream}@${revision - 1} is missing before position ${position}`;
    return undefined;
  }
}

function elsewhere(position: number | undefined): string {
  return position === undefined ? 'is not in the index' : `stands at position ${position} as well`;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
