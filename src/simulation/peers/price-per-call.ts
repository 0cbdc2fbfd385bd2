import type { DefenceMaker, DefendedWorld, Question } from '../defence.js';
import { keptForEachOwner } from './kept-for-each.js';
import { Peer, type Rule } from './peer.js';

export interface PricePerCallParameters {
  /** Of one answered call, in the price of one call. */
  readonly price: number;
}

/**
 * The discussion's "let them pay": each answered check is charged, the honest partner's too, and nothing is refused. What it leaves is
 * a question of what a customer's name is worth to the scanner.
 */
export function pricePerCall({ price }: PricePerCallParameters = { price: 1 }): DefenceMaker {
  return {
    name: 'price per call',
    description: `Each answered call is charged, ${price} times its price.`,
    make: (world) => new Peer(world, new PricePerCall(world, price)),
  };
}

class PricePerCall implements Rule {
  private readonly accountOf;

  constructor(
    world: DefendedWorld,
    private readonly price: number,
  ) {
    this.accountOf = keptForEachOwner(world, () => ({ calls: 0 }));
  }

  answered(question: Question): void {
    this.accountOf(question).calls += 1;
  }

  charged(owner: string): number {
    return this.price * this.accountOf({ owner }).calls;
  }
}
