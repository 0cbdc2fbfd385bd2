import type { Outage } from './process.js';

/**
 * A deadline as it binds: put off by the time that the service was down between the moment it was set and the deadline
 * itself, each outage in turn, because an outage that begins before the extended deadline extends it further.
 * @param from when the deadline was set, epoch ms
 * @param deadline epoch ms
 * @param outages in order of time
 */
export function extended(from: number, deadline: number, outages: readonly Outage[]): number {
  let due = deadline;
  for (const outage of outages) {
    const start = Math.max(from, Date.parse(outage.from));
    const end = Date.parse(outage.until);
    if (start < due && end > start) due += end - start;
  }
  return due;
}
