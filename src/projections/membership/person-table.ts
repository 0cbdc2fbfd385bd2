import { PARTS, type PersonHash } from './pseudonym-bits.js';
import { grown } from './staggered-growth.js';

/** Entries that one bucket holds. */
const SLOTS = 8;
const SMALLEST = 2;
/** Of its slots, that a part may use before it grows, and by how much. */
const FULLEST = 0.9;
const GROWTH = 1.1;
/**
 * A bucket in words: the tags; then of each entry the digest, with bits 16 to 23 of its customer below; then bits 0 to 15 of the
 * customers, two a word. A wide one has bits 24 to 31 of the customers behind, four a word.
 */
const NARROW = SLOTS + SLOTS + SLOTS / 2;
const WIDE = NARROW + SLOTS / 4;
const NARROWEST_TOO_LARGE = 2 ** 24;
/** In place of a part that has no entry yet, so that a look-up there is no less work. */
const EMPTY = new Uint32Array(SMALLEST * NARROW);

/** An entry that found no room, nor anybody who could make it. */
interface Spilled {
  readonly digest: number;
  readonly customer: number;
}

/** An entry of a part. */
interface Placed extends Spilled {
  readonly tag: number;
}

/** What stands in one slot of a part. */
interface Slot {
  readonly words: Uint32Array;
  readonly stride: number;
  readonly bucket: number;
  readonly slot: number;
}

/** Counts matches, above the number of the slot that matched last: as many as there are slots can be told from it. */
const ONE_MATCH = 32;

/** More than one entry matches. */
export const SEVERAL = -1;

/**
 * From a person and a corroboration to the references of customers: 10 bytes an entry, 11 where there are more than 2^24 of them.
 *
 * Of a person the table knows 42 bits (10 by the part, 32 in the entry), of the corroboration 24. So of N entries one matches a
 * person who has none with a chance of N / 2^66, which for ten million is once in seven million million look-ups; a person alone with
 * N / 2^42; and another name of the same person with 2^-24. All of these bits are HMACs under keys that nobody outside has, so
 * nobody can find out who would match, nor make somebody who does; the same look-up gives the same answer for ever, and each costs a lead.
 *
 * Each entry lies in one of two buckets, the emptier one when it came (Azar, Broder, Karlin, Upfal, "Balanced Allocations",
 * 1994), so a look-up reads the same number of slots whether there is something or not.
 */
export class PersonTable {
  /** Each as large as it has to be, so that none of its growing holds anybody up for long; nothing where there is no entry. */
  private readonly shards: (Uint32Array | undefined)[] = Array.from({ length: PARTS });
  private readonly wide = new Uint8Array(PARTS);
  private readonly used = new Uint32Array(PARTS);
  private readonly spilled = new Map<number, Spilled[]>();

  readonly parts = PARTS;

  /** Adds an entry unless the very same one is there. */
  add(person: PersonHash, digest: number, customer: number): void {
    if (this.isThere(person, digest, customer)) return;
    const { part } = person;
    if (customer >= NARROWEST_TOO_LARGE && this.wide[part] === 0) this.widen(part);
    const words = (this.shards[part] ??= new Uint32Array(SMALLEST * this.stride(part)));
    const buckets = words.length / this.stride(part);
    if ((this.used[part] as number) >= buckets * SLOTS * FULLEST) this.rebuild(part, grown(buckets, GROWTH, part / PARTS), () => true);
    this.place(part, { tag: person.tag, digest, customer });
  }

  /**
   * The customer under this person and digest: 0 where there is none, `SEVERAL` where `visitAll` has to tell. Goes through both
   * buckets to the end and never branches on what it finds there: it is no less work for nobody than for somebody.
   */
  find({ part, tag }: PersonHash, digest: number): number {
    const words = this.shards[part] ?? EMPTY;
    const stride = this.stride(part);
    const buckets = words.length / stride;
    const one = firstBucket(buckets, tag);
    const two = secondBucket(buckets, one, tag);
    let matches = 0;
    for (let slot = 0, at = one * stride; slot < SLOTS; slot++, at++) {
      matches += match((words[at] as number) ^ tag, (words[at + SLOTS] as number) >>> 8, digest) & (ONE_MATCH + slot);
    }
    for (let slot = SLOTS, at = two * stride; slot < 2 * SLOTS; slot++, at++) {
      matches += match((words[at] as number) ^ tag, (words[at + SLOTS] as number) >>> 8, digest) & (ONE_MATCH + slot);
    }
    if (matches >= 2 * ONE_MATCH || (this.spilled.size > 0 && this.spilled.has(spillKey(part, tag)))) return SEVERAL;
    const customer = customerAt({ words, stride, bucket: (matches & SLOTS) === 0 ? one : two, slot: matches & (SLOTS - 1) });
    return matches === 0 ? 0 : customer;
  }

