import type { Decider } from '../../event-sourcing/decider.js';
import type { LockEvent } from './lock.events.js';

export type LockState = { readonly status: 'unlocked' } | { readonly status: 'locked'; readonly personKeys: readonly string[] };

export type LockCommand = {
  readonly type: 'LockMembership' | 'UnlockMembership';
  /** The person in all live epochs. */
  readonly data: { readonly personKeys: readonly string[] };
};

export function lockStream(personKey: string): string {
  return `lock-${personKey}`;
}

/** The decider of `lock-<personKey>`. Anybody can have a lock, customer or not. */
export const lock: Decider<LockState, LockCommand, LockEvent> = {
  name: 'lock',
  version: 1,
  initial: () => ({ status: 'unlocked' }),
  evolve,
  decide,
};

function evolve(_state: LockState, event: LockEvent): LockState {
  switch (event.type) {
    case 'MembershipLocked':
      return { status: 'locked', personKeys: event.data.personKeys };
    case 'MembershipUnlocked':
      return { status: 'unlocked' };
  }
}

function decide(state: LockState, { type, data }: LockCommand): readonly LockEvent[] {
  switch (type) {
    case 'LockMembership':
      return state.status === 'locked' ? [] : [{ type: 'MembershipLocked', data: { personKeys: data.personKeys } }];
    case 'UnlockMembership':
      if (state.status === 'unlocked') return [];
      // An epoch that was live when the lock was set may be gone by now; its keys are unlocked with the others.
      return [{ type: 'MembershipUnlocked', data: { personKeys: [...new Set([...data.personKeys, ...state.personKeys])] } }];
  }
}
