import { type CustomerKey, PARTS } from './pseudonym-bits.js';
import { grown } from './staggered-growth.js';

const SMALLEST = 4;
const FULLEST = 0.9;
const GROWTH = 1.1;
/** Places behind the last home of a part, for those who are pushed on from there. */
const TAIL = 32;
const BYTES_NARROW = 3;
const BYTES_WIDE = 4;
const NARROWEST_TOO_LARGE = 2 ** 24;

/** Of the customers, word `n` of the key of the one that is referred to. */
export type KeyWord = (ref: number, word: 0 | 1 | 2 | 3) => number;

/**
 * From customer keys to references: 3 bytes each, and 4 where there are more than 2^24 of them. The keys themselves lie with the
 * customers, and each part is in their order, with gaps (Amble, Knuth, "Ordered Hash Tables", 1974): so whoever is not there is
 * missed soon, and a part that grows is copied, not hashed.
 */
export class CustomerIndex {
  /** References, 0 in an empty place; nothing where there is none. */
  private readonly shards: (Uint8Array | undefined)[] = Array.from({ length: PARTS });
  private readonly homes = new Uint32Array(PARTS).fill(SMALLEST);
  private readonly used = new Uint32Array(PARTS);
  private readonly bytesEach = new Uint8Array(PARTS).fill(BYTES_NARROW);

  constructor(private readonly keyWord: KeyWord) {}

  /** 0 where the key has none. */
  find(key: CustomerKey): number {
    const part = partOf(key);
    const at = this.search(part, key);
    const ref = this.refAt(part, at);
    return ref !== 0 && this.hasKey(ref, key) ? ref : 0;
  }

  /** From now on the key refers to this. */
  point(key: CustomerKey, ref: number): void {
    const part = partOf(key);
    this.shards[part] ??= new Uint8Array((SMALLEST + TAIL) * BYTES_NARROW);
    if (ref >= NARROWEST_TOO_LARGE && this.bytesEach[part] === BYTES_NARROW) this.widen(part);
    const at = this.search(part, key);
    const there = this.refAt(part, at);
    if (there !== 0 && this.hasKey(there, key)) this.write(part, at, ref);
    else this.insert(part, at, ref);
  }

  /** Forgets whom nobody is to find any more, in one part. */
  sweep(part: number, keep: (ref: number) => boolean): void {
    if (!this.shards[part]) return;
    this.refill(part, this.refs(part).filter(keep));
  }

  get bytes(): number {
    return this.shards.reduce((sum, bytes) => sum + (bytes?.byteLength ?? 0), 0);
  }

  contents(): { parts: readonly (readonly [part: number, homes: number, bytesEach: number])[]; bytes: readonly Uint8Array[] } {
    const parts = [...this.shards.keys()].filter((part) => this.shards[part] !== undefined);
    return {
      parts: parts.map((part) => [part, this.homes[part] as number, this.bytesEach[part] as number] as const),
      bytes: parts.map((part) => this.shards[part] as Uint8Array),
    };
  }

  /** Takes over what `contents` gave; only for one that is empty. */
  load({ parts, bytes }: ReturnType<CustomerIndex['contents']>): void {
    for (const [i, [part, homes, bytesEach]] of parts.entries()) {
      this.shards[part] = bytes[i] as Uint8Array;
      this.homes[part] = homes;
      this.bytesEach[part] = bytesEach;
      this.used[part] = this.refs(part).length;
    }
  }

  /** Where the key is, or whoever has its place, or the place at which it would be entered. */
  private search(part: number, key: CustomerKey): number {
    let at = this.home(part, key[1]);
    for (let ref = this.refAt(part, at); ref !== 0; ref = this.refAt(part, ++at)) {
      const word = this.keyWord(ref, 1);
      if (word > key[1] || (word === key[1] && this.hasKey(ref, key))) break;
    }
    return at;
  }

  private insert(part: number, at: number, ref: number): void {
    let gap = at;
    while (this.refAt(part, gap) !== 0) gap += 1;
    const bytes = this.shards[part] as Uint8Array;
    const each = this.bytesEach[part] as number;
    if (gap * each < bytes.length) {
      bytes.copyWithin((at + 1) * each, at * each, gap * each);
      this.write(part, at, ref);
      this.used[part] = (this.used[part] as number) + 1;
      if ((this.used[part] as number) <= (this.homes[part] as number) * FULLEST) return;
      this.grow(part, this.refs(part));
    } else this.grow(part, this.refs(part).toSpliced(this.countBefore(part, at), 0, ref));
  }

  private grow(part: number, refs: readonly number[]): void {
    this.homes[part] = grown(this.homes[part] as number, GROWTH, part / PARTS);
    this.refill(part, refs);
  }

  private widen(part: number): void {
    const refs = this.refs(part);
    this.bytesEach[part] = BYTES_WIDE;
    this.refill(part, refs);
  }

  /** @param refs in the order of their keys */
  private refill(part: number, refs: readonly number[]): void {
    const homes = this.homes[part] as number;
    const places: number[] = [];
    for (const ref of refs) places.push(Math.max(this.home(part, this.keyWord(ref, 1)), (places.at(-1) ?? -1) + 1));
    if ((places.at(-1) ?? 0) >= homes + TAIL) {
      this.grow(part, refs);
      return;
    }
    this.shards[part] = new Uint8Array((homes + TAIL) * (this.bytesEach[part] as number));
    for (const [i, ref] of refs.entries()) this.write(part, places[i] as number, ref);
    this.used[part] = refs.length;
  }

  private refs(part: number): number[] {
    const refs: number[] = [];
    const places = (this.homes[part] as number) + TAIL;
    for (let at = 0; at < places; at++) {
      const ref = this.refAt(part, at);
      if (ref !== 0) refs.push(ref);
    }
    return refs;
  }

  private countBefore(part: number, end: number): number {
    let count = 0;
    for (let at = 0; at < end; at++) if (this.refAt(part, at) !== 0) count += 1;
    return count;
  }

  /** Grows with the word, so that the order of the places is that of the keys. */
  private home(part: number, word: number): number {
    return Math.floor((word / 2 ** 32) * (this.homes[part] as number));
  }

  private refAt(part: number, at: number): number {
    const bytes = this.shards[part];
    if (!bytes) return 0;
    const each = this.bytesEach[part] as number;
    const i = at * each;
    const low = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16);
    return each === BYTES_NARROW ? low : (low | ((bytes[i + 3] ?? 0) << 24)) >>> 0;
  }

  private write(part: number, at: number, ref: number): void {
    const bytes = this.shards[part] as Uint8Array;
    const each = this.bytesEach[part] as number;
    for (let i = 0; i < each; i++) bytes[at * each + i] = ref >>> (8 * i);
  }

  private hasKey(ref: number, key: CustomerKey): boolean {
    const { keyWord } = this;
    return keyWord(ref, 1) === key[1] && keyWord(ref, 0) === key[0] && keyWord(ref, 2) === key[2] && keyWord(ref, 3) === key[3];
  }
}

function partOf(key: CustomerKey): number {
  return key[0] % PARTS;
}
