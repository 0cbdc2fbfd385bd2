import type { Process } from '../../event-sourcing/process.js';
import type { OwnerChange } from '../owners/owner.commands.js';
import type { InitialGranted, OwnerRegistered, ProbationLeft, TermsSet } from '../owners/owner.events.js';
import type { ProbationUnitsDrawn, ProbationUnitsReturned } from './probation.events.js';

/** What is still to be done for one owner between the pool and its ledger. */
interface Drawing {
  readonly owner: string;
  /** Initial units of terms that nobody agreed figures for; undefined while there are no terms, or with figures. */
  readonly wanted?: number;
  readonly drawn: boolean;
  readonly toGrant: readonly { readonly draw: number; readonly units: number }[];
  readonly left: boolean;
}

type Owes =
  | { readonly type: 'DrawProbationUnits'; readonly data: { readonly owner: string; readonly wanted: number } }
  | { readonly type: 'ReturnProbationUnits'; readonly data: { readonly owner: string } }
  | { readonly type: 'ChangeOwner'; readonly data: { readonly owner: string; readonly change: OwnerChange } };

type Follows = OwnerRegistered | TermsSet | InitialGranted | ProbationLeft | ProbationUnitsDrawn | ProbationUnitsReturned;

/** Draws an unknown owner's initial units from the pool, books each draw once, and gives them back when it leaves. */
export const probationUnits: Process<Drawing, Follows, Owes> = {
  name: 'probation-units',
  version: 1,
  handles: ['OwnerRegistered', 'TermsSet', 'InitialGranted', 'ProbationLeft', 'ProbationUnitsDrawn', 'ProbationUnitsReturned'],
  key: ({ data, stream }) => ('owner' in data ? data.owner : stream.slice('owner-'.length)),
  evolve: (state, event) => {
    switch (event.type) {
      case 'OwnerRegistered':
        return { owner: event.data.owner, drawn: false, toGrant: [], left: false };
      case 'TermsSet':
        if (state === undefined || event.data.terms.figures !== undefined) return state;
        return { ...state, wanted: state.wanted ?? event.data.terms.initial };
      case 'ProbationUnitsDrawn': {
        const { draw, units, owner } = event.data;
        const known = state ?? { owner, drawn: true, toGrant: [], left: false };
        return { ...known, drawn: true, toGrant: units > 0 ? [...known.toGrant, { draw, units }] : known.toGrant };
      }
      case 'InitialGranted':
        return state && { ...state, toGrant: state.toGrant.filter(({ draw }) => draw > event.data.draw) };
      case 'ProbationLeft':
        return state && { ...state, left: true };
      case 'ProbationUnitsReturned':
        return undefined;
    }
  },
  owed: ({ owner, wanted, drawn, toGrant, left }) => ({
    commands: [
      ...(wanted !== undefined && !drawn ? [{ type: 'DrawProbationUnits', data: { owner, wanted } } as const] : []),
      ...toGrant.map(({ draw, units }): Owes => {
        return { type: 'ChangeOwner', data: { owner, change: { type: 'GrantInitial', data: { units, draw } } } };
      }),
      ...(left && drawn ? [{ type: 'ReturnProbationUnits', data: { owner } } as const] : []),
    ],
  }),
};
