import type { Decider } from '../../event-sourcing/decider.js';
import type { SecretTried, TriesEvent } from './tries.events.js';

/** Wrong secrets for one person within a year, over all partners. */
export const TRIES_OF_A_PERSON = 10;
const YEAR_MS = 365 * 86_400_000;

export interface TriesState {
  /** When wrong secrets were tried, epoch ms; the last ten. */
  readonly missed: readonly number[];
}

export interface TrySecret {
  readonly type: 'TrySecret';
  readonly data: Omit<SecretTried['data'], 'outcome'> & {
    readonly matches: boolean;
    /** When wrong ones were tried under older epochs of the person keys, epoch ms. */
    readonly missedBefore?: readonly number[];
  };
}

/**
 * The decider of `tries-<personKey>`. Every try is one event, right or wrong or one too many, so that none takes longer than
 * another; and the event is there before its answer, so that two tries at once cannot both be the last.
 */
export const tries: Decider<TriesState, TrySecret, TriesEvent> = {
  name: 'tries',
  version: 1,
  // Of a person over all partners: none may learn from the time it takes that another has asked.
  isShared: true,
  initial: () => ({ missed: [] }),
  evolve: (state, { data }) =>
    data.outcome === 'missed' ? { missed: [...state.missed, Date.parse(data.at)].slice(-TRIES_OF_A_PERSON) } : state,
  decide: (state, { data: { matches, missedBefore = [], ...data } }) => {
    const since = Date.parse(data.at) - YEAR_MS;
    const isExhausted = [...missedBefore, ...state.missed].filter((at) => at > since).length >= TRIES_OF_A_PERSON;
    return [{ type: 'SecretTried', data: { ...data, outcome: isExhausted ? 'exhausted' : matches ? 'matched' : 'missed' } }];
  },
};

export function triesStream(personKey: string): string {
  return `tries-${personKey}`;
}
