import type { Decider } from '../../event-sourcing/decider.js';
import type { KeyTreeEvent, KeyTreeWritten } from './key-tree.events.js';

export type KeyTreeState =
  | { readonly status: 'none' | 'superseded' }
  | { readonly status: 'written'; readonly under: string; readonly wrapped: string };

export type KeyTreeCommand =
  | { readonly type: 'WriteKeyTree'; readonly data: KeyTreeWritten['data'] }
  | { readonly type: 'SupersedeKeyTree'; readonly data: { readonly at: string } };

function evolve(_state: KeyTreeState, event: KeyTreeEvent): KeyTreeState {
  switch (event.type) {
    case 'KeyTreeWritten':
      return { status: 'written', ...event.data };
    case 'KeyTreeSuperseded':
      return { status: 'superseded' };
  }
}

/** Of two who write at the same time, the second finds the first one's. */
function decide({ status }: KeyTreeState, command: KeyTreeCommand): readonly KeyTreeEvent[] {
  switch (command.type) {
    case 'WriteKeyTree':
      return status === 'none' ? [{ type: 'KeyTreeWritten', data: command.data }] : [];
    case 'SupersedeKeyTree':
      return status === 'written' ? [{ type: 'KeyTreeSuperseded', data: command.data }] : [];
  }
}

/** The decider of the streams `data-keys-<tree>-<generation>`, each of which holds a tree once. */
export const keyTree: Decider<KeyTreeState, KeyTreeCommand, KeyTreeEvent> = {
  name: 'key-tree',
  version: 1,
  initial: () => ({ status: 'none' }),
  evolve,
  decide,
};
