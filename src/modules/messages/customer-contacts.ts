/** Where the bank's register keeps how to reach a customer. */
export interface CustomerContacts {
  /** What the register sealed under the vault's `subject`; `undefined` where it holds nothing. */
  contactOf(customerKey: string): Promise<{ readonly subject: string; readonly sealed: string } | undefined>;
  /** Of the customer under one of these person keys, whatever their name; `undefined` for whoever is none. */
  contactOfPerson(personKeys: readonly string[]): Promise<{ readonly subject: string; readonly sealed: string } | undefined>;
}

export const CUSTOMER_CONTACTS = Symbol('customer contacts');
