import type { RecordedEvent } from '../event-sourcing/message.js';
import type { ConversionRevoked, LeadConverted } from '../modules/leads/lead.events.js';
import type { DisclosureMode } from '../modules/owners/terms.js';
import { type Conversion, WonCustomers } from '../projections/membership/won-customers.js';

/** The bank's register, as far as a check asks it. */
export interface SimulatedRegister {
  /** Customer number of the person, `undefined` for nobody's. */
  customerNumber(person: number): string | undefined;
  isLocked(person: number): boolean;
  /** Somebody has this number. Unless given, a number is taken for the register's where it is the applicant's own there. */
  hasNumber?(customerNumber: string): boolean;
}

/** What a partner brings to a look-up. */
export interface LookedUp {
  readonly person: number;
  /** Under which the log knows the person. */
  readonly personKey: string;
  /** Name and birth date, as `CORROBORATION` has them. */
  readonly name: boolean;
  readonly mode: DisclosureMode;
  readonly hasSecret: boolean;
  readonly hasContact: boolean;
}

/** Keyed hashes of name and birth date, for a person: those on the bank's file, or others. */
export const CORROBORATION = { file: 'file', other: 'other' } as const;

/**
 * Who is a customer: the bank's register, and whom leads have won that it does not know yet, as `src/projections/membership.ts`
 * has it. Of the latter no secret and no contact is on file, so that in `proof` and `consent` nobody is told of them.
 */
export class SimulatedMembership {
  private readonly won = new WonCustomers();
  /** By person key, the numbers they were won under with the name that they were created with. */
  private readonly numbers = new Map<string, Map<string, string>>();
  private readonly counting = new Map<string, Conversion>();

  /** @param sortedAs what stands for a customer number where they are put in order */
  constructor(
    private readonly register: SimulatedRegister,
    private readonly personOf: (personKey: string) => number,
    private readonly sortedAs: (key: string) => string,
  ) {}

  follow({ type, data, position }: RecordedEvent): void {
    if (type === 'LeadConverted') this.win(data as LeadConverted['data'], position);
    if (type === 'ConversionRevoked') this.lose(data as ConversionRevoked['data']);
  }

  lookUp(asked: LookedUp): { customer: boolean; customerKey?: string } {
    const { person, mode } = asked;
    if (mode !== 'consent' && this.register.isLocked(person)) return { customer: false };
    const numbers = this.numbersOf(asked);
    if (numbers.length > 1) numbers.sort((one, other) => (this.sortedAs(one) < this.sortedAs(other) ? -1 : 1));
    const [customerKey] = numbers;
    return customerKey === undefined ? { customer: false } : { customer: true, customerKey };
  }

  private numbersOf({ person, personKey, name, mode, hasSecret, hasContact }: LookedUp): string[] {
    const brings = (mode !== 'proof' || hasSecret) && (mode !== 'consent' || hasContact);
    const onFile = name && brings ? this.register.customerNumber(person) : undefined;
    const asksForMore = mode === 'proof' || mode === 'consent';
    const said = name ? CORROBORATION.file : CORROBORATION.other;
    const numbers = onFile === undefined ? [] : [onFile];
    const won = asksForMore ? undefined : this.numbers.get(personKey);
    if (won === undefined) return numbers;
    return [...numbers, ...[...won].filter(([, created]) => created === said).map(([customerKey]) => customerKey)];
  }

  private win({ leadId, customerKey, personKeys, corroborations }: LeadConverted['data'], position: number): void {
    if (this.isRegistered(customerKey, personKeys) && !this.won.has(customerKey)) return;
    const persons = personKeys.map((personKey, n) => ({ personKey, corroborations: corroborations.slice(n, n + 1) }));
    const conversion = { leadId, position, persons };
    if (this.won.add(customerKey, conversion) === 'counts') this.enter(customerKey, conversion);
  }

  private lose({ leadId, customerKey }: ConversionRevoked['data']): void {
    const { counted, next } = this.won.remove(customerKey, leadId);
    if (!counted) return;
    for (const { personKey } of this.counting.get(customerKey)?.persons ?? []) this.numbers.get(personKey)?.delete(customerKey);
    this.counting.delete(customerKey);
    if (next !== undefined) this.enter(customerKey, next);
  }

  private enter(customerKey: string, conversion: Conversion): void {
    this.counting.set(customerKey, conversion);
    for (const { personKey, corroborations } of conversion.persons) {
      const known = this.numbers.get(personKey) ?? new Map<string, string>();
      known.set(customerKey, corroborations[0] ?? '');
      this.numbers.set(personKey, known);
    }
  }

  private isRegistered(customerKey: string, personKeys: readonly string[]): boolean {
    if (this.register.hasNumber !== undefined) return this.register.hasNumber(customerKey);
    return personKeys.some((personKey) => this.register.customerNumber(this.personOf(personKey)) === customerKey);
  }
}
