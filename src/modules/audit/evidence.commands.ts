import type { Cause } from '../../event-sourcing/message.js';
import type { EvidenceAsked } from './evidence.events.js';

/** Puts on record that evidence is about to be read. */
export class RecordEvidenceRead {
  readonly type = 'RecordEvidenceRead';
  constructor(
    /** `until`: position of the log's end, beyond which nothing will be shown. */
    readonly data: { readonly by: string; readonly what: EvidenceAsked; readonly until: number },
    readonly cause: Cause,
  ) {}
}
