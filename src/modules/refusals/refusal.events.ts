import type { Fact } from '../../event-sourcing/message.js';

/** The first refusal of its kind (partner and code) in an hour. `leadId` only where the lead is the partner's own. */
export type CommandRefused = Fact<
  'CommandRefused',
  {
    owner: string;
    partner: string;
    client: string;
    command: string;
    code: string;
    leadId?: string;
    agent?: string;
    process: string;
    at: string;
  }
>;
/** Every further refusal, counted by command and code, since the last flush. */
export type RefusalsFolded = Fact<
  'RefusalsFolded',
  {
    owner: string;
    partner: string;
    process: string;
    counts: readonly { command: string; code: string; count: number }[];
    from: string;
    until: string;
    /** The process before this one was killed, and may have taken one unflushed count with it. */
    afterUncleanStop?: true;
  }
>;
export type RefusalEvent = CommandRefused | RefusalsFolded;
