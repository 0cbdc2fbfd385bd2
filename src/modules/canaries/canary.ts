import type { Decider } from '../../event-sourcing/decider.js';
import type { CanaryEvent, CanaryRegistered } from './canary.events.js';

export type CanaryState = { readonly status: 'none' } | { readonly status: 'registered'; readonly as: CanaryRegistered['data'] };

export type CanaryCommand =
  | { readonly type: 'RegisterCanary'; readonly data: CanaryRegistered['data'] }
  /** The person in all live epochs. */
  | { readonly type: 'RetireCanary'; readonly data: { readonly personKeys: readonly string[] } };

export function canaryStream(personKey: string): string {
  return `canary-${personKey}`;
}

/** The decider of `canary-<personKey>`. Whether the person is a customer is nobody's question here. */
export const canary: Decider<CanaryState, CanaryCommand, CanaryEvent> = {
  name: 'canary',
  version: 1,
  // Neither by the time may who registers them learn whether somebody was one before.
  isShared: true,
  initial: () => ({ status: 'none' }),
  evolve,
  decide,
};

function evolve(_state: CanaryState, event: CanaryEvent): CanaryState {
  switch (event.type) {
    case 'CanaryRegistered':
      return { status: 'registered', as: event.data };
    case 'CanaryRetired':
      return { status: 'none' };
  }
}

function decide(state: CanaryState, { type, data }: CanaryCommand): readonly CanaryEvent[] {
  switch (type) {
    case 'RegisterCanary':
      return state.status === 'registered' && says(state.as, data) ? [] : [{ type: 'CanaryRegistered', data }];
    case 'RetireCanary':
      if (state.status === 'none') return [];
      // An epoch that was live when they were registered may be gone by now; its keys are retired with the others.
      return [{ type: 'CanaryRetired', data: { personKeys: [...new Set([...data.personKeys, ...state.as.personKeys])] } }];
  }
}

/** Whether what is registered says all of that; sent again in a new epoch, a canary is to be known in that one, too. */
function says(known: CanaryRegistered['data'], { personKeys, kind, until }: CanaryRegistered['data']): boolean {
  return known.kind === kind && known.until === until && personKeys.every((personKey) => known.personKeys.includes(personKey));
}
