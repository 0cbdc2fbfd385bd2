import type { Decider } from '../../event-sourcing/decider.js';
import type { ProbationEvent } from './probation.events.js';

/** The pool that all owners of whom nothing is known draw their initial units from: ten nominees get no more than one pool. */
export interface ProbationState {
  /** Units out with owners on probation. */
  drawn: number;
  readonly owners: Map<string, { units: number; draws: number; waiting: number; left: boolean }>;
}

interface At {
  /** ISO 8601. */
  readonly at: string;
  /** Size of the pool, units. */
  readonly pool: number;
}
export type ProbationCommand =
  | { readonly type: 'DrawProbationUnits'; readonly data: At & { readonly owner: string; readonly wanted: number } }
  | { readonly type: 'ReturnProbationUnits'; readonly data: At & { readonly owner: string } };

function evolve(state: ProbationState, event: ProbationEvent): ProbationState {
  switch (event.type) {
    case 'ProbationUnitsDrawn': {
      const { owner, draw, units, waiting } = event.data;
      const before = state.owners.get(owner)?.units ?? 0;
      state.owners.set(owner, { units: before + units, draws: draw, waiting, left: false });
      state.drawn += units;
      return state;
    }
    case 'ProbationUnitsReturned': {
      const { owner, units } = event.data;
      const draws = state.owners.get(owner)?.draws ?? 0;
      state.owners.set(owner, { units: 0, draws, waiting: 0, left: true });
      state.drawn -= units;
      return state;
    }
  }
}

function decide(state: ProbationState, { type, data }: ProbationCommand): readonly ProbationEvent[] {
  switch (type) {
    case 'DrawProbationUnits': {
      if (state.owners.has(data.owner)) return [];
      const units = Math.max(0, Math.min(data.wanted, data.pool - state.drawn));
      return [drawn(data.owner, 1, units, data.wanted - units, data.at)];
    }
    case 'ReturnProbationUnits': {
      const leaver = state.owners.get(data.owner);
      if (leaver === undefined || leaver.left) return [];
      return [
        { type: 'ProbationUnitsReturned', data: { owner: data.owner, units: leaver.units, at: data.at } },
        ...nextInLine(state, data, data.pool - state.drawn + leaver.units),
      ];
    }
  }
}

/** Freed units go to those who got less than their initial, first come first served. */
function nextInLine(state: ProbationState, { owner: leaver, at }: At & { owner: string }, free: number): readonly ProbationEvent[] {
  const draws: ProbationEvent[] = [];
  let left = Math.max(0, free);
  for (const [owner, { waiting, draws: before }] of state.owners) {
    const units = Math.min(waiting, left);
    if (owner === leaver || units <= 0) continue;
    draws.push(drawn(owner, before + 1, units, waiting - units, at));
    left -= units;
  }
  return draws;
}

function drawn(owner: string, draw: number, units: number, waiting: number, at: string): ProbationEvent {
  return { type: 'ProbationUnitsDrawn', data: { owner, draw, units, waiting, at } };
}

/** The decider of the stream `probation`. */
export const probation: Decider<ProbationState, ProbationCommand, ProbationEvent> = {
  name: 'probation',
  version: 1,
  initial: () => ({ drawn: 0, owners: new Map() }),
  evolve,
  decide,
};

export const PROBATION_STREAM = 'probation';
