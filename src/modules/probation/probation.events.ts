import type { Fact } from '../../event-sourcing/message.js';

/** An owner of whom nothing is known took its initial units out of the pool; `waiting` is what the pool could not give. */
export type ProbationUnitsDrawn = Fact<'ProbationUnitsDrawn', { owner: string; draw: number; units: number; waiting: number; at: string }>;
/** An owner left probation: its units are free for the next. */
export type ProbationUnitsReturned = Fact<'ProbationUnitsReturned', { owner: string; units: number; at: string }>;

export type ProbationEvent = ProbationUnitsDrawn | ProbationUnitsReturned;
