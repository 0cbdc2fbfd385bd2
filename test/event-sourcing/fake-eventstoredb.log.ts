/** What a server keeps of an event. */
export interface FakeRecord {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export type FakeEvent = Omit<FakeRecord, 'position' | 'stream' | 'revision'>;

export type FakeOutcome =
  | { readonly kind: 'success'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong-version'; readonly current: number }
  | { readonly kind: 'too-large' };

/** A read that was to begin where no record does. */
export class InvalidPosition extends Error {}

const MOST_BYTES = 1_048_576;
const NONE = new Uint8Array();

/**
 * The log of an EventStoreDB: its rules for what is one append, its positions, and events of its own among the others. Written
 * after the server's source (24.6: `IndexWriter.CheckCommit`, `AllReader`); `eventstoredb.fidelity.ts` holds it against a real one.
 */
export class FakeLog {
  readonly records: FakeRecord[] = [];
  private readonly streams = new Map<string, FakeRecord[]>();
  private readonly softDeleted = new Map<string, number>();
  private readonly listeners = new Set<(record: FakeRecord) => void>();
  private next = 0;

  constructor() {
    this.addSystemEvent('$settings', '$UserSettings');
    this.addSystemEvent('$users', '$UserCreated');
  }

  /** The server writes into its own log whenever it likes. The type need not begin with `$`; the stream does. */
  addSystemEvent(stream: string, type: string, metadata: Uint8Array = NONE): void {
    const event = { id: crypto.randomUUID(), type, contentType: 'application/json', data: Buffer.from('{}'), metadata };
    this.write(stream, this.lastOf(stream), [event]);
  }

  onRecord(listener: (record: FakeRecord) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param expected `undefined` for any revision */
  append(stream: string, expected: number | undefined, events: readonly FakeEvent[]): FakeOutcome {
    const size = events.reduce((sum, { type, data, metadata }) => sum + 2 * type.length + data.length + metadata.length, 0);
    if (size > MOST_BYTES) return { kind: 'too-large' };
    const current = this.lastOf(stream);
    if (expected === undefined || expected === current) return this.write(stream, current, events);
    if (expected > current) return { kind: 'wrong-version', current };
    const there = events.map((_, i) => this.at(stream, expected + 1 + i));
    const last = there.at(-1);
    if (last && there.every((record, i) => record?.id === events[i]?.id)) {
      return { kind: 'success', revision: last.revision, position: last.position };
    }
    const isNew = there[0]?.id !== events[0]?.id;
    if (isNew && expected === -1 && this.softDeleted.has(stream)) return this.write(stream, current, events);
    return { kind: 'wrong-version', current };
  }

  softDelete(stream: string): void {
    this.softDeleted.set(stream, this.lastOf(stream));
  }

  /** `undefined` when there is no such stream, or it is deleted. */
  readStream(stream: string, from: number | 'end', count: number, backwards: boolean): FakeRecord[] | undefined {
    const cut = Math.max(this.softDeleted.get(stream) ?? -1, this.beginningOf(stream) - 1);
    const all = (this.streams.get(stream) ?? []).filter(({ revision }) => revision > cut);
    if (all.length === 0) return undefined;
    const wanted = all.filter(({ revision }) => from === 'end' || (backwards ? revision <= from : revision >= from));
    return (backwards ? wanted.toReversed() : wanted).slice(0, count);
  }

  /**
   * Forwards the record at the position is the first, backwards the one before it.
   * @throws InvalidPosition
   */
  readAll(from: number | 'start' | 'end', count: number, backwards: boolean): FakeRecord[] {
    const last = this.records.at(-1)?.position ?? -1;
    if (typeof from === 'number' && from <= last && !this.records.some(({ position }) => position === from)) throw new InvalidPosition();
    if (backwards) {
      const upTo = typeof from === 'number' ? from : this.next;
      return this.records.filter(({ position }) => position < upTo).slice(-count).toReversed(); // prettier-ignore
    }
    const start = typeof from === 'number' ? from : 0;
    return from === 'end' ? [] : this.records.filter(({ position }) => position >= start).slice(0, count);
  }

  /** Throws everything from a position away, as a node that has to follow another history does. */
  truncate(from: number): void {
    const kept = this.records.filter(({ position }) => position < from);
    this.records.splice(0, this.records.length, ...kept);
    for (const [stream, inStream] of this.streams) this.streams.set(stream, inStream.filter(({ position }) => position < from)); // prettier-ignore
  }

  /** What a stream has been set up with. */
  settingsOf(stream: string): { readonly $tb?: number; readonly $maxAge?: number } | undefined {
    const settings = this.streams.get(`$$${stream}`)?.at(-1)?.data;
    return settings && (JSON.parse(Buffer.from(settings).toString()) as { $tb?: number; $maxAge?: number });
  }

  private lastOf(stream: string): number {
    return (this.streams.get(stream)?.length ?? 0) - 1;
  }

  /** As the settings of the stream say. */
  private beginningOf(stream: string): number {
    return this.settingsOf(stream)?.$tb ?? 0;
  }

  private at(stream: string, revision: number): FakeRecord | undefined {
    return this.streams.get(stream)?.[revision];
  }

  private write(stream: string, current: number, events: readonly FakeEvent[]): FakeOutcome {
    let [revision, position] = [current, this.next];
    const inStream = this.streams.get(stream) ?? [];
    this.streams.set(stream, inStream);
    for (const event of events) {
      revision += 1;
      position = this.next;
      const record = { ...event, stream, revision, position };
      this.records.push(record);
      inStream.push(record);
      // A record has a length before and behind it, and a header.
      this.next += 97 + stream.length + event.data.length + event.metadata.length;
      for (const listener of this.listeners) listener(record);
    }
    return { kind: 'success', revision, position };
  }
}
