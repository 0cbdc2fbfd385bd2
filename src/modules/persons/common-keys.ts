import type { Decider } from '../../event-sourcing/decider.js';
import type { KeysIntroduced } from './common-keys.events.js';

export type CommonKeysState = KeysIntroduced['data'] | undefined;

export interface IntroduceKeys {
  readonly type: 'IntroduceKeys';
  readonly data: KeysIntroduced['data'];
}

/** The decider of the stream `common-keys`: the first replica says which keys all of them have. */
export const commonKeys: Decider<CommonKeysState, IntroduceKeys, KeysIntroduced> = {
  name: 'common-keys',
  version: 1,
  initial: () => undefined,
  evolve: (_state, event) => event.data,
  decide: (state, { data }) => (state === undefined ? [{ type: 'KeysIntroduced', data }] : []),
};

export const COMMON_KEYS_STREAM = 'common-keys';
