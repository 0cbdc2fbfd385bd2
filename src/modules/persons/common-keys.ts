import type { Decider } from '../../event-sourcing/decider.js';
import type { CommonKeysEvent } from './common-keys.events.js';

/** This replica's keys are not those of the others; the message says which, and what to do, and holds none. */
export class KeysDiffer extends Error {
  override name = 'KeysDiffer';
}

/** The keys that a replica has, by what names them without betraying them. */
export interface OwnKeys {
  /** Of those that never change. */
  readonly keyring: string;
  /** Newest first. */
  readonly wrappingKeys: readonly string[];
  /** Newest first. */
  readonly epochs: readonly { readonly id: string; readonly key: string }[];
  /** Ids of epochs that it had. */
  readonly retired: readonly string[];
}

interface Epoch {
  readonly key: string;
  readonly retired: boolean;
}

export interface CommonKeysState {
  readonly keyring?: string;
  readonly wrappingKeys: readonly string[];
  /** In the order in which they came. */
  readonly epochs: ReadonlyMap<string, Epoch>;
  readonly newest?: string;
}

export type CommonKeysCommand =
  | { readonly type: 'BringKeys'; readonly data: OwnKeys }
  | { readonly type: 'RetireWrappingKeys'; readonly data: { readonly allBut: string } };

function evolve(state: CommonKeysState, event: CommonKeysEvent): CommonKeysState {
  const { wrappingKeys, epochs } = state;
  switch (event.type) {
    case 'KeysIntroduced':
      return { ...state, keyring: event.data.keyring, wrappingKeys: [event.data.wrappingKey] };
    case 'WrappingKeyIntroduced':
      return { ...state, wrappingKeys: [...wrappingKeys, event.data.wrappingKey] };
    case 'WrappingKeysRetired':
      return { ...state, wrappingKeys: wrappingKeys.filter((each) => !event.data.wrappingKeys.includes(each)) };
    case 'EpochIntroduced':
      return { ...state, epochs: new Map(epochs).set(event.data.epoch, { key: event.data.key, retired: false }) };
    case 'EpochMadeNewest':
      return { ...state, newest: event.data.epoch };
    case 'EpochRetired':
      return { ...state, epochs: new Map(epochs).set(event.data.epoch, { key: '', retired: true }) };
  }
}

function decide(state: CommonKeysState, command: CommonKeysCommand): readonly CommonKeysEvent[] {
  switch (command.type) {
    case 'BringKeys':
      return [...keysBrought(state, command.data), ...epochsBrought(state, command.data)];
    case 'RetireWrappingKeys': {
      const wrappingKeys = state.wrappingKeys.filter((each) => each !== command.data.allBut);
      return wrappingKeys.length === 0 ? [] : [{ type: 'WrappingKeysRetired', data: { wrappingKeys } }];
    }
  }
}

const COPY = 'copy the folder keys of a replica that runs, or of the backup of the keys';

/** @throws KeysDiffer */
function keysBrought(state: CommonKeysState, { keyring, wrappingKeys }: OwnKeys): readonly CommonKeysEvent[] {
  const wrappingKey = wrappingKeys[0] as string;
  if (state.keyring === undefined) return [{ type: 'KeysIntroduced', data: { keyring, wrappingKey } }];
  if (state.keyring !== keyring) throw new KeysDiffer(`keys/keyring.json is not the keyring that the log was written with: ${COPY}`);
  if (!state.wrappingKeys.every((each) => wrappingKeys.includes(each)))
    throw new KeysDiffer(`keys/vault-key lacks a key that the log was written with: ${COPY}`);
  return state.wrappingKeys.includes(wrappingKey) ? [] : [{ type: 'WrappingKeyIntroduced', data: { wrappingKey } }];
}

/**
 * One replica that enters a person under an epoch that another cannot look up would make two persons of one. So an epoch is first
 * brought by all to look up under, and then, by one after the other, to enter under.
 * @throws KeysDiffer
 */
function epochsBrought(state: CommonKeysState, { epochs, retired }: OwnKeys): readonly CommonKeysEvent[] {
  const newest = (epochs[0] as OwnKeys['epochs'][number]).id;
  const unknown = epochs.filter(({ id }) => !state.epochs.has(id));
  const events: CommonKeysEvent[] = unknown.map(({ id, key }) => ({ type: 'EpochIntroduced', data: { epoch: id, key } }));
  if (state.newest === undefined) return [...events, { type: 'EpochMadeNewest', data: { epoch: newest } }];
  for (const { id, key } of epochs) assertSame(id, key, state.epochs.get(id));
  if (unknown.some(({ id }) => id === newest)) {
    throw new KeysDiffer(
      `keys/keyring.json enters persons under epoch ${newest}, which no replica has looked up under: put it second, on all of them, and first when all have been started with it`,
    );
  }
  const order = [...state.epochs.keys()];
  if (order.indexOf(newest) < order.indexOf(state.newest))
    throw new KeysDiffer(`keys/keyring.json enters persons under epoch ${newest}; the newest is ${state.newest} by now: ${COPY}`);
  if (newest !== state.newest) events.push({ type: 'EpochMadeNewest', data: { epoch: newest } });
  return [...events, ...epochsLeft(state, epochs, retired, newest)];
}

/** Of the epochs that the log knows, a replica has each or says that it had it. */
function epochsLeft(state: CommonKeysState, epochs: OwnKeys['epochs'], retired: readonly string[], newest: string): CommonKeysEvent[] {
  const lacking = [...state.epochs].filter(([id, each]) => !each.retired && epochs.every((own) => own.id !== id));
  const lost = lacking.find(([id]) => !retired.includes(id) || id === newest)?.[0];
  if (lost !== undefined) throw new KeysDiffer(`keys/keyring.json lacks epoch ${lost}, under which the log knows persons: ${COPY}`);
  return lacking.map(([epoch]) => ({ type: 'EpochRetired', data: { epoch } }));
}

function assertSame(id: string, key: string, known: Epoch | undefined): void {
  if (known === undefined) return;
  if (known.retired) throw new KeysDiffer(`keys/keyring.json holds epoch ${id}, which has been retired: take it out`);
  if (known.key !== key) throw new KeysDiffer(`epoch ${id} has another key in keys/keyring.json than in the log: ${COPY}`);
}

/** The decider of the stream `common-keys`: which keys all replicas have. */
export const commonKeys: Decider<CommonKeysState, CommonKeysCommand, CommonKeysEvent> = {
  name: 'common-keys',
  version: 2,
  initial: () => ({ wrappingKeys: [], epochs: new Map() }),
  evolve,
  decide,
};

export const COMMON_KEYS_STREAM = 'common-keys';
