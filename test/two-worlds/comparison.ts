import type { OwnerName } from './cast.js';
import type { Observation } from './observer.js';
import type { Played } from './play.js';

/** Where what one owner's side sees in the two worlds parts, though no allowed answer differed before. */
export interface Leak {
  readonly owner: OwnerName;
  /** In one world and in the other; missing where nothing more came. */
  readonly one: Observation | undefined;
  readonly other: Observation | undefined;
  /** The first place in the two texts that differs. */
  readonly at: number;
}

/** How far two worlds were compared. */
export interface Compared {
  readonly leak?: Leak;
  readonly observations: number;
  /** Owners whose side was told apart by an answer, which the protocol allows. */
  readonly answersApart: number;
}

/** R46. @param watched owners whose own doings are the same in both worlds */
export function compare([one, other]: readonly [Played, Played], watched: readonly OwnerName[]): Compared {
  let observations = 0;
  let answersApart = 0;
  for (const owner of watched) {
    const [ones, others] = [inOrder(one, owner), inOrder(other, owner)];
    for (let n = 0; n < Math.max(ones.length, others.length); n++) {
      const [a, b] = [ones[n], others[n]];
      if (a !== undefined && b !== undefined && same(a, b)) {
        observations += 1;
        continue;
      }
      if (a === undefined || b === undefined || !isAllowed(a, b)) {
        return { leak: { owner, one: a, other: b, at: firstDifference(a?.seen, b?.seen) }, observations, answersApart };
      }
      observations += 1;
      answersApart += 1;
      break;
    }
  }
  return { observations, answersApart };
}

function inOrder({ seenBy }: Played, owner: OwnerName): readonly Observation[] {
  // What comes at the same moment comes in the order of who gets it: two mailboxes have no common order.
  return [...(seenBy.get(owner) ?? [])].sort((a, b) => a.at - b.at || (a.who < b.who ? -1 : a.who > b.who ? 1 : 0));
}

const same = (one: Observation, other: Observation): boolean =>
  one.at === other.at && one.who === other.who && one.upon === other.upon && one.seen === other.seen;

/** The one thing that a partner may learn: yes or no, and nothing else of the response is another. */
function isAllowed(one: Observation, other: Observation): boolean {
  return (
    one.answer !== undefined &&
    other.answer !== undefined &&
    one.answer !== other.answer &&
    one.at === other.at &&
    one.upon === other.upon &&
    one.besides === other.besides
  );
}

function firstDifference(one = '', other = ''): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
