import type { KnownPerson } from './known-customers.js';

/** A conversion that brought a customer number which the register does not have. */
export interface Conversion {
  readonly leadId: string;
  /** Of its event in the log. */
  readonly position: number;
  readonly persons: readonly KnownPerson[];
}

/** By customer key: the lead that counts, and the conversions that would count if it were revoked, in their order. */
export type WonContents = readonly (readonly [customerKey: string, leadId: string, others: readonly Conversion[]])[];

interface Won {
  /** What it says of the customer stands in the tables, so of the one that counts nothing else is kept. */
  readonly leadId: string;
  readonly others: readonly Conversion[];
}

/**
 * By which lead the bank has a customer of whom its register knows nothing yet, so that a revocation can take back what that
 * lead brought and nothing else. As large as what the register has not caught up with.
 */
export class WonCustomers {
  private readonly byNumber = new Map<string, Won>();

  has(customerKey: string): boolean {
    return this.byNumber.has(customerKey);
  }

  /** The first lead that brings a number counts; a later one waits, and the same one twice changes nothing. */
  add(customerKey: string, conversion: Conversion): 'counts' | 'waits' {
    const won = this.byNumber.get(customerKey);
    if (won === undefined) {
      this.byNumber.set(customerKey, { leadId: conversion.leadId, others: [] });
      return 'counts';
    }
    const isKnown = [won, ...won.others].some(({ leadId }) => leadId === conversion.leadId);
    if (!isKnown) this.byNumber.set(customerKey, { ...won, others: [...won.others, conversion] });
    return 'waits';
  }

  /** @returns whether the lead counted, and the conversion that counts in its place */
  remove(customerKey: string, leadId: string): { readonly counted: boolean; readonly next?: Conversion } {
    const won = this.byNumber.get(customerKey);
    if (won === undefined) return { counted: false };
    if (won.leadId !== leadId) {
      this.byNumber.set(customerKey, { ...won, others: won.others.filter((other) => other.leadId !== leadId) });
      return { counted: false };
    }
    const [next, ...others] = won.others;
    if (next === undefined) this.byNumber.delete(customerKey);
    else this.byNumber.set(customerKey, { leadId: next.leadId, others });
    return { counted: true, ...(next && { next }) };
  }

  /** The register has spoken of the number. */
  forget(customerKey: string): void {
    this.byNumber.delete(customerKey);
  }

  contents(): WonContents {
    return [...this.byNumber].map(([customerKey, { leadId, others }]) => [customerKey, leadId, others]);
  }

  /** Takes over what `contents` gave; only for one that is empty. */
  load(contents: WonContents): void {
    for (const [customerKey, leadId, others] of contents) this.byNumber.set(customerKey, { leadId, others });
  }
}
