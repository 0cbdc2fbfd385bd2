import type { Decider } from '../../event-sourcing/decider.js';
import type { DataKeyMade, WrappedKeyEvent } from './wrapped-key.events.js';

export type WrappedKeyState =
  | { readonly status: 'none' | 'destroyed' }
  | { readonly status: 'held'; readonly wrapped: string; readonly under: string };

export type WrappedKeyCommand =
  | { readonly type: 'MakeDataKey'; readonly data: DataKeyMade['data'] }
  | { readonly type: 'DestroyDataKey'; readonly data: { readonly at: string } };

function evolve(_state: WrappedKeyState, event: WrappedKeyEvent): WrappedKeyState {
  switch (event.type) {
    case 'DataKeyMade':
      return { status: 'held', ...event.data };
    case 'DataKeyDestroyed':
      return { status: 'destroyed' };
  }
}

/** Of two who make a key at the same time, the second finds the first one's. */
function decide({ status }: WrappedKeyState, command: WrappedKeyCommand): readonly WrappedKeyEvent[] {
  switch (command.type) {
    case 'MakeDataKey':
      return status === 'none' ? [{ type: 'DataKeyMade', data: command.data }] : [];
    case 'DestroyDataKey':
      return status === 'held' ? [{ type: 'DataKeyDestroyed', data: command.data }] : [];
  }
}

/** The decider of the streams `key-<keyed hash>`, each of one data key, which is made once and destroyed once. */
export const wrappedKey: Decider<WrappedKeyState, WrappedKeyCommand, WrappedKeyEvent> = {
  name: 'wrapped-key',
  version: 1,
  initial: () => ({ status: 'none' }),
  evolve,
  decide,
};