  /**
   * Calls `visit` for every slot of the person's two buckets, with a customer where person and digest match and 0 where they
   * do not.
   * @param digest any digest unless given
   */
  visitAll({ part, tag }: PersonHash, digest: number | undefined, visit: (customer: number) => void): void {
    const words = this.shards[part] ?? EMPTY;
    const stride = this.stride(part);
    const buckets = words.length / stride;
    const one = firstBucket(buckets, tag);
    for (const bucket of [one, secondBucket(buckets, one, tag)]) {
      for (let slot = 0; slot < SLOTS; slot++) {
        const at = bucket * stride + slot;
        const isSame = words[at] === tag && (digest === undefined || (words[at + SLOTS] as number) >>> 8 === digest);
        visit(isSame ? customerAt({ words, stride, bucket, slot }) : 0);
      }
    }
    for (const entry of this.spilled.get(spillKey(part, tag)) ?? []) {
      if (digest === undefined || entry.digest === digest) visit(entry.customer);
    }
  }

  /** Drops the entries of one part of the table whose customer is not to be kept. Every part has a number below `parts`. */
  sweep(part: number, keep: (customer: number) => boolean): void {
    const words = this.shards[part];
    if (words) this.rebuild(part, words.length / this.stride(part), keep);
  }

  get entries(): number {
    const spilled = [...this.spilled.values()].reduce((sum, list) => sum + list.length, 0);
    return this.used.reduce((sum, used) => sum + used, spilled);
  }

  get bytes(): number {
    return this.shards.reduce((sum, words) => sum + (words?.byteLength ?? 0), 0);
  }

  /** The parts that have entries, for a snapshot, and how to put them back. */
  contents(): { parts: readonly (readonly [part: number, wide: number])[]; words: readonly Uint32Array[]; spill: readonly number[][] } {
    const parts = [...this.shards.keys()].filter((part) => this.shards[part] !== undefined);
    return {
      parts: parts.map((part) => [part, this.wide[part] as number] as const),
      words: parts.map((part) => this.shards[part] as Uint32Array),
      spill: [...this.spilled].flatMap(([key, list]) => list.map(({ digest, customer }) => [key, digest, customer])),
    };
  }

  /** Takes over what `contents` gave; only for one that is empty. */
  load({ parts, words, spill }: ReturnType<PersonTable['contents']>): void {
    for (const [i, [part, wide]] of parts.entries()) {
      this.shards[part] = words[i] as Uint32Array;
      this.wide[part] = wide;
      this.used[part] = this.entriesOf(part).length;
    }
    for (const [key = 0, digest = 0, customer = 0] of spill) this.setAside(key, { digest, customer });
  }

  private isThere(person: PersonHash, digest: number, customer: number): boolean {
    const found = this.find(person, digest);
    if (found !== SEVERAL) return found === customer;
    let isThere = false;
    this.visitAll(person, digest, (each) => (isThere ||= each === customer));
    return isThere;
  }

  private place(part: number, entry: Placed): void {
    const { tag, digest, customer } = entry;
    const words = this.shards[part] as Uint32Array;
    const stride = this.stride(part);
    const buckets = words.length / stride;
    const one = firstBucket(buckets, tag);
    const two = secondBucket(buckets, one, tag);
    const [usedOne, usedTwo] = [usedIn(words, stride, one), usedIn(words, stride, two)];
    // Buckets are filled from their beginning and emptied only by a rebuild.
    const [bucket, used] = usedOne <= usedTwo ? [one, usedOne] : [two, usedTwo];
    const slot = used < SLOTS ? { words, stride, bucket, slot: used } : this.madeRoom(part, one, two);
    if (slot === undefined) {
      this.setAside(spillKey(part, tag), { digest, customer });
      return;
    }
    write(slot, entry);
    this.used[part] = (this.used[part] as number) + 1;
  }

  /** Moves somebody out of one of two full buckets into the other one that they may be in (Pagh, Rodler, "Cuckoo Hashing", 2004). */
  private madeRoom(part: number, ...full: readonly number[]): Slot | undefined {
    const words = this.shards[part] as Uint32Array;
    const stride = this.stride(part);
    const buckets = words.length / stride;
    for (const bucket of full) {
      for (let slot = 0; slot < SLOTS; slot++) {
        const from = { words, stride, bucket, slot };
        const entry = read(from);
        const one = firstBucket(buckets, entry.tag);
        const other = one === bucket ? secondBucket(buckets, one, entry.tag) : one;
        const used = usedIn(words, stride, other);
        if (used === SLOTS) continue;
        write({ words, stride, bucket: other, slot: used }, entry);
        return from;
      }
    }
    return undefined;
  }

