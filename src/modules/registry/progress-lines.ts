import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { DomainError } from '../../event-sourcing/decider.js';
import { UnknownOutcome } from '../../event-sourcing/event-store.js';
import type { ImportProgress } from './register-import.js';

export const NDJSON = 'application/x-ndjson';

/** The response of an import, described. */
export const PROGRESS = {
  description: 'One report a line, as they come. Where the import broke off, the last one has `problem` instead of counts.',
  content: {
    [NDJSON]: {
      schema: { type: 'string' },
      example: '{"line":5000,"accepted":4998,"rejected":2,"errors":[{"line":42,"reason":"not-json"}],"finished":true}\n',
    },
  },
};

/** The last line of an attempt that was cut off. What was reported before it is durable; sending the import again resumes it. */
export interface ImportBroken {
  readonly finished: false;
  /** `urn:vestibule:problem:…` */
  readonly problem: string;
}

/**
 * An import's progress as NDJSON, while its lines come in. What keeps it from starting is thrown; when something fails later the
 * status line was sent long ago, so that failure is the last line.
 * @param stream the request's body
 * @param onFailure told of what a client cannot mend
 */
export async function progressOf(
  stream: Readable,
  run: (body: AsyncIterable<Uint8Array>) => AsyncGenerator<ImportProgress, void>,
  onFailure: (error: unknown) => void,
): Promise<StreamableFile> {
  // An import that stops early leaves its socket open: the last line of the answer still has to go out.
  const progress = run(stream.iterator({ destroyOnReturn: false }));
  const { value: first } = await progress.next();
  const out = Readable.from(lines(first as ImportProgress, progress, onFailure), { objectMode: false });
  // Whatever the client goes on sending is let go, or else its connection would never be free again.
  out.once('close', () => stream.resume());
  return new StreamableFile(out, { type: NDJSON });
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
