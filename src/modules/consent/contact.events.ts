import type { Fact } from '../../event-sourcing/message.js';

/** A partner asked for a code to be sent to this contact. A code too many over all partners is dropped, and nobody is told. */
export type CodeRequested = Fact<
  'CodeRequested',
  { contactKey: string; leadId: string; owner: string; partner: string; dropped: boolean; at: string }
>;
export type ContactEvent = CodeRequested;
