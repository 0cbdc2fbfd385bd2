import type { Fact } from '../../event-sourcing/message.js';

/**
 * Why no honest partner can have the person as an applicant. Nobody's lead is one: `minor` (too young for an account, until
 * `until`), `deceased`, `invented` (an identifier that its authority keeps for tests and never issues, planted in lists that
 * could be stolen). They have agreed to apply nowhere: `staff` (an employee), `locked` (a customer who locked their membership).
 */
export const CANARY_KINDS = ['minor', 'deceased', 'invented', 'staff', 'locked'] as const;
export type CanaryKind = (typeof CANARY_KINDS)[number];

const VISIBLE: Readonly<Record<CanaryKind, boolean>> = { minor: true, deceased: true, invented: true, staff: false, locked: false };

/** Who holds a public register sees these for what they are, and can leave them out. */
export function isVisible(kind: CanaryKind): boolean {
  return VISIBLE[kind];
}

/** Nothing that a partner can notice depends on it. A second one of the same person replaces the first. */
export type CanaryRegistered = Fact<
  'CanaryRegistered',
  {
    /** The person in the epochs that were live then. */
    personKeys: readonly string[];
    kind: CanaryKind;
    /** `yyyy-mm`, UTC: the month from which on they are none any more; always there for a minor. A day would tell a birthday. */
    until?: string;
  }
>;

export type CanaryRetired = Fact<
  'CanaryRetired',
  {
    /** The person in the epochs that are live now and those that were when they were registered. */
    personKeys: readonly string[];
  }
>;

export type CanaryEvent = CanaryRegistered | CanaryRetired;