  private setAside(key: number, entry: Spilled): void {
    const list = this.spilled.get(key);
    if (list) list.push(entry);
    else this.spilled.set(key, [entry]);
  }

  private rebuild(part: number, buckets: number, keep: (customer: number) => boolean): void {
    this.refill(part, new Uint32Array(buckets * this.stride(part)), this.entriesOf(part), keep);
  }

  private widen(part: number): void {
    const entries = this.entriesOf(part);
    const buckets = (this.shards[part]?.length ?? SMALLEST * NARROW) / NARROW;
    this.wide[part] = 1;
    this.refill(part, new Uint32Array(buckets * WIDE), entries, () => true);
  }

  private refill(part: number, words: Uint32Array, entries: readonly Placed[], keep: (customer: number) => boolean): void {
    const aside = [...this.spilled].filter(([key]) => Math.floor(key / 2 ** 32) === part);
    for (const [key] of aside) this.spilled.delete(key);
    this.shards[part] = words;
    this.used[part] = 0;
    for (const entry of entries) if (keep(entry.customer)) this.place(part, entry);
    for (const [key, list] of aside) {
      for (const entry of list) if (keep(entry.customer)) this.place(part, { tag: key % 2 ** 32, ...entry });
    }
  }

  /** Of the buckets, not of those set aside. */
  private entriesOf(part: number): readonly Placed[] {
    const words = this.shards[part] ?? EMPTY;
    const stride = this.stride(part);
    const entries: Placed[] = [];
    for (let bucket = 0; bucket * stride < words.length; bucket++) {
      for (let slot = 0; slot < SLOTS; slot++) {
        const entry = read({ words, stride, bucket, slot });
        if (entry.customer === 0) break;
        entries.push(entry);
      }
    }
    return entries;
  }

  private stride(part: number): number {
    return this.wide[part] === 0 ? NARROW : WIDE;
  }
}

function customerAt({ words, stride, bucket, slot }: Slot): number {
  const at = bucket * stride;
  const low = ((words[at + SLOTS * 2 + (slot >> 1)] as number) >>> ((slot & 1) << 4)) & 0xffff;
  const middle = (words[at + SLOTS + slot] as number) & 0xff;
  const high = stride === NARROW ? 0 : ((words[at + NARROW + (slot >> 2)] as number) >>> ((slot & 3) << 3)) & 0xff;
  return (low | (middle << 16) | (high << 24)) >>> 0;
}

function read(slot: Slot): Placed {
  const at = slot.bucket * slot.stride + slot.slot;
  return { tag: slot.words[at] as number, digest: (slot.words[at + SLOTS] as number) >>> 8, customer: customerAt(slot) };
}

function write({ words, stride, bucket, slot }: Slot, { tag, digest, customer }: Placed): void {
  const at = bucket * stride;
  words[at + slot] = tag;
  words[at + SLOTS + slot] = (digest << 8) | ((customer >>> 16) & 0xff);
  writeBits(words, at + SLOTS * 2 + (slot >> 1), (slot & 1) << 4, 0xffff, customer);
  if (stride === WIDE) writeBits(words, at + NARROW + (slot >> 2), (slot & 3) << 3, 0xff, customer >>> 24);
}

function writeBits(words: Uint32Array, at: number, shift: number, mask: number, value: number): void {
  words[at] = ((words[at] as number) & ~(mask << shift)) | ((value & mask) << shift);
}

/** All ones where nothing differs, else zero: it selects without a branch. */
function match(difference: number, digest: number, wanted: number): number {
  return -(Math.clz32(difference | (digest ^ wanted)) >>> 5);
}

function firstBucket(buckets: number, tag: number): number {
  return Math.floor((tag / 2 ** 32) * buckets);
}

/** Never the first one. The first went by the highest bits of the tag; multiplying spreads the others (Knuth, TAOCP 3, 6.4). */
function secondBucket(buckets: number, first: number, tag: number): number {
  const second = first + 1 + Math.floor(((Math.imul(tag, 0x9e3779b1) >>> 0) / 2 ** 32) * (buckets - 1));
  return second < buckets ? second : second - buckets;
}

function usedIn(words: Uint32Array, stride: number, bucket: number): number {
  let used = 0;
  while (used < SLOTS && customerAt({ words, stride, bucket, slot: used }) !== 0) used += 1;
  return used;
}

/** Of a person: their part and their tag. */
function spillKey(part: number, tag: number): number {
  return part * 2 ** 32 + tag;
}
