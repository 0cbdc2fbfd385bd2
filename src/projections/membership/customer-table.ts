import { CustomerIndex } from './customer-index.js';
import { type CustomerKey, customerKeyText, PARTS } from './pseudonym-bits.js';

const CHUNK_BITS = 15;
const CHUNK = 1 << CHUNK_BITS;
const ALIVE = 1;
const LOCKED = 2;

/** Customers in blocks of equal size: adding one never moves another. 16.25 bytes a customer, and 6 more in a block used again. */
interface Chunk {
  /** 4 words a customer. */
  key: Uint32Array;
  /** Somebody else goes by the keys as they are now: they are copied before one of them gives way to another. */
  keysAreLent?: boolean;
  /** 2 bits a customer. */
  readonly flags: Uint8Array;
  /** Where the customers came from, once one of them has come in the place of another; before, it follows from their order. */
  place?: Uint32Array;
  index?: Uint16Array;
}

/** Customers with references one after the other, from entries of one event, one after the other. */
interface Run {
  readonly ref: number;
  readonly place: number;
  readonly index: number;
}

export interface CustomerContents {
  readonly chunks: readonly Chunk[];
  readonly index: ReturnType<CustomerIndex['contents']>;
  readonly runs: readonly Run[];
  readonly given: number;
  readonly freed: readonly number[];
  /** Those that are locked, and under how many person keys. */
  readonly locks: readonly (readonly [ref: number, locks: number])[];
}

/**
 * The customers that person entries refer to, found by customer key. A reference is a number from 1; that of a customer who
 * was removed or replaced is dead, and is used again only after `free`, when no entry has it any more.
 */
export class CustomerTable {
  private chunks: Chunk[] = [];
  private readonly index = new CustomerIndex((ref, word) => this.word(ref, word));
  /** In the order of their references. */
  private runs: Run[] = [];
  private locks = new Map<number, number>();
  /** References ever given, 0 included, which is never alive. */
  private given = 0;
  private freed: number[] = [];

  readonly parts = PARTS;

  constructor() {
    this.next();
  }

  /** The reference of the customer, dead or alive; 0 when there is none. */
  find(key: CustomerKey): number {
    return this.index.find(key);
  }

  /**
   * A new reference for the customer, who so far had another or none.
   * @param place which of the places that the owner of the table keeps
   */
  add(key: CustomerKey, place: number, index: number, locks: number): number {
    const used = this.freed.pop();
    const ref = used ?? this.next();
    const { chunk, at } = this.at(ref);
    if (chunk.keysAreLent === true) {
      chunk.key = chunk.key.slice();
      chunk.keysAreLent = false;
    }
    chunk.key.set(key, at * 4);
    this.mark(ref, ALIVE | (locks > 0 ? LOCKED : 0));
    if (locks > 0) this.locks.set(ref, locks);
    if (used === undefined && !chunk.place) this.goOn(ref, place, index);
    else this.noteWhereabouts(ref, place, index);
    this.index.point(key, ref);
    return ref;
  }

  isAlive(ref: number): boolean {
    return (this.flagsOf(ref) & ALIVE) !== 0;
  }

  kill(ref: number): void {
    this.mark(ref, 0);
    this.locks.delete(ref);
  }

  whereabouts(ref: number): { readonly place: number; readonly index: number } {
    const { chunk, at } = this.at(ref);
    if (chunk.place && chunk.index) return { place: chunk.place[at] as number, index: chunk.index[at] as number };
    const run = this.runOf(ref);
    return { place: run.place, index: run.index + ref - run.ref };
  }

  /** @param change of the number of the customer's person keys that are locked */
  addLocks(ref: number, change: number): void {
    const locks = (this.locks.get(ref) ?? 0) + change;
    if (locks > 0) this.locks.set(ref, locks);
    else this.locks.delete(ref);
    this.mark(ref, locks > 0 ? ALIVE | LOCKED : ALIVE);
  }

  /** Alive, and under no lock unless that does not matter. */
  answers(ref: number, despiteLock: boolean): boolean {
    const flags = this.flagsOf(ref);
    return flags === ALIVE || (despiteLock && flags === (ALIVE | LOCKED));
  }

  keyText(ref: number): string {
    const { chunk, at } = this.at(ref);
    return customerKeyText(chunk.key, at * 4);
  }

