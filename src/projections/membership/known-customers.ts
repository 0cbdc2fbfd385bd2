import { CustomerTable, customerKeyOf } from './customer-table.js';
import { type Digest, type PersonHash, PersonTable } from './person-table.js';
import type { Section, Snapshot } from './snapshot.js';

/** A customer's person, with whatever corroborates them. */
export interface KnownPerson {
  readonly personKey: string;
  readonly corroborations: readonly string[];
}

export interface Whereabouts {
  /** Position in the log of the event that entered the customer. */
  readonly position: number;
  /** Index of the customer's entry in that event. */
  readonly index: number;
}

export interface LookUp {
  readonly customer: boolean;
  readonly customerKey?: string;
}

/** Dead customers that are worth a sweep, at least, and as a share of all that are remembered. */
const SWEEP_FROM = 4_096;
const SWEEP_SHARE = 1 / 8;

/**
 * Who is a customer, under which person keys, with which names, and who is locked: in 50 to 65 bytes a customer. Whatever is
 * replaced or removed is dead at once, and swept out later, a part of the tables at a time.
 */
export class KnownCustomers {
  private readonly persons = new PersonTable();
  private readonly customers = new CustomerTable();
  private readonly locked = new Set<string>();
  private places: number[] = [];
  private living = 0;
  /** Dead since the sweep began, and dead before it: the latter can be given anew after it. */
  private dying: number[] = [];
  private sweeping: { readonly refs: readonly number[]; part: number } | undefined;

  /** Notes the event whose entries follow. */
  enter(position: number): void {
    if (this.places.at(-1) !== position) this.places.push(position);
  }

  /** The customer is as described, and nothing else that was known of them holds any longer. */
  put(customerKey: string, persons: readonly KnownPerson[], index: number): void {
    const key = customerKeyOf(customerKey);
    this.kill(this.customers.find(key));
    const locks = new Set(persons.map(({ personKey }) => personKey).filter((personKey) => this.locked.has(personKey))).size;
    const ref = this.customers.add(key, this.places.length - 1, index, locks);
    this.living += 1;
    for (const { personKey, corroborations } of persons) this.addPerson(ref, personKey, corroborations);
  }

  has(customerKey: string): boolean {
    return this.customers.isAlive(this.customers.find(customerKeyOf(customerKey)));
  }

  remove(customerKey: string): void {
    this.kill(this.customers.find(customerKeyOf(customerKey)));
  }

  lock(personKeys: readonly string[]): void {
    for (const personKey of personKeys) {
      if (this.locked.has(personKey)) continue;
      this.locked.add(personKey);
      for (const ref of this.refsOf(personKey)) this.customers.addLocks(ref, 1);
    }
  }

  unlock(personKeys: readonly string[]): void {
    for (const personKey of personKeys) {
      if (!this.locked.delete(personKey)) continue;
      for (const ref of this.refsOf(personKey)) this.customers.addLocks(ref, -1);
    }
  }

  /**
   * Looks for the person under all keys, in all places, to the end, whatever is found on the way.
   * @param corroborations one for each key, or none to ask for the person alone
   */
  lookUp(personKeys: readonly string[], corroborations?: readonly string[]): LookUp {
    let found = 0;
    let locked = false;
    for (const [i, personKey] of personKeys.entries()) {
      const digest = corroborations && digestOf(corroborations[i] ?? '');
      this.persons.visitAll(hashOf(personKey), digest, (ref) => {
        const answers = this.customers.answers(ref);
        const better = found === 0 || (answers && ref !== found && this.customers.isBefore(ref, found));
        found = answers && better ? ref : found;
      });
      locked = this.locked.has(personKey) || locked;
    }
    const customerKey = this.customers.keyText(found);
    const customer = found !== 0 && !locked;
    return { customer, ...(customer && { customerKey }) };
  }

  whereabouts(customerKey: string): Whereabouts | undefined {
    const ref = this.customers.find(customerKeyOf(customerKey));
    if (!this.customers.isAlive(ref)) return undefined;
    const { place, index } = this.customers.whereabouts(ref);
    return { position: this.places[place] as number, index };
  }

  get count(): number {
    return this.living;
  }

  /** Bytes that the tables take, for the metrics and the benchmark. */
  get bytes(): number {
    return this.persons.bytes + this.customers.bytes + this.places.length * 8;
  }

