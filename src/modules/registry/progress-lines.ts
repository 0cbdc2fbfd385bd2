import { Readable } from 'node:stream';
import { DomainError } from '../../event-sourcing/decider.js';
import { UnknownOutcome } from '../../event-sourcing/event-store.js';
import type { ImportProgress } from './register-import.js';

/** The last line of an attempt that was cut off. What was reported before it is durable; sending the import again resumes it. */
export interface ImportBroken {
  readonly finished: false;
  /** `urn:vestibule:problem:…` */
  readonly problem: string;
}

/**
 * An import's progress as NDJSON. The status line was sent long ago when something fails on the way, so that failure is
 * the last line.
 * @param onFailure told of what a client cannot mend
 */
export function progressLines(first: ImportProgress, rest: AsyncIterable<ImportProgress>, onFailure: (error: unknown) => void): Readable {
  return Readable.from(lines(first, rest, onFailure), { objectMode: false });
}

async function* lines(
  first: ImportProgress,
  rest: AsyncIterable<ImportProgress>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<string> {
  yield line(first);
  try {
    for await (const progress of rest) yield line(progress);
  } catch (error) {
    if (!(error instanceof DomainError)) onFailure(error);
    yield line({ finished: false, problem: problemOf(error) });
  }
}

function problemOf(error: unknown): string {
  const code: string =
    error instanceof DomainError ? (error as DomainError).code : error instanceof UnknownOutcome ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
  return `urn:vestibule:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

function line(value: ImportProgress | ImportBroken): string {
  return `${JSON.stringify(value)}\n`;
}
