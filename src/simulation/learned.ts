import type { Brings } from './defence.js';

/** What an adversary has learned. */
export interface Learning {
  /** Persons of whom it was told that they are customers, and with what it brought that is certain. */
  readonly yes: number;
  /** Persons of whom it was told `no`, weighed by what that is worth: 1 where every customer would have been confirmed, 0 where none. */
  readonly no: number;
  /** `yes` and `no` together: persons learned. */
  readonly persons: number;
  /** Information about who is a customer, against the bank's share of the population. */
  readonly bits: number;
  /** Of these, what it was told by a `yes`, and by a `no`. */
  readonly bitsOfYes: number;
  readonly bitsOfNo: number;
  /** Customers whose membership was told without their wish. */
  readonly exposed: number;
}

/**
 * How likely a customer would have been confirmed with what was brought, 0 to 1. A `no` says as much: of it the adversary's belief
 * that the person is a customer falls from q to q(1 − h) / (1 − q·h).
 */
export function worthOf(demands: 'secret' | 'contact' | undefined, brings: Brings): number {
  return brings.name && (demands === undefined || brings[demands]) ? 1 : 0;
}

/** Counts persons once, however often they are asked about. */
export class Learned {
  /** A byte for each person: a set of a million is slower than all else about a scan. */
  private readonly known: Uint8Array;
  private readonly ofYes: number;
  /** Bits of a `no`, by its worth. */
  private readonly ofNo = new Map<number, number>();
  private readonly sum = { yes: 0, no: 0, persons: 0, bitsOfYes: 0, bitsOfNo: 0, exposed: 0 };

  /** @param customerShare q: what the adversary believed of everybody before @param size of the population */
  constructor(
    private readonly customerShare: number,
    size: number,
  ) {
    this.known = new Uint8Array(size);
    this.ofYes = -Math.log2(customerShare);
  }

  get total(): Learning {
    return { ...this.sum, bits: this.sum.bitsOfYes + this.sum.bitsOfNo };
  }

  /** @param worth of a `no`, as `worthOf` */
  told(person: number, answer: 'yes' | 'no', worth: number, isCustomer: boolean): void {
    if (this.known[person] === 1) return;
    this.known[person] = 1;
    if (answer === 'yes') {
      this.sum.yes += 1;
      this.sum.persons += 1;
      this.sum.bitsOfYes += this.ofYes;
      if (isCustomer) this.sum.exposed += 1;
      return;
    }
    this.sum.no += worth;
    this.sum.persons += worth;
    this.sum.bitsOfNo += this.bitsOfNo(worth);
  }

  private bitsOfNo(worth: number): number {
    const known = this.ofNo.get(worth);
    if (known !== undefined) return known;
    const q = this.customerShare;
    const bits = divergence((q * (1 - worth)) / (1 - q * worth), q);
    this.ofNo.set(worth, bits);
    return bits;
  }
}

/** Kullback-Leibler divergence of two beliefs in the same yes or no, in bits. */
function divergence(after: number, before: number): number {
  const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log2(p / q));
  return part(after, before) + part(1 - after, 1 - before);
}
