import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';

/** Injection token of the application's `Logger`. */
export const LOGGER = Symbol('logger');

/**
 * Errors whose message is written in this code base, or by a part of the machine that never sees a request. Of all others
 * the message is left out: a parser's, for one, quotes what it could not parse (I11).
 */
const PLAIN_MESSAGES = new Set([
  'ClockUntrusted',
  'ConfigError',
  'DataDirectoryInUse',
  'DomainError',
  'KeyringUnusable',
  'LogDamaged',
  'Problem',
  'ReferenceError',
  'SqliteError',
  'StoreUnavailable',
  'TypeError',
  'UnknownOutcome',
  'WrongExpectedRevision',
]);

/** Node's own errors have the names of the language's, and say what they were given. */
const OF_NODE = /^ERR_/;

interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  /** Where, without the first lines of the stack, which repeat the message. */
  readonly at: readonly string[];
  readonly cause?: LoggedError;
}

export function loggedError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    ...(PLAIN_MESSAGES.has(error.name) && !OF_NODE.test(String(code)) && { message: error.message }),
    at: (error.stack ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('at '))
      .slice(0, 12),
    ...(error.cause !== undefined && depth < 3 && { cause: loggedError(error.cause, depth + 1) }),
  };
}

/** One JSON object a line, so that no input can break a line (R39). Secrets are cut out even where somebody logs a request. */
export function makeLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => loggedError(error) },
    redact: {
      paths: ['headers', '*.headers', 'authorization', '*.authorization', 'body', '*.body', 'url', '*.url', 'token', '*.token', '*.d'],
      censor: '[cut]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Nest's own lines in the same log; the many about routes and modules only at `debug`. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, text(message));
  }

  warn(message: unknown, context?: string): void {
    this.logger.warn({ context }, text(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (message instanceof Error) this.logger.error({ context, err: message }, 'error');
    else this.logger.error({ context }, text(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

const text = (message: unknown): string => (typeof message === 'string' ? message : typeof message);