  /**
   * A little of the sweeping, when there is any to be done.
   * @param changes customers that were entered or removed since the last time: the sweep keeps pace with them
   */
  sweep(changes: number): void {
    const worthwhile = Math.max(SWEEP_FROM, (this.living + this.dying.length) * SWEEP_SHARE);
    if (!this.sweeping) {
      if (this.dying.length < worthwhile) return;
      this.sweeping = { refs: this.dying, part: 0 };
      this.dying = [];
    }
    const { refs } = this.sweeping;
    const end = Math.min(this.persons.parts, this.sweeping.part + Math.ceil((changes * this.persons.parts) / worthwhile));
    for (let part = this.sweeping.part; part < end; part++) {
      this.persons.sweep(part, (ref) => this.customers.isAlive(ref));
      this.customers.sweep(part);
    }
    this.sweeping.part = end;
    if (end < this.persons.parts) return;
    this.customers.free(refs);
    this.sweeping = undefined;
  }

  /** A copy of everything, which does not change any more. */
  copied(): Snapshot {
    const { chunks, shards, given, freed } = this.customers.contents();
    const dead = [...this.dying, ...(this.sweeping?.refs ?? [])];
    const sections: Section[] = [Float64Array.from(this.places), Uint32Array.from(freed), Uint32Array.from(dead)];
    for (const each of chunks) sections.push(each.key.slice(), each.place.slice(), each.index.slice(), each.locks.slice());
    for (const each of shards) sections.push(each.slice());
    for (const each of this.persons.arrays()) {
      sections.push(
        each.personHigh.slice(),
        each.personLow.slice(),
        each.digestHigh.slice(),
        each.digestLow.slice(),
        each.customer.slice(),
      );
    }
    const description = { given, chunks: chunks.length, living: this.living, locked: [...this.locked], spill: this.persons.spill() };
    return { description, sections };
  }

  /** Takes over what `copied` gave; only for one that is empty. */
  load({ description, sections }: Snapshot): void {
    const { given, chunks, living, locked, spill } = description as {
      given: number;
      chunks: number;
      living: number;
      locked: string[];
      spill: number[][];
    };
    const rest = sections[Symbol.iterator]();
    const next = <S extends Section>() => rest.next().value as S;
    this.places = [...next<Float64Array>()];
    const freed = [...next<Uint32Array>()];
    this.dying = [...next<Uint32Array>()];
    const chunk = () => ({ key: next<Uint32Array>(), place: next<Uint32Array>(), index: next<Uint16Array>(), locks: next<Uint8Array>() });
    const loadedChunks = Array.from({ length: chunks }, chunk);
    const shards = Array.from({ length: this.customers.parts }, () => next<Uint32Array>());
    this.customers.load({ chunks: loadedChunks, shards, given, freed });
    const arrays = () => ({
      personHigh: next<Uint32Array>(),
      personLow: next<Uint32Array>(),
      digestHigh: next<Uint32Array>(),
      digestLow: next<Uint16Array>(),
      customer: next<Uint32Array>(),
    });
    this.persons.load(Array.from({ length: this.persons.parts }, arrays), spill);
    this.living = living;
    for (const personKey of locked) this.locked.add(personKey);
  }

  private addPerson(ref: number, personKey: string, corroborations: readonly string[]): void {
    const hash = hashOf(personKey);
    for (const corroboration of corroborations) this.persons.add(hash, digestOf(corroboration), ref);
  }

  private kill(ref: number): void {
    if (!this.customers.isAlive(ref)) return;
    this.customers.kill(ref);
    this.dying.push(ref);
    this.living -= 1;
  }

  private refsOf(personKey: string): ReadonlySet<number> {
    const refs = new Set<number>();
    this.persons.visitAll(hashOf(personKey), undefined, (ref) => {
      if (this.customers.isAlive(ref)) refs.add(ref);
    });
    return refs;
  }
}

/** The first 64 of a person key's 128 pseudo-random bits. Two of ten million persons share them once in 370,000 registers. */
function hashOf(personKey: string): PersonHash {
  const bytes = Buffer.from(personKey.slice(personKey.indexOf('.') + 1), 'base64url');
  if (bytes.length !== 16) throw new Error('not a person key');
  return { high: bytes.readUInt32BE(0), low: bytes.readUInt32BE(4) };
}

/** The first 48 of a corroboration's 72 bits. */
function digestOf(corroboration: string): Digest {
  const bytes = Buffer.from(corroboration, 'base64url');
  if (bytes.length !== 9) throw new Error('not a corroboration');
  return { high: bytes.readUInt32BE(0), low: bytes.readUInt16BE(4) };
}
