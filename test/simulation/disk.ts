import { deserialize, serialize } from 'node:v8';
import type { FoldCache, FoldedBy, FoldSnapshot } from '../../src/event-sourcing/fold-cache.js';
import type { Files } from './virtual-time.js';

/** What of a replica outlives it: its read models, its folds, and its small files. */
export class Disk {
  /** The database of the read models as it was when the program died; missing when it has to be built anew. */
  readModels: Buffer | undefined;
  /** The same, of an earlier moment: what a power loss may leave. */
  earlierReadModels: Buffer | undefined;
  readonly folds = new Map<string, Buffer>();
  readonly files = new Map<string, string>();
}

/** Folds in memory that are on the disk: the cache's own file is of SQLite and of no interest here. */
export function foldsOn(disk: Disk, isAlive: () => boolean): FoldCache {
  const keyOf = (stream: string, { name, version }: FoldedBy): string => `${stream} ${name} ${version}`;
  const cache: Pick<FoldCache, 'find' | 'keep' | 'close'> = {
    find: (stream, decider) => {
      const kept = disk.folds.get(keyOf(stream, decider));
      return kept && (deserialize(kept) as FoldSnapshot);
    },
    keep: (stream, decider, { revision, eventId, lastRecordedAt, state }) => {
      if (!isAlive()) return undefined;
      const kept = serialize({ revision, eventId, lastRecordedAt, state });
      disk.folds.set(keyOf(stream, decider), kept);
      return kept.length;
    },
    close: () => {},
  };
  return cache as FoldCache;
}

/** A run of a program that files belong to. */
export interface Writer {
  readonly disk: Disk;
  readonly isAlive: boolean;
  mayDie(): Promise<void>;
  alive(): Promise<void>;
}

/** Every run of the program has a directory of its own name, so that nothing can be written in the name of a dead one. */
export class Directories implements Files {
  readonly root = '/simulated';
  private readonly writers = new Map<string, Writer>();

  /** @returns the directory's path */
  of(name: string, writer: Writer): string {
    this.writers.set(name, writer);
    return `${this.root}/${name}`;
  }

  async read(path: string): Promise<string> {
    const { writer, file } = this.place(path);
    await writer.alive();
    const text = writer.disk.files.get(file);
    if (text === undefined) throw new Error('ENOENT');
    return text;
  }

  async write(path: string, text: string): Promise<void> {
    const { writer, file } = this.place(path);
    await writer.alive();
    // Of a file that was being written nothing may be left.
    writer.disk.files.set(file, '');
    await writer.mayDie();
    writer.disk.files.set(file, text);
  }

  async rename(from: string, to: string): Promise<void> {
    const { writer, file } = this.place(from);
    await writer.alive();
    const text = writer.disk.files.get(file);
    if (text === undefined) throw new Error('ENOENT');
    writer.disk.files.delete(file);
    writer.disk.files.set(this.place(to).file, text);
  }

  has(path: string): boolean {
    const { writer, file } = this.place(path);
    return writer.disk.files.has(file);
  }

  /** What the dead write at once is lost. */
  put(path: string, text: string): void {
    const { writer, file } = this.place(path);
    if (writer.isAlive) writer.disk.files.set(file, text);
  }

  move(from: string, to: string): void {
    const { writer, file } = this.place(from);
    const text = writer.disk.files.get(file);
    if (!writer.isAlive || text === undefined) return;
    writer.disk.files.delete(file);
    writer.disk.files.set(this.place(to).file, text);
  }

  private place(path: string): { writer: Writer; file: string } {
    const [directory = '', file = ''] = path.slice(this.root.length + 1).split('/');
    const writer = this.writers.get(directory);
    if (writer === undefined) throw new Error(`nobody writes to ${path}`);
    return { writer, file };
  }
}
