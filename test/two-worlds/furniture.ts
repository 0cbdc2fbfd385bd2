import { Chance } from '../simulation/chance.js';
import { contactFrom, NOBODY, SUBJECT } from './cast.js';
import type { OnFile } from './register.js';
import type { Script } from './script.js';

/** What the bank knows before a script begins, beside those who are the same in every world. */
export interface Furniture {
  readonly customers: readonly number[];
  /** What the register says of the subject. */
  readonly subject?: OnFile;
  readonly isLocked?: boolean;
  readonly isCanary?: boolean;
}

/** How one world, and how the other, is furnished. */
export function furnitureOf({ difference, seed }: Script, world: 0 | 1): Furniture {
  const isFirst = world === 0;
  const customer = { customers: [SUBJECT] };
  const noCustomer = { customers: [] };
  switch (difference) {
    case 'customer or not':
      return isFirst ? customer : noCustomer;
    case 'customer or another in their place':
      return isFirst ? customer : { customers: [NOBODY] };
    case 'locked or not':
      return { ...customer, isLocked: !isFirst };
    case 'locked on the way or not':
      return customer;
    case 'another name on file or no customer':
      return isFirst ? { ...customer, subject: { familyName: 'Wiśniewska' } } : noCustomer;
    case 'the secret on file or another':
      return { ...customer, subject: { isOtherSecret: !isFirst } };
    case 'the contact on file or another':
      return isFirst ? { ...customer, subject: { contact: contactFrom('elder', SUBJECT) } } : customer;
    case 'a canary or not':
      return { customers: anyCustomer(seed), isCanary: !isFirst };
    case 'a canary on the way or not':
    case 'known to another owner or not':
    case 'won by another owner or not':
    case "a lead of others' or none":
      return { customers: anyCustomer(seed) };
  }
}

/** The subject or nobody, the same in both worlds. */
function anyCustomer(seed: number): readonly number[] {
  return new Chance(seed, 'register').happens(0.3) ? [SUBJECT] : [];
}
