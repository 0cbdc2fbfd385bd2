import type { Logger } from 'pino';
import type { Config } from './config.js';
import { patiently } from './event-sourcing/patience.js';

/** Milliseconds that a step of the start waits for a server: a cluster has chosen a leader within seconds. */
const WITHIN_MS = 60_000;

/** How long a start waits for the log. One in the data directory is there or is not; a server may be about to be. */
export class StartPatience {
  constructor(
    private readonly config: Pick<Config, 'eventStoreDb'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** @param step safe to repeat @throws StoreUnavailable, UnknownOutcome when it was in vain for a minute */
  for<Result>(step: () => Promise<Result>): Promise<Result> {
    return patiently(step, {
      within: this.config.eventStoreDb === undefined ? 0 : WITHIN_MS,
      onWait: ({ message: reason }) => this.logger.warn({ reason, seconds: WITHIN_MS / 1_000 }, 'the start waits for the log'),
    });
  }
}
