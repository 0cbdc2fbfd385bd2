import { rmSync } from 'node:fs';
import type { EventStore } from '../event-sourcing/event-store.js';
import type { Recorded } from '../event-sourcing/message.js';
import type { Checkpoint, MemoryProjection } from '../event-sourcing/projection.js';
import type { ConversionRevoked, LeadConverted } from '../modules/leads/lead.events.js';
import type { LockEvent } from '../modules/registry/lock.events.js';
import type { CustomersRegistered } from '../modules/registry/register.events.js';
import { KnownCustomers, type LookUp } from './membership/known-customers.js';
import { readSnapshot, writeSnapshot } from './membership/snapshot.js';
import { type Conversion, type WonContents, WonCustomers } from './membership/won-customers.js';

export type MembershipEvent = CustomersRegistered | LockEvent | LeadConverted | ConversionRevoked;

/** A customer's contact in the bank's register, sealed under the customer's own key. */
export interface SealedContact {
  readonly customerKey: string;
  readonly sealed: string;
}

export interface MembershipOptions {
  /** Where the snapshot is kept. */
  readonly file: string;
  /** Rows after which a snapshot is worth its writing, at least, and where there are many customers an eighth of them; 200,000 unless given. */
  readonly snapshotEvery?: number;
  /** A snapshot could not be written; nothing is lost but time at the next start. */
  readonly onSnapshotFailure?: (error: unknown) => void;
}

/** Raised with the shape of the snapshot and with the meaning of the events. */
const VERSION = 4;
/** Rows, as a share of all customers, that a start may have to take in again rather than have all of them copied and written each time. */
const SNAPSHOT_SHARE = 1 / 8;

/**
 * Is this person a customer of the bank? Kept in memory, because every check asks, and because the answer must cost the same
 * work whether it is yes or no (I5, R41). The bank's own feed counts, and where it does not know a number, the lead that won
 * it, until the conversion is revoked. A lead adds nothing to a row of the bank's: that could not be taken back.
 */
export class Membership implements MemoryProjection<MembershipEvent> {
  readonly name = 'membership';
  readonly version = VERSION;
  readonly handles = ['CustomersRegistered', 'MembershipLocked', 'MembershipUnlocked', 'LeadConverted', 'ConversionRevoked'] as const;
  private known = new KnownCustomers();
  private won = new WonCustomers();
  private at: Checkpoint | undefined;
  private changes = 0;
  private saving: Promise<void> = Promise.resolve();
  private busy = false;
  private readonly snapshotEvery: number;

  constructor(
    private readonly store: Pick<EventStore, 'readAt'>,
    private readonly options: MembershipOptions,
  ) {
    this.snapshotEvery = options.snapshotEvery ?? 200_000;
  }

  /**
   * Customer, and name and birth date are those in the bank's file. Everything else is `false`: no customer, another name, locked.
   * @param personKeys the person in all live epochs
   * @param corroborations one for each of them
   * @param despiteLock a lock is no reason for `false`: the person has consented
   */
  lookUp(personKeys: readonly string[], corroborations: readonly string[], despiteLock = false): LookUp {
    return this.known.lookUp(personKeys, corroborations, despiteLock);
  }

  /** Customer under this identifier, whatever the name, locked or not; never an answer to anybody outside. */
  lookUpPerson(personKeys: readonly string[]): LookUp {
    return this.known.lookUp(personKeys, undefined, true);
  }

  /** How the bank can reach its customer; `undefined` for no customer, and for one without a contact. */
  async contactOf(customerKey: string): Promise<SealedContact | undefined> {
    const whereabouts = this.known.whereabouts(customerKey);
    return whereabouts && contactIn(await this.eventAt(whereabouts.position), customerKey, whereabouts.index);
  }

  /**
   * The same for a person, whatever their name, under the keys that they have in the live epochs. For nobody an event like a customer's is read, too: the work that a question
   * makes afterwards must not tell whom it was about (R41).
   */
  async contactOfPerson(personKeys: readonly string[]): Promise<SealedContact | undefined> {
    const { customerKey } = this.lookUpPerson(personKeys);
    if (customerKey !== undefined) return this.contactOf(customerKey);
    const elsewhere = this.known.placeFor(personKeys[0] ?? '');
    if (elsewhere !== undefined) await this.eventAt(elsewhere);
    return undefined;
  }

