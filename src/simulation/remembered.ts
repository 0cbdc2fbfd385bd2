const YES = 1;
const NO = 2;

/** A yes or no about each of so many numbers: worked out when it is first asked for, and kept, a byte each. */
export class Remembered {
  private readonly known: Uint8Array;

  /** @param find says the same at each asking */
  constructor(
    size: number,
    private readonly find: (number: number) => boolean,
  ) {
    this.known = new Uint8Array(size);
  }

  has(number: number): boolean {
    const known = this.known[number];
    if (known === YES) return true;
    if (known === NO) return false;
    const found = this.find(number);
    this.known[number] = found ? YES : NO;
    return found;
  }
}
