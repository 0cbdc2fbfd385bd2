import { exactlyAfter } from '../event-sourcing/exact-moment.js';
import type { RequestFacts } from './cause.js';
import type { Problem } from './problem.js';

/** Longer than it takes to look for a lead and to put the refusal on record, and short enough for whoever mistook one. */
export const NOT_FOUND_AFTER_MS = 25;
const NOT_FOUND: ReadonlySet<string> = new Set(['LEAD_NOT_FOUND', 'CUSTOMER_NOT_FOUND']);

/**
 * A command on a lead that is not there is refused at a time that follows from its arrival alone. Another's lead looks like none
 * (I7), but to see that it is another's its stream has to be read, which takes some 30 µs more than to find none (R41).
 */
export async function whenNotFoundIsTold(
  { code }: Pick<Problem, 'code'>,
  request: RequestFacts & { readonly method: string },
): Promise<void> {
  if (request.method !== 'POST' || !NOT_FOUND.has(code)) return;
  await exactlyAfter(NOT_FOUND_AFTER_MS, request.arrivedAt ?? performance.now());
}
