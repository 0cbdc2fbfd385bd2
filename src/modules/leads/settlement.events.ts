import { milliseconds } from '../../event-sourcing/duration.js';
import { extended } from '../../event-sourcing/outage.js';
import type { Outage } from '../../event-sourcing/process.js';

/** What decides at which settlement an outcome is shown and credited. Part of the fact: no later configuration moves it. */
export interface Settling {
  /** The act of the applicant, or of the bank that turned them down; without either, the deadline for it. ISO 8601. */
  readonly from: string;
  /** How long after that the bank may tell of it: the lead's `settleAfter`, an ISO 8601 duration. */
  readonly after: string;
  /** When it was told; ISO 8601. */
  readonly told: string;
  /** Time between two settlements, ms. */
  readonly every: number;
}

/**
 * The settlement, epoch ms: the first one `after` the act, which is the same whenever the bank tells of it in time, so that
 * nothing shows when it did (I6). While the service is down nobody can tell it anything; so an outage in between puts off until
 * when telling is in time, and with it every settlement of acts before, told or not.
 * @param outages in order of time
 */
export function settlementOf({ from, after, told, every }: Settling, outages: readonly Outage[]): number {
  return settlementFrom(Math.max(tellingDue({ from, after }, outages), Date.parse(told)), every);
}

/** Until when the bank's word of an act is in time, epoch ms. */
export function tellingDue({ from, after }: Pick<Settling, 'from' | 'after'>, outages: readonly Outage[]): number {
  const acted = Date.parse(from);
  return extended(acted, acted + milliseconds(after), outages);
}

/** Settlements are the multiples of `every` since the epoch, so every replica and every replay finds the same; daily ones fall at midnight UTC. */
function settlementFrom(moment: number, every: number): number {
  return Math.ceil(moment / every) * every;
}
