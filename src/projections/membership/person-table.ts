/** Entries that one bucket holds. */
const SLOTS = 8;
const SHARDS = 64;
const SMALLEST = 2;
/** Of its slots, that a shard may use before it grows (at 0.85 one entry in 2,000 finds both buckets full), and by how much. */
const FULLEST = 0.85;
const GROWTH = 1.25;

/** A person's pseudonym and what corroborates it, each cut to what the table holds. All are 32 bits unsigned but the last. */
export interface PersonHash {
  readonly high: number;
  readonly low: number;
}

export interface Digest {
  readonly high: number;
  /** 16 bits. */
  readonly low: number;
}

/** A part of the table, as large as it has to be, so that none of its growing holds anybody up for long. */
interface Shard {
  buckets: number;
  used: number;
  personHigh: Uint32Array;
  personLow: Uint32Array;
  digestHigh: Uint32Array;
  digestLow: Uint16Array;
  /** 0 in an empty slot. */
  customer: Uint32Array;
}

/** An entry that found both of its buckets full. */
interface Spilled extends PersonHash {
  readonly digest: Digest;
  customer: number;
}

export type ShardArrays = Pick<Shard, 'personHigh' | 'personLow' | 'digestHigh' | 'digestLow' | 'customer'>;

/**
 * From a person (64 bits of the person key) and a corroboration (48 bits) to the references of customers: 18 bytes an entry.
 * Each entry lies in one of two buckets, the emptier one when it came (Azar, Broder, Karlin, Upfal, "Balanced Allocations",
 * 1994), so a look-up reads the same number of slots whether there is something or not.
 */
export class PersonTable {
  private shards = Array.from({ length: SHARDS }, () => emptyShard(SMALLEST));
  private readonly spilled = new Map<number, Spilled[]>();

  /** Adds an entry unless the very same one is there. */
  add(person: PersonHash, digest: Digest, customer: number): void {
    if (this.some(person, (found, high, low) => found === customer && high === digest.high && low === digest.low)) return;
    const shard = this.shardOf(person);
    if (shard.used >= shard.buckets * SLOTS * FULLEST) this.rebuild(shard, Math.ceil(shard.buckets * GROWTH), () => true);
    this.place(shard, { ...person, digest, customer });
  }

  /**
   * Calls `visit` for every slot of the person's two buckets, with a customer where person and digest match and 0 where they
   * do not: no less work for nobody than for somebody.
   * @param digest any digest unless given
   */
  visitAll(person: PersonHash, digest: Digest | undefined, visit: (customer: number) => void): void {
    const shard = this.shardOf(person);
    const digestMask = digest ? 0xffffffff : 0;
    const high = digest?.high ?? 0;
    const low = digest?.low ?? 0;
    for (const bucket of [firstBucket(shard, person), secondBucket(shard, person)]) {
      for (let at = bucket * SLOTS, end = at + SLOTS; at < end; at++) {
        const other = (((shard.digestHigh[at] as number) ^ high) | ((shard.digestLow[at] as number) ^ low)) & digestMask;
        const different = ((shard.personHigh[at] as number) ^ person.high) | ((shard.personLow[at] as number) ^ person.low) | other;
        // All ones where something differs, else zero: selects without a branch.
        const mask = (different | -different) >> 31;
        visit(((shard.customer[at] as number) & ~mask) >>> 0);
      }
    }
    for (const entry of this.spilled.get(spillKey(person)) ?? []) {
      const same = entry.high === person.high && entry.low === person.low;
      if (same && (!digest || (entry.digest.high === digest.high && entry.digest.low === digest.low))) visit(entry.customer);
    }
  }

  /** Drops the entries of one part of the table whose customer is not to be kept. Every part has a number below `parts`. */
  sweep(part: number, keep: (customer: number) => boolean): void {
    const shard = this.shards[part] as Shard;
    this.rebuild(shard, shard.buckets, keep);
  }

  readonly parts = SHARDS;

  get entries(): number {
    const spilled = [...this.spilled.values()].reduce((sum, list) => sum + list.length, 0);
    return this.shards.reduce((sum, { used }) => sum + used, spilled);
  }

  get bytes(): number {
    return this.shards.reduce((sum, { buckets }) => sum + buckets * SLOTS * 18, 0);
  }

  /** The arrays in which everything lies, for a snapshot, and how to put them back. */
  arrays(): readonly ShardArrays[] {
    return this.shards;
  }

  spill(): readonly (readonly number[])[] {
    return [...this.spilled.values()].flat().map(({ high, low, digest, customer }) => [high, low, digest.high, digest.low, customer]);
  }

