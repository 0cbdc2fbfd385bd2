import { normaliseContact } from '../persons/contact.js';
import { withContact, withSecret } from '../persons/corroborations.js';
import type { Keyring } from '../persons/keyring.js';
import type { KeyVault } from '../persons/key-vault.js';
import { customerSubject } from '../persons/person-subject.js';
import type { CustomersRegistered, RegisteredPerson, RejectedLine } from './register.events.js';
import { parseRow, refusedAs, type RegisterRow } from './register-row.js';

/** Whoever writes to one customer later reads the event that they came with: it is not much longer for this than for one. */
const MOST_ROWS = 100;
const MOST_LINES = 2_000;
/** Of JSON; an append of a store may hold a megabyte at most. */
const MOST_BYTES = 512 * 1024;

type KeptRow = Exclude<RegisterRow, { removed: true }>;

interface Known {
  readonly persons: readonly RegisteredPerson[];
  readonly toSeal: object | undefined;
}

/** Lines on their way into one event. */
export class RegisterBatch {
  readonly rejected: RejectedLine[] = [];
  private readonly customers = new Map<string, Known | 'removed'>();
  private accepted = 0;
  private bytes = 0;
  private lines = 0;

  constructor(
    private readonly keyring: Keyring,
    /** `YYYY-MM-DD` */
    private readonly today: string,
  ) {}

  get isFull(): boolean {
    return this.accepted >= MOST_ROWS || this.lines >= MOST_LINES || this.bytes >= MOST_BYTES;
  }

  get isEmpty(): boolean {
    return this.lines === 0;
  }

  /** @throws BadRow nothing was taken in */
  add(bytes: Buffer): void {
    const row = parseRow(bytes, this.today);
    const customerKey = this.keyring.customerKey(row.customerNumber);
    const known = row.removed ? 'removed' : this.known(row);
    // The last line about a customer counts.
    this.customers.set(customerKey, known);
    this.accepted += 1;
    this.lines += 1;
    this.bytes += known === 'removed' ? 30 : sizeOf(known, bytes.length);
  }

  reject(line: number, reason: string): void {
    this.rejected.push({ line, reason });
    this.lines += 1;
  }

  /** A line that says nothing is neither taken in nor rejected. */
  pass(): void {
    this.lines += 1;
  }

  /** What goes into the event. Every key that seals something is durable before it is used. */
  async sealed(vault: KeyVault): Promise<Pick<CustomersRegistered['data'], 'customers' | 'removed' | 'rejected' | 'accepted'>> {
    const kept = [...this.customers].filter((pair): pair is [string, Known] => pair[1] !== 'removed');
    const removed = [...this.customers].filter(([, known]) => known === 'removed').map(([customerKey]) => customerKey);
    const toSeal = kept.flatMap(([customerKey, known]) => (known.toSeal ? [[customerSubject(customerKey), known.toSeal] as const] : []));
    const seals = (await vault.sealAll(toSeal)).values();
    const customers = kept.map(([customerKey, known]) => {
      return { customerKey, persons: known.persons, ...(known.toSeal && { sealed: seals.next().value as string }) };
    });
    return { customers, removed, rejected: this.rejected, accepted: this.accepted };
  }

  private known(row: KeptRow): Known {
    const { familyNames, givenNames, contact } = row;
    return {
      persons: personsOf(this.keyring, row),
      toSeal: contact && { contact, familyName: familyNames[0], ...(givenNames !== undefined && { givenNames }) },
    };
  }
}

/** Each identifier once, in the newest epoch, with each name: alone, with each secret, and with each contact. @throws BadRow */
function personsOf(keyring: Keyring, { identifiers, comparedNames, birthDate, contact, secrets }: KeptRow): readonly RegisteredPerson[] {
  const personKeys = identifiers.map((id) => refusedAs('identifier-invalid', () => keyring.personKeys(id)[0] as string));
  const contacts = contact === undefined ? [] : normaliseContact(contact).map((each) => withContact(keyring.contactKey(each)));
  const ways = [[], ...secrets.map(withSecret), ...contacts];
  return [...new Set(personKeys)].map((personKey) => ({
    personKey,
    corroborations: comparedNames.flatMap((name) => ways.map((besides) => keyring.corroboration(personKey, name, birthDate, besides))),
  }));
}

/** Bytes of JSON that an entry takes, estimated from above. @param row bytes of the line that it comes from: all that is sealed stands in it */
function sizeOf({ persons, toSeal }: Known, row: number): number {
  const corroborations = persons.reduce((sum, person) => sum + person.corroborations.length, 0);
  return 70 + 80 * persons.length + 16 * corroborations + (toSeal ? 120 + (4 / 3) * row : 0);
}
