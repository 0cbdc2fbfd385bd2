import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

/** `undefined` when there is none, or it is damaged. */
export function readSnapshot(path: string): Snapshot | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return undefined;
  }
  const content = file.subarray(0, -HASH_BYTES);
  const whole = content.length > MAGIC.length + 4 && createHash('sha256').update(content).digest().equals(file.subarray(-HASH_BYTES));
  if (!whole || content.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  return parsed(content);
}

function parsed(content: Buffer): Snapshot {
  const headerLength = content.readUInt32LE(MAGIC.length);
  let at = MAGIC.length + 4;
  const header = JSON.parse(content.toString('utf8', at, at + headerLength)) as Header;
  at = aligned(at + headerLength);
  const sections = header.sections.map(({ kind, length }) => {
    const section = new KINDS[kind as keyof typeof KINDS](length);
    content.copy(bytesOf(section), 0, at, at + section.byteLength);
    at = aligned(at + section.byteLength);
    return section;
  });
  return { description: header.description, sections };
}

function* pieces(header: Header, sections: readonly Section[]): Generator<Uint8Array> {
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(aligned(MAGIC.length + 4 + text.length));
  start.write(MAGIC, 'latin1');
  start.writeUInt32LE(text.length, MAGIC.length);
  text.copy(start, MAGIC.length + 4);
  yield start;
  for (const section of sections) {
    const bytes = bytesOf(section);
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
    yield Buffer.alloc(aligned(bytes.length) - bytes.length);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Section): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
