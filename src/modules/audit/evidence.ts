import type { Decider } from '../../event-sourcing/decider.js';
import type { EvidenceEvent, EvidenceRead } from './evidence.events.js';

/** Nothing is decided on what was read before. */
export type EvidenceState = Readonly<Record<string, never>>;

export interface RecordReading {
  readonly type: 'RecordReading';
  readonly data: EvidenceRead['data'];
}

/** The decider of `evidence-reads-<yyyy-mm-dd>`: each reading is an event of its own, also of the same thing again. */
export const evidence: Decider<EvidenceState, RecordReading, EvidenceEvent> = {
  name: 'evidence',
  version: 1,
  initial: () => ({}),
  evolve: (state) => state,
  decide: (_state, command) => [{ type: 'EvidenceRead', data: command.data }],
};

/** @param at ISO 8601 */
export function evidenceStream(at: string): string {
  return `evidence-reads-${at.slice(0, 10)}`;
}