  /** Order by customer key: which of two customers is meant must not depend on when each was entered. */
  isBefore(one: number, other: number): boolean {
    return this.keyText(one) < this.keyText(other);
  }

  /** Forgets the keys of dead customers in one part of the index. */
  sweep(part: number): void {
    this.index.sweep(part, (ref) => this.isAlive(ref));
  }

  /** These may be given again: nothing refers to them any more. */
  free(refs: readonly number[]): void {
    for (const ref of refs) this.freed.push(ref);
  }

  get bytes(): number {
    const ofChunks = this.chunks.reduce((sum, { place }) => sum + CHUNK * (place ? 22.25 : 16.25), 0);
    return ofChunks + this.index.bytes + this.runs.length * 32;
  }

  /** Everything as it is now. The keys, half of it, are lent for that where no customer can be added any more but in the place of another. */
  copied(): CustomerContents {
    const index = this.index.contents();
    const chunks = this.chunks.map((chunk, i) => {
      const { key, flags, place, index: entry } = chunk;
      const isFull = i < this.chunks.length - 1;
      if (isFull) chunk.keysAreLent = true;
      const rest = place && entry ? { place: place.slice(), index: entry.slice() } : {};
      return { key: isFull ? key : key.slice(), flags: flags.slice(), ...rest };
    });
    const bytes = index.bytes.map((each) => each.slice());
    const { runs, given, freed, locks } = this;
    return { chunks, index: { ...index, bytes }, runs: [...runs], given, freed: [...freed], locks: [...locks] };
  }

  /** Takes over what `copied` gave; only for one that is empty. */
  load({ chunks, index, runs, given, freed, locks }: CustomerContents): void {
    this.chunks = [...chunks];
    this.runs = [...runs];
    this.given = given;
    this.freed = [...freed];
    this.locks = new Map(locks);
    this.index.load(index);
  }

  private next(): number {
    const ref = this.given++;
    if (ref >>> CHUNK_BITS === this.chunks.length) this.chunks.push({ key: new Uint32Array(CHUNK * 4), flags: new Uint8Array(CHUNK / 4) });
    return ref;
  }

  private flagsOf(ref: number): number {
    const { flags } = this.chunks[ref >>> CHUNK_BITS] as Chunk;
    return ((flags[(ref & (CHUNK - 1)) >> 2] as number) >>> ((ref & 3) << 1)) & 3;
  }

  private mark(ref: number, flags: number): void {
    const { chunk, at } = this.at(ref);
    const shift = (ref & 3) << 1;
    chunk.flags[at >> 2] = ((chunk.flags[at >> 2] as number) & ~(3 << shift)) | (flags << shift);
  }

  private at(ref: number): { chunk: Chunk; at: number } {
    return { chunk: this.chunks[ref >>> CHUNK_BITS] as Chunk, at: ref & (CHUNK - 1) };
  }

  private word(ref: number, word: number): number {
    return (this.chunks[ref >>> CHUNK_BITS] as Chunk).key[(ref & (CHUNK - 1)) * 4 + word] as number;
  }

  /** Of a reference that nobody had before: all after it are still to come. */
  private goOn(ref: number, place: number, index: number): void {
    const run = this.runs.at(-1);
    if (run?.place !== place || index - run.index !== ref - run.ref) this.runs.push({ ref, place, index });
  }

  private noteWhereabouts(ref: number, place: number, index: number): void {
    const { chunk, at } = this.at(ref);
    if (!chunk.place || !chunk.index) this.writeOut(ref - at);
    (chunk.place as Uint32Array)[at] = place;
    (chunk.index as Uint16Array)[at] = index;
  }

  /** From now on the block says of each customer where it came from. @param first reference of the block */
  private writeOut(first: number): void {
    const { chunk } = this.at(first);
    const place = new Uint32Array(CHUNK);
    const index = new Uint16Array(CHUNK);
    for (let ref = Math.max(first, 1); ref < Math.min(first + CHUNK, this.given); ref++) {
      const found = this.whereabouts(ref);
      place[ref - first] = found.place;
      index[ref - first] = found.index;
    }
    chunk.place = place;
    chunk.index = index;
  }

  private runOf(ref: number): Run {
    let low = 0;
    let high = this.runs.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.runs[middle] as Run).ref <= ref) low = middle;
      else high = middle;
    }
    return this.runs[low] as Run;
  }
}
