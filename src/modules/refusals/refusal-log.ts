import type { Decider } from '../../event-sourcing/decider.js';
import type { RefusalEvent } from './refusal.events.js';

/** What one process has to say about one partner's refusals on one day. It has one writer and nothing to decide. */
export const refusalLog: Decider<null, RefusalEvent, RefusalEvent> = {
  name: 'refusal-log',
  version: 1,
  initial: () => null,
  evolve: () => null,
  decide: (_state, event) => [event],
};

/** One stream for each partner, day and process, so that nobody has to wait for anybody to report. */
export function refusalStream(partner: string, day: string, process: string): string {
  return `refusals-${partner}-${day}-${process}`;
}
