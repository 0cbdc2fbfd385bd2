import { type CustomerContents, CustomerTable } from './customer-table.js';
import { PersonTable, SEVERAL } from './person-table.js';
import { customerKeyOf, digestOf, personHashOf, placeOf } from './pseudonym-bits.js';
import type { Section, Snapshot } from './snapshot.js';

/** A customer's person, with whatever corroborates them. */
export interface KnownPerson {
  readonly personKey: string;
  /** With name and birth date alone, at least one: by it the person is found whom nothing corroborates. Marked, those that demand more. */
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

interface Description extends Omit<CustomerContents, 'chunks' | 'index' | 'freed'> {
  readonly chunks: number;
  readonly index: CustomerContents['index']['parts'];
  readonly parts: ReturnType<PersonTable['contents']>['parts'];
  readonly spill: ReturnType<PersonTable['contents']>['spill'];
  readonly living: number;
  readonly locked: readonly string[];
}

const NOTHING = new Uint8Array(0);

/** Dead customers that are worth a sweep, at least, and as a share of all that are remembered. */
const SWEEP_FROM = 4_096;
const SWEEP_SHARE = 1 / 8;

/**
 * Who is a customer, under which person keys, with which names, and who is locked: in 31 to 32 bytes a customer with one
 * identifier and one name, 10 to 12 for each one more, and for each secret or contact, and 6 for a customer in the place of another. Whatever is replaced or removed is dead at
 * once, and swept out later, a part of the tables at a time.
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
   * @param despiteLock a lock keeps nobody from being found
   */
  lookUp(personKeys: readonly string[], corroborations?: readonly string[], despiteLock = false): LookUp {
    let found = 0;
    let locked = false;
    for (let i = 0; i < personKeys.length; i++) {
      const personKey = personKeys[i] as string;
      const ref = this.refUnder(personKey, corroborations && (corroborations[i] ?? ''), despiteLock);
      found = this.preferred(found, ref, despiteLock);
      locked = this.locked.has(personKey) || locked;
    }
    const customerKey = this.customers.keyText(found);
    return found !== 0 && (!locked || despiteLock) ? { customer: true, customerKey } : { customer: false };
  }

  whereabouts(customerKey: string): Whereabouts | undefined {
    const ref = this.customers.find(customerKeyOf(customerKey));
    if (!this.customers.isAlive(ref)) return undefined;
    const { place, index } = this.customers.whereabouts(ref);
    return { position: this.places[place] as number, index };
  }

  /** Of an event with customers in it: for a person always the same one; `undefined` where nobody is known. */
  placeFor(personKey: string): number | undefined {
    return this.places[personHashOf(personKey).tag % this.places.length];
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

  /** Everything as it is now, which does not change any more. */
  copied(): Snapshot {
    const { chunks, index, ...customers } = this.customers.copied();
    const { words, ...persons } = this.persons.contents();
    const dead = [...this.dying, ...(this.sweeping?.refs ?? [])];
    const sections: Section[] = [Float64Array.from(this.places), Uint32Array.from(customers.freed), Uint32Array.from(dead)];
    for (const { key, flags, place, index: entry } of chunks) {
      sections.push(key, flags, place ?? NOTHING, entry ?? NOTHING);
    }
    sections.push(...index.bytes, ...words.map((each) => each.slice()));
    const { runs, given, locks } = customers;
    const tables = { chunks: chunks.length, index: index.parts, runs, given, locks, ...persons };
    return { description: { ...tables, living: this.living, locked: [...this.locked] }, sections };
  }

  /** Takes over what `copied` gave; only for one that is empty. */
  load({ description, sections }: Snapshot): void {
    const { chunks, index, parts, spill, living, locked, ...customers } = description as Description;
    const rest = sections[Symbol.iterator]();
    const next = <S extends Section>() => rest.next().value as S;
    this.places = [...next<Float64Array>()];
    const freed = [...next<Uint32Array>()];
    this.dying = [...next<Uint32Array>()];
    const loadedChunks = Array.from({ length: chunks }, () => {
      const [key, flags, place, entry] = [next<Uint32Array>(), next<Uint8Array>(), next<Uint32Array>(), next<Uint16Array>()];
      return { key, flags, ...(place.length > 0 && { place, index: entry }) };
    });
    const bytes = index.map(() => next<Uint8Array>());
    this.customers.load({ ...customers, chunks: loadedChunks, index: { parts: index, bytes }, freed });
    this.persons.load({ parts, words: parts.map(() => next<Uint32Array>()), spill });
    this.living = living;
    for (const personKey of locked) this.locked.add(personKey);
  }

  private addPerson(ref: number, personKey: string, corroborations: readonly string[]): void {
    const hash = personHashOf(personKey);
    for (const corroboration of corroborations) {
      const digest = digestOf(corroboration);
      this.persons.add(placeOf(hash, corroboration, digest), digest, ref);
    }
  }

  private refUnder(personKey: string, corroboration: string | undefined, despiteLock: boolean): number {
    const person = personHashOf(personKey);
    const digest = corroboration === undefined ? undefined : digestOf(corroboration);
    const place = corroboration === undefined || digest === undefined ? person : placeOf(person, corroboration, digest);
    const ref = digest === undefined ? SEVERAL : this.persons.find(place, digest);
    if (ref !== SEVERAL) return ref;
    let found = 0;
    this.persons.visitAll(place, digest, (each) => (found = this.preferred(found, each, despiteLock)));
    return found;
  }

  /** Of two references the one to go by; nobody who does not answer, and of two who do always the same one. */
  private preferred(found: number, ref: number, despiteLock: boolean): number {
    const answers = this.customers.answers(ref, despiteLock);
    const better = found === 0 || (answers && ref !== found && this.customers.isBefore(ref, found));
    return answers && better ? ref : found;
  }

  private kill(ref: number): void {
    if (!this.customers.isAlive(ref)) return;
    this.customers.kill(ref);
    this.dying.push(ref);
    this.living -= 1;
  }

  private refsOf(personKey: string): ReadonlySet<number> {
    const refs = new Set<number>();
    this.persons.visitAll(personHashOf(personKey), undefined, (ref) => {
      if (this.customers.isAlive(ref)) refs.add(ref);
    });
    return refs;
  }
}
