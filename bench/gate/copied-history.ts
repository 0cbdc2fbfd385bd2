import { createHash, randomBytes } from 'node:crypto';
import { type LogAppend, LogWriter, openForReading, openForWriting } from '../../src/event-sourcing/embedded.log.js';

/** A row of the log's table. */
export interface HistoryRow {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly recorded_at: string;
  readonly cause: string;
  readonly data: string;
}

const COLUMNS = ['stream', 'revision', 'id', 'type', 'schema_version', 'recorded_at', 'cause', 'data'] as const;
const FIELD = '\u0000';
const EVENTS_A_COMMIT = 20_000;

/** Whatever names something in the log: UUIDs, the hex of streams and hashes, pseudonyms in base64url but no words, and the bench's owners. */
const NAMES =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{24,64}\b|(?<![\w-])(?![a-z]+-)(?=[A-Za-z_-]*\d)[\w-]{22,}|bench-(?:owner|partner)-\d+/g;

/**
 * A long log made of copies of a short one: the same histories of other leads of other owners. Every name is replaced by
 * another one of its form, the same wherever it stands in one copy, so each copy is as consistent as what the service wrote.
 */
export class CopiedHistory {
  private readonly texts: readonly string[];
  private readonly places: readonly number[];
  private readonly names: readonly string[];

  /** @param kept names that stay as they are */
  constructor(
    private readonly rows: readonly HistoryRow[],
    kept: RegExp = NOTHING,
  ) {
    const all = rows.map((row) => COLUMNS.map((column) => String(row[column])).join(FIELD)).join(`${FIELD}${FIELD}`);
    const known = new Map<string, number>();
    const texts: string[] = [];
    const places: number[] = [];
    let from = 0;
    for (const match of all.matchAll(NAMES)) {
      const [name] = match;
      if (kept.test(name)) continue;
      if (!known.has(name)) known.set(name, known.size);
      texts.push(all.slice(from, match.index));
      places.push(known.get(name) as number);
      from = match.index + name.length;
    }
    this.texts = [...texts, all.slice(from)];
    this.places = places;
    this.names = [...known.keys()];
  }

  /** The rows once more, under other names. */
  copy(): HistoryRow[] {
    const salt = randomBytes(8).toString('hex');
    const other = this.names.map((name) => renamed(name, salt));
    let all = this.texts[0] as string;
    for (let i = 0; i < this.places.length; i++) all += (other[this.places[i] as number] as string) + (this.texts[i + 1] as string);
    return all.split(`${FIELD}${FIELD}`).map((text, i) => {
      const [stream, , id, , , , cause, data] = text.split(FIELD) as [string, string, string, string, string, string, string, string];
      return { ...(this.rows[i] as HistoryRow), stream, id, cause, data };
    });
  }
}

/** What stands in a log that nobody has open, in the streams whose names begin so. */
export function historyIn(file: string, prefixes: readonly string[]): HistoryRow[] {
  const db = openForReading(file);
  const some = prefixes.map(() => 'stream GLOB ?').join(' OR ');
  const rows = db
    .prepare<unknown[], HistoryRow>(`SELECT ${COLUMNS.join()} FROM event WHERE ${some} ORDER BY position`)
    .all(...prefixes.map((prefix) => `${prefix}*`));
  db.close();
  return rows;
}

/** Adds copies of whole streams to a log that nobody has open, until it is so many events long. */
export function lengthenLog(file: string, rows: readonly HistoryRow[], until: number, progress: (events: number) => void): void {
  const history = new CopiedHistory(rows);
  write(file, until, progress, () => history.copy().map((row) => appendOf(row, row.revision - 1)));
}

/** Adds copies of events of one stream to its end, which leave nothing open in it. */
export function lengthenStream(file: string, rows: readonly HistoryRow[], events: number, progress: (events: number) => void): void {
  const [first] = rows;
  if (first === undefined) throw new Error('there is nothing to copy');
  const history = new CopiedHistory(rows, OWN);
  const { stream } = first;
  let last = Math.max(
    ...historyIn(file, [stream])
      .filter((row) => row.stream === stream)
      .map(({ revision }) => revision),
  );
  const until = endOf(file) + 1 + events;
  write(file, until, progress, () => history.copy().map((row) => appendOf(row, last++)));
}

function write(file: string, until: number, progress: (events: number) => void, next: () => readonly LogAppend[]): void {
  const db = openForWriting(file);
  // Nothing of this has to survive anything before its end, which is synced. Both indexes are written to all over: they stay in memory.
  db.pragma('synchronous = OFF');
  db.pragma('journal_mode = OFF');
  db.pragma('cache_size = -1500000');
  const writer = new LogWriter(db);
  let end = writer.end();
  while (end < until - 1) {
    const group: LogAppend[] = [];
    while (group.length < EVENTS_A_COMMIT && end + group.length < until - 1) group.push(...next());
    for (const outcome of writer.write(group)) if (outcome.kind !== 'appended') throw new Error(`a copy was not appended: ${outcome.kind}`);
    end += group.length;
    progress(end + 1);
  }
  db.pragma('synchronous = FULL');
  db.pragma('journal_mode = WAL');
  writer.close();
}

function endOf(file: string): number {
  const db = openForReading(file);
  const end = db.prepare<[], number | null>('SELECT max(position) FROM event').pluck().get() ?? -1;
  db.close();
  return end;
}

function appendOf({ stream, id, type, schema_version, recorded_at, cause, data }: HistoryRow, expected: number): LogAppend {
  return { stream, expected, events: [{ id, type, schemaVersion: schema_version, recordedAt: recorded_at, cause, data }] };
}

const NOTHING = /^$/;
const HEX = /^[0-9a-f]+$/;
const UUID = /^[0-9a-f]{8}-/;
const OWN = /^bench-(?:owner|partner)-/;

/** Another name of the same form; long ones keep their end, which is enough for a sealed text that nobody opens. */
function renamed(name: string, salt: string): string {
  const digest = createHash('md5').update(salt).update(name).digest();
  if (OWN.test(name)) return `${name}-${salt}`;
  const hex = digest.toString('hex');
  if (UUID.test(name)) return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  if (HEX.test(name)) return hex.slice(0, Math.min(32, name.length)) + name.slice(32);
  return digest.toString('base64url').slice(0, 22) + name.slice(22);
}
