import type { Fact } from '../../event-sourcing/message.js';

/** What somebody asked to see; only what was given. */
export interface EvidenceAsked {
  /** `note`: what the event at `revision` of the stream keeps sealed. */
  readonly of: 'log' | 'stream' | 'note';
  readonly stream?: string;
  /** First revision. */
  readonly revision?: number;
  /** Position after which. */
  readonly after?: number;
  readonly limit?: number;
  readonly types?: readonly string[];
  readonly partner?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Somebody read the log, or a stream of it; written before the first byte left. `until` is the log's end at that moment. */
export type EvidenceRead = Fact<'EvidenceRead', { by: string; what: EvidenceAsked; until: number; at: string }>;
export type EvidenceEvent = EvidenceRead;
