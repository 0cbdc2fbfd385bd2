import type { Fact } from '../../event-sourcing/message.js';

/**
 * The first refusal of its kind (partner, command and code) in an hour. `leadId` only where the lead is the partner's own, and
 * `agent` where it is that lead's, or names one whom the bank has registered.
 */
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
/** Every further refusal since the last flush, counted by command, code and, where these are known and few, agent. */
export type RefusalsFolded = Fact<
  'RefusalsFolded',
  {
    owner: string;
    partner: string;
    process: string;
    counts: readonly { command: string; code: string; agent?: string; count: number }[];
    from: string;
    until: string;
    /** The process before this one was killed, and may have taken one unflushed count with it. */
    afterUncleanStop?: true;
  }
>;
export type RefusalEvent = CommandRefused | RefusalsFolded;
