import type { Process } from '../../event-sourcing/process.js';
import type { LogRestored } from '../gate/gate.events.js';
import type { ChangeOwner } from './owner.commands.js';
import type { AllowanceForfeited, OwnerRegistered } from './owner.events.js';

interface Restored {
  readonly restores: number;
  /** How many restores each owner's ledger has answered. */
  readonly owners: Readonly<Record<string, number>>;
}

/** After the log was restored from a backup, every owner's ledger says so, and is at zero until a human grants. */
export const forfeitAfterRestore: Process<
  Restored,
  LogRestored | OwnerRegistered | AllowanceForfeited,
  Pick<ChangeOwner, 'type' | 'data'>
> = {
  name: 'forfeit-after-restore',
  version: 1,
  handles: ['LogRestored', 'OwnerRegistered', 'AllowanceForfeited'],
  key: () => 'log',
  evolve: (state = { restores: 0, owners: {} }, event) => {
    switch (event.type) {
      case 'LogRestored':
        return { ...state, restores: event.data.restores };
      case 'OwnerRegistered':
        return { ...state, owners: { ...state.owners, [event.data.owner]: event.data.restores ?? 0 } };
      case 'AllowanceForfeited': {
        if (event.data.restores === undefined) return state;
        return { ...state, owners: { ...state.owners, [event.stream.slice('owner-'.length)]: event.data.restores } };
      }
    }
  },
  owed: ({ restores, owners }) => ({
    commands: Object.entries(owners)
      .filter(([, answered]) => answered < restores)
      .map(([owner]) => ({ type: 'ChangeOwner', data: { owner, change: { type: 'ForfeitAfterRestore', data: { restores } } } })),
  }),
};
