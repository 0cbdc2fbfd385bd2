const CHUNK_BITS = 15;
const CHUNK = 1 << CHUNK_BITS;
const SHARDS = 64;
const FULLEST = 0.8;
const GROWTH = 1.3;
const NOWHERE = 0xffff_ffff;

/** Customers in blocks of equal size: adding one never moves another. 23 bytes a customer. */
interface Chunk {
  /** 4 words a customer. */
  readonly key: Uint32Array;
  /** Which of the places that the owner of the table keeps. `NOWHERE` for a customer that is none any more. */
  readonly place: Uint32Array;
  readonly index: Uint16Array;
  /** How many of the customer's person keys are locked. */
  readonly locks: Uint8Array;
}

/** The 16 bytes of a customer key as four words. */
export type CustomerKey = readonly [number, number, number, number];

export function customerKeyOf(text: string): CustomerKey {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== 16) throw new Error('not a customer key');
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4), bytes.readUInt32BE(8), bytes.readUInt32BE(12)];
}

/**
 * The customers that person entries refer to, found by customer key. A reference is a number from 1; that of a customer who
 * was removed or replaced is dead, and is used again only after `free`, when no entry has it any more.
 */
export class CustomerTable {
  private chunks: Chunk[] = [];
  /** References, by customer key; open addressing with linear probing, 0 in an empty slot. */
  private shards: Uint32Array[] = Array.from({ length: SHARDS }, () => new Uint32Array(4));
  private used: Uint32Array = new Uint32Array(SHARDS);
  /** References ever given, 0 included, which is never alive. */
  private given = 0;
  private freed: number[] = [];

  readonly parts = SHARDS;

  constructor() {
    this.next();
  }

  /** The reference of the customer, dead or alive; 0 when there is none. */
  find(key: CustomerKey): number {
    const slots = this.shardOf(key);
    return slots[this.slotOf(slots, key)] as number;
  }

  /** A new reference for the customer, who so far had another or none. */
  add(key: CustomerKey, place: number, index: number, locks: number): number {
    const ref = this.freed.pop() ?? this.next();
    const { chunk, at } = this.at(ref);
    chunk.key.set(key, at * 4);
    chunk.index[at] = index;
    chunk.locks[at] = locks;
    chunk.place[at] = place;
    this.point(key, ref);
    return ref;
  }

  isAlive(ref: number): boolean {
    const { chunk, at } = this.at(ref);
    return chunk.place[at] !== NOWHERE;
  }

  kill(ref: number): void {
    const { chunk, at } = this.at(ref);
    chunk.place[at] = NOWHERE;
  }

  whereabouts(ref: number): { readonly place: number; readonly index: number } {
    const { chunk, at } = this.at(ref);
    return { place: chunk.place[at] as number, index: chunk.index[at] as number };
  }

  addLocks(ref: number, change: number): void {
    const { chunk, at } = this.at(ref);
    chunk.locks[at] = (chunk.locks[at] as number) + change;
  }

  /** Alive and under no lock. */
  answers(ref: number): boolean {
    const { chunk, at } = this.at(ref);
    return chunk.place[at] !== NOWHERE && chunk.locks[at] === 0;
  }

  keyText(ref: number): string {
    const { chunk, at } = this.at(ref);
    const bytes = Buffer.allocUnsafe(16);
    for (let word = 0; word < 4; word++) bytes.writeUInt32BE(chunk.key[at * 4 + word] as number, word * 4);
    return bytes.toString('base64url');
  }

  /** Order by customer key: which of two customers is meant must not depend on when each was entered. */
  isBefore(one: number, other: number): boolean {
    return this.keyText(one) < this.keyText(other);
  }

  /** Forgets the keys of dead customers in one part of the index. */
  sweep(part: number): void {
    const slots = this.shards[part] as Uint32Array;
    this.rehash(part, slots.length);
  }

  /** These may be given again: nothing refers to them any more. */
  free(refs: readonly number[]): void {
    for (const ref of refs) this.freed.push(ref);
  }

  get bytes(): number {
    return this.chunks.length * CHUNK * 23 + this.shards.reduce((sum, { length }) => sum + length * 4, 0);
  }

  contents(): { chunks: readonly Chunk[]; shards: readonly Uint32Array[]; given: number; freed: readonly number[] } {
    const { chunks, shards, given, freed } = this;
    return { chunks, shards, given, freed };
  }

  load(contents: { chunks: readonly Chunk[]; shards: readonly Uint32Array[]; given: number; freed: readonly number[] }): void {
    this.chunks = [...contents.chunks];
    this.shards = [...contents.shards];
    this.used = Uint32Array.from(this.shards, (slots) => slots.reduce((n, ref) => n + (ref === 0 ? 0 : 1), 0));
    this.given = contents.given;
    this.freed = [...contents.freed];
  }

  private next(): number {
    const ref = this.given++;
    if (ref >>> CHUNK_BITS === this.chunks.length) this.chunks.push(emptyChunk());
    return ref;
  }

  private at(ref: number): { chunk: Chunk; at: number } {
    return { chunk: this.chunks[ref >>> CHUNK_BITS] as Chunk, at: ref & (CHUNK - 1) };
  }

  private point(key: CustomerKey, ref: number): void {
    const part = key[0] % SHARDS;
    const slots = this.shards[part] as Uint32Array;
    const slot = this.slotOf(slots, key);
    if (slots[slot] === 0) this.used[part] = (this.used[part] as number) + 1;
    slots[slot] = ref;
    if ((this.used[part] as number) > slots.length * FULLEST) this.rehash(part, Math.ceil(slots.length * GROWTH) + 1);
  }

  private rehash(part: number, length: number): void {
    const old = this.shards[part] as Uint32Array;
    const slots = (this.shards[part] = new Uint32Array(length));
    let used = 0;
    for (const ref of old) {
      if (ref === 0 || !this.isAlive(ref)) continue;
      slots[this.slotOf(slots, this.keyOf(ref))] = ref;
      used += 1;
    }
    this.used[part] = used;
  }

  /** Where the key is, or the empty slot where it would be. */
  private slotOf(slots: Uint32Array, key: CustomerKey): number {
    let slot = Math.floor((key[1] / 2 ** 32) * slots.length);
    for (;;) {
      const ref = slots[slot] as number;
      if (ref === 0 || this.hasKey(ref, key)) return slot;
      slot = slot + 1 === slots.length ? 0 : slot + 1;
    }
  }

  private hasKey(ref: number, key: CustomerKey): boolean {
    const { chunk, at } = this.at(ref);
    return (
      chunk.key[at * 4] === key[0] &&
      chunk.key[at * 4 + 1] === key[1] &&
      chunk.key[at * 4 + 2] === key[2] &&
      chunk.key[at * 4 + 3] === key[3]
    );
  }

  private keyOf(ref: number): CustomerKey {
    const { chunk, at } = this.at(ref);
    const word = (n: number) => chunk.key[at * 4 + n] as number;
    return [word(0), word(1), word(2), word(3)];
  }

  private shardOf(key: CustomerKey): Uint32Array {
    return this.shards[key[0] % SHARDS] as Uint32Array;
  }
}

function emptyChunk(): Chunk {
  return {
    key: new Uint32Array(CHUNK * 4),
    place: new Uint32Array(CHUNK).fill(NOWHERE),
    index: new Uint16Array(CHUNK),
    locks: new Uint8Array(CHUNK),
  };
}
