import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const MAGIC = 'VESTIMEM';
const HASH_BYTES = 32;
const ALIGNMENT = 8;
const PIECE = 1 << 20;

export type Section = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A file of typed arrays with a description. It is a cache: whoever cannot use it builds the same from the log. */
export interface Snapshot {
  readonly description: object;
  readonly sections: readonly Section[];
}

interface Header {
  readonly description: object;
  readonly sections: readonly { readonly kind: string; readonly length: number }[];
}

const KINDS = { Uint8Array, Uint16Array, Uint32Array, Float64Array };

/**
 * Writes beside the file that is there and takes its place when everything is on the disk: a crash leaves the old one or the
 * new one. The arrays must not change meanwhile.
 */
export async function writeSnapshot(path: string, { description, sections }: Snapshot): Promise<void> {
  const header: Header = { description, sections: sections.map((each) => ({ kind: each.constructor.name, length: each.length })) };
  const hash = createHash('sha256');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    for (const piece of pieces(header, sections)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.writeFile(hash.digest());
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** `undefined` when there is none, or it is damaged. Each array is read into its place: the file is never in memory beside them. */
export function readSnapshot(path: string): Snapshot | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return new SnapshotReader(file).read();
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

class SnapshotReader {
  private readonly hash = createHash('sha256');
  private left: number;

  constructor(private readonly file: number) {
    this.left = fstatSync(file).size - HASH_BYTES;
  }

  read(): Snapshot | undefined {
    const start = this.take(Buffer.alloc(MAGIC.length + 4));
    if (start.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
    const headerLength = start.readUInt32LE(MAGIC.length);
    const text = this.take(Buffer.alloc(this.within(headerLength)));
    this.align(start.length + headerLength);
    const header = JSON.parse(text.toString()) as Header;
    const sections = header.sections.map(({ kind, length }) => {
      const section = new KINDS[kind as keyof typeof KINDS](this.within(length));
      this.take(bytesOf(section));
      this.align(section.byteLength);
      return section;
    });
    const hash = Buffer.alloc(HASH_BYTES);
    const isWhole = this.left === 0 && readSync(this.file, hash) === HASH_BYTES && this.hash.digest().equals(hash);
    return isWhole ? { description: header.description, sections } : undefined;
  }

  private take<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
    this.left -= this.within(bytes.length);
    for (let at = 0; at < bytes.length;) {
      const read = readSync(this.file, bytes, at, bytes.length - at, null);
      if (read === 0) throw new Error('the file has become shorter');
      at += read;
    }
    this.hash.update(bytes);
    return bytes;
  }

  private align(length: number): void {
    this.take(Buffer.alloc(aligned(length) - length));
  }

  /** What a damaged file says of its lengths must not be allocated before it is doubted. */
  private within(length: number): number {
    if (length > this.left) throw new Error('the file is shorter than it says');
    return length;
  }
}

/** In buffers of one size, since there are thousands of small arrays. */
function* pieces(header: Header, sections: readonly Section[]): Generator<Uint8Array> {
  const buffer = Buffer.alloc(PIECE);
  let used = 0;
  for (const bytes of unbuffered(header, sections)) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + PIECE - used);
      buffer.set(part, used);
      at += part.length;
      used += part.length;
      if (used < PIECE) continue;
      yield buffer;
      used = 0;
    }
  }
  yield buffer.subarray(0, used);
}

function* unbuffered(header: Header, sections: readonly Section[]): Generator<Uint8Array> {
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(aligned(MAGIC.length + 4 + text.length));
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(text.length, MAGIC.length);
  text.copy(start, MAGIC.length + 4);
  yield start;
  for (const section of sections) {
    const bytes = bytesOf(section);
    yield bytes;
    yield Buffer.alloc(aligned(bytes.length) - bytes.length);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Section): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
