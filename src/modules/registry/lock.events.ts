import type { Fact } from '../../event-sourcing/message.js';

/** The person wants to be answered `no` until they say otherwise; nobody can tell from anything that there is a lock. */
export type MembershipLocked = Fact<
  'MembershipLocked',
  {
    /** The person in the epochs that were live then. */
    personKeys: readonly string[];
  }
>;

export type MembershipUnlocked = Fact<
  'MembershipUnlocked',
  {
    /** The person in the epochs that are live now and those that were when the lock was set. */
    personKeys: readonly string[];
  }
>;

export type LockEvent = MembershipLocked | MembershipUnlocked;
