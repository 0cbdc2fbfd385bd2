import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ImportProgress } from '../modules/registry/register-import.js';
import type { ApiClient } from './oauth-client.js';

/** A line of the service's answer: how far it is, or why it broke off. */
type Report = ImportProgress & { readonly problem?: string };

export interface RegisterFile {
  readonly path: string;
  /** Its SHA-256 in hex: the same file is the same import, and another file is another one. */
  readonly importId: string;
  readonly lines: number;
}

export interface UploadResult {
  readonly finished: boolean;
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  /** `urn:vestibule:problem:…`, or the connection's error, when it broke off. */
  readonly problem?: string;
}

export interface UploadWatcher {
  progress(line: number): void;
  badLine(line: number, reason: string): void;
}

export async function inspect(path: string): Promise<RegisterFile> {
  const hash = createHash('sha256');
  let lines = 0;
  let last = 0x0a;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  }
  return { path, importId: hash.digest('hex'), lines: lines + (last === 0x0a ? 0 : 1) };
}

/**
 * Sends a register file to the service, which goes on where an earlier attempt with the same file ended.
 * @throws ApiProblem when the service refuses it from the start
 */
export async function upload(
  client: ApiClient,
  file: RegisterFile,
  onError: 'skip' | 'stop',
  watcher: UploadWatcher,
): Promise<UploadResult> {
  let last: Report = { line: 0, accepted: 0, rejected: 0, errors: [], finished: false };
  let problem: string | undefined;
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: createReadStream(file.path),
    duplex: 'half',
  } as const;
  try {
    const response = await client.request(
      `/v1/registry/imports?importId=${file.importId}&onError=${onError}`,
      init as unknown as RequestInit,
    );
    for await (const report of reportsOf(response)) {
      problem = report.problem;
      if (problem !== undefined) break;
      for (const { line, reason } of report.errors) watcher.badLine(line, reason);
      watcher.progress(report.line);
      last = report;
    }
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    problem = 'the connection broke off';
  }
  const { finished, line, accepted, rejected } = last;
  return { finished, lines: line, accepted, rejected, ...(problem !== undefined && { problem }) };
}

async function* reportsOf({ body }: Response): AsyncGenerator<Report> {
  if (!body) return;
  for await (const line of createInterface({ input: Readable.fromWeb(body as never) })) yield JSON.parse(line) as Report;
}

/** What `fetch` throws when there is no whole answer. */
function isConnectionError(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof SyntaxError ||
    ((error as { code?: string }).code !== undefined && !(error instanceof Error && error.name === 'ApiProblem'))
  );
}
