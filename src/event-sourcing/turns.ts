import { StoreUnavailable } from './event-store.js';

/** Lets so many work at a time, and the others wait in the order in which they came, but not for ever. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** @param patience milliseconds that one waits, at the longest */
  constructor(
    private free: number,
    private readonly patience: number,
  ) {}

  /** @throws StoreUnavailable its turn did not come; and whatever the work throws */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free -= 1;
    else await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const mine = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(mine), 1);
        reject(new StoreUnavailable('too many are waiting'));
      }, this.patience);
      this.waiting.push(mine);
    });
  }
}
