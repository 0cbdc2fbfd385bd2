/** Where the bank's register keeps how to reach a customer. */
export interface CustomerContacts {
  /** What the register sealed under the vault's `subject`; `undefined` where it holds nothing. */
  contactOf(customerKey: string): Promise<{ readonly subject: string; readonly sealed: string } | undefined>;
}

export const CUSTOMER_CONTACTS = Symbol('customer contacts');