  load(arrays: readonly ShardArrays[], spill: readonly (readonly number[])[]): void {
    this.shards = arrays.map((each) => ({
      ...each,
      buckets: each.customer.length / SLOTS,
      used: each.customer.reduce((n, ref) => n + (ref === 0 ? 0 : 1), 0),
    }));
    this.spilled.clear();
    for (const [high = 0, low = 0, digestHigh = 0, digestLow = 0, customer = 0] of spill) {
      this.setAside({ high, low, digest: { high: digestHigh, low: digestLow }, customer });
    }
  }

  private some(person: PersonHash, match: (customer: number, digestHigh: number, digestLow: number) => boolean): boolean {
    const shard = this.shardOf(person);
    for (const bucket of [firstBucket(shard, person), secondBucket(shard, person)]) {
      for (let at = bucket * SLOTS, end = at + SLOTS; at < end; at++) {
        const same = shard.personHigh[at] === person.high && shard.personLow[at] === person.low && shard.customer[at] !== 0;
        if (same && match(shard.customer[at] as number, shard.digestHigh[at] as number, shard.digestLow[at] as number)) return true;
      }
    }
    const spilled = this.spilled.get(spillKey(person)) ?? [];
    return spilled.some((e) => e.high === person.high && e.low === person.low && match(e.customer, e.digest.high, e.digest.low));
  }

  private place(shard: Shard, entry: Spilled): void {
    const one = firstBucket(shard, entry);
    const two = secondBucket(shard, entry);
    const [usedOne, usedTwo] = [usedIn(shard, one), usedIn(shard, two)];
    if (Math.min(usedOne, usedTwo) === SLOTS) {
      this.setAside(entry);
      return;
    }
    // Buckets are filled from their beginning and emptied only by a rebuild.
    const at = usedOne <= usedTwo ? one * SLOTS + usedOne : two * SLOTS + usedTwo;
    shard.personHigh[at] = entry.high;
    shard.personLow[at] = entry.low;
    shard.digestHigh[at] = entry.digest.high;
    shard.digestLow[at] = entry.digest.low;
    shard.customer[at] = entry.customer;
    shard.used += 1;
  }

  private setAside(entry: Spilled): void {
    const key = spillKey(entry);
    const list = this.spilled.get(key);
    if (list) list.push(entry);
    else this.spilled.set(key, [entry]);
  }

  private rebuild(shard: Shard, buckets: number, keep: (customer: number) => boolean): void {
    const old = { ...shard };
    Object.assign(shard, emptyShard(buckets));
    for (let at = 0; at < old.customer.length; at++) {
      const customer = old.customer[at] as number;
      if (customer === 0 || !keep(customer)) continue;
      const digest = { high: old.digestHigh[at] as number, low: old.digestLow[at] as number };
      this.place(shard, { high: old.personHigh[at] as number, low: old.personLow[at] as number, digest, customer });
    }
    const aside = [...this.spilled.values()].flat().filter((entry) => this.shardOf(entry) === shard);
    for (const entry of aside) this.spilled.delete(spillKey(entry));
    for (const entry of aside) if (keep(entry.customer)) this.place(shard, entry);
  }

  private shardOf({ low }: PersonHash): Shard {
    return this.shards[low % SHARDS] as Shard;
  }
}

function emptyShard(buckets: number): Shard {
  const slots = buckets * SLOTS;
  return {
    buckets,
    used: 0,
    personHigh: new Uint32Array(slots),
    personLow: new Uint32Array(slots),
    digestHigh: new Uint32Array(slots),
    digestLow: new Uint16Array(slots),
    customer: new Uint32Array(slots),
  };
}

function firstBucket({ buckets }: Shard, { high }: PersonHash): number {
  return Math.floor((high / 2 ** 32) * buckets);
}

/**
 * Never the first one. The shard took the lowest bits of `low`; multiplying spreads the others (Knuth, TAOCP 3, 6.4).
 */
function secondBucket(shard: Shard, person: PersonHash): number {
  const distance = 1 + Math.floor(((Math.imul(person.low >>> 6, 0x9e3779b1) >>> 0) / 2 ** 32) * (shard.buckets - 1));
  return (firstBucket(shard, person) + distance) % shard.buckets;
}

function usedIn({ customer }: Shard, bucket: number): number {
  let used = 0;
  while (used < SLOTS && customer[bucket * SLOTS + used] !== 0) used += 1;
  return used;
}

function spillKey({ high, low }: PersonHash): number {
  return high * 2 ** 20 + (low % 2 ** 20);
}
