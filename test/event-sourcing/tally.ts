import type { MemoryProjection, Projection } from '../../src/event-sourcing/projection.js';
import type { Counted } from './counter.js';

/** Counts the events of each tag, in a table. */
export const tally: Projection<Counted> = {
  name: 'tally',
  version: 1,
  handles: ['Counted'],
  tables: ['tally', 'tally_log'],
  schema: `
    CREATE TABLE tally (tag TEXT PRIMARY KEY, times INTEGER NOT NULL);
    CREATE TABLE tally_log (position INTEGER PRIMARY KEY, seen REAL, tag BLOB);`,
  apply: (db, { data, position }) => {
    db.prepare('INSERT INTO tally VALUES (?, 1) ON CONFLICT (tag) DO UPDATE SET times = times + 1').run(data.tag);
    db.prepare('INSERT INTO tally_log VALUES (?, ?, ?)').run(position, data.seen / 2, Buffer.from(data.tag));
  },
};

/** The same rows, gathered over many events. `writes` is told how many events each write was of. */
export function gatheredTally(writes: number[] = []): Projection<Counted> & Required<Pick<Projection<Counted>, 'gather'>> {
  return {
    ...tally,
    gather: (db) => {
      const times = new Map<string, number>();
      const seen: [position: number, seen: number, tag: Buffer][] = [];
      return {
        get rows() {
          return times.size + seen.length;
        },
        take: ({ data, position }) => {
          times.set(data.tag, (times.get(data.tag) ?? 0) + 1);
          seen.push([position, data.seen / 2, Buffer.from(data.tag)]);
        },
        write: () => {
          writes.push(seen.length);
          const add = db.prepare('INSERT INTO tally VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET times = times + excluded.times');
          for (const [tag, count] of times) add.run(tag, count);
          const note = db.prepare('INSERT INTO tally_log VALUES (?, ?, ?)');
          for (const row of seen) note.run(...row);
        },
      };
    },
  };
}

/** The same question, answered from memory; `saved` stands for the file of its snapshot. */
export class MemoryTally implements MemoryProjection<Counted> {
  readonly name = 'memory tally';
  readonly version = 1;
  readonly handles = ['Counted'] as const;
  readonly positions = new Set<number>();
  applied = 0;

  constructor(readonly saved: { positions?: readonly number[]; at?: Parameters<MemoryProjection['checkpoint']>[0] } = {}) {}

  restore() {
    for (const position of this.saved.positions ?? []) this.positions.add(position);
    return this.saved.at;
  }

  reset(): void {
    this.positions.clear();
    delete this.saved.at;
    delete this.saved.positions;
  }

  apply: MemoryProjection<Counted>['apply'] = ({ position }) => {
    this.applied += 1;
    this.positions.add(position);
  };

  checkpoint(at: Parameters<MemoryProjection['checkpoint']>[0]): void {
    this.saved.at = at;
    this.saved.positions = [...this.positions];
  }
}