  /** Customers known, for the metrics. */
  get customers(): number {
    return this.known.count;
  }

  /** Bytes that the tables take, for the metrics and the benchmark. */
  get bytes(): number {
    return this.known.bytes;
  }

  restore(): Checkpoint | undefined {
    this.forget();
    const snapshot = readSnapshot(this.options.file);
    const { version, checkpoint, won } = (snapshot?.description ?? {}) as { version?: number; checkpoint?: Checkpoint; won?: WonContents };
    if (!snapshot || version !== VERSION || !checkpoint || !won) return undefined;
    this.known.load(snapshot);
    this.won.load(won);
    this.at = checkpoint;
    return checkpoint;
  }

  reset(): void {
    this.forget();
    rmSync(this.options.file, { force: true });
  }

  apply(event: Recorded<MembershipEvent>): void {
    switch (event.type) {
      case 'CustomersRegistered':
        this.register(event);
        break;
      case 'MembershipLocked':
        this.known.lock(event.data.personKeys);
        break;
      case 'MembershipUnlocked':
        this.known.unlock(event.data.personKeys);
        break;
      case 'LeadConverted':
        this.win(event);
        break;
      case 'ConversionRevoked':
        this.lose(event);
        break;
    }
    const changes = event.type === 'CustomersRegistered' ? event.data.customers.length + event.data.removed.length : 1;
    this.known.sweep(changes);
    this.changes += changes;
  }

  checkpoint(at: Checkpoint): void {
    this.at = at;
    if (this.changes >= Math.max(this.snapshotEvery, this.known.count * SNAPSHOT_SHARE) && !this.busy) void this.save();
  }

  /** Writes a snapshot of what is known up to the last checkpoint; resolves when it is on the disk, or has failed. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async eventAt(position: number): Promise<Recorded<MembershipEvent> | undefined> {
    return (await this.store.readAt(position)) as Recorded<MembershipEvent> | undefined;
  }

  private async write(): Promise<void> {
    if (this.at === undefined || this.changes === 0) return;
    this.busy = true;
    this.changes = 0;
    try {
      const { description, sections } = this.known.copied();
      const all = { ...description, won: this.won.contents(), version: VERSION, checkpoint: this.at };
      await writeSnapshot(this.options.file, { description: all, sections });
    } catch (error) {
      this.options.onSnapshotFailure?.(error);
    } finally {
      this.busy = false;
    }
  }

  /** From now on the number is the register's, whoever won it: its row replaces what the lead said, its removal ends it. */
  private register({ position, data }: Recorded<CustomersRegistered>): void {
    this.known.enter(position);
    for (const [index, { customerKey, persons }] of data.customers.entries()) {
      this.known.put(customerKey, persons, index);
      this.won.forget(customerKey);
    }
    for (const customerKey of data.removed) {
      this.known.remove(customerKey);
      this.won.forget(customerKey);
    }
  }

  private win({ position, data }: Recorded<LeadConverted>): void {
    const { leadId, customerKey, personKeys, corroborations } = data;
    if (this.known.has(customerKey) && !this.won.has(customerKey)) return;
    const persons = personKeys.map((personKey, i) => ({ personKey, corroborations: corroborations.slice(i, i + 1) }));
    const conversion = { leadId, position, persons };
    if (this.won.add(customerKey, conversion) === 'counts') this.enter(customerKey, conversion);
  }

  private lose({ data: { leadId, customerKey } }: Recorded<ConversionRevoked>): void {
    const { counted, next } = this.won.remove(customerKey, leadId);
    if (!counted) return;
    if (next === undefined) this.known.remove(customerKey);
    else this.enter(customerKey, next);
  }

  private enter(customerKey: string, { position, persons }: Conversion): void {
    this.known.enter(position);
    this.known.put(customerKey, persons, 0);
  }

  private forget(): void {
    this.known = new KnownCustomers();
    this.won = new WonCustomers();
    this.at = undefined;
    this.changes = 0;
  }
}

function contactIn(event: Recorded<MembershipEvent> | undefined, customerKey: string, index: number): SealedContact | undefined {
  // What a partner handed over with a create is not the bank's file: whoever reads it could be that partner.
  const entry = event?.type === 'CustomersRegistered' ? event.data.customers[index] : undefined;
  if (entry?.customerKey !== customerKey || entry.sealed === undefined) return undefined;
  return { customerKey, sealed: entry.sealed };
}
