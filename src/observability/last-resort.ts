import type { Logger } from 'pino';

/** Injection token of a `GiveUp`. */
export const GIVE_UP = Symbol('give up');
export type GiveUp = (reason: string, error: unknown) => void;

/**
 * Ends the process at once, which also ends every answer that was under way: what is acknowledged is durable, and the next
 * process starts from that (R25). Nothing is tidied up, since whatever failed may fail again.
 */
export function giveUp(logger: Logger, exit = (code: number): void => process.exit(code)): GiveUp {
  return (reason, err) => {
    logger.fatal({ reason, err }, 'giving up');
    exit(1);
  };
}

/** What nobody caught is a state that nobody thought of. */
export function giveUpOnTheUnforeseen(give: GiveUp): void {
  process.on('unhandledRejection', (error) => give('unhandled rejection', error));
  process.on('uncaughtException', (error) => give('uncaught exception', error));
}
