import { ApiProblem } from '../cli/oauth-client.js';
import type { Mode } from './stage.js';

/** What the service says to somebody who took too long; in the demo that is nobody's fault but the machine's. */
const DEADLINES: ReadonlySet<string> = new Set(['LEAD_LAPSED', 'ANSWER_EXPIRED', 'CONFIRMATION_TOO_LATE']);

/** Why the demo ends, in words, where the machine was so busy that one of a sandbox's short deadlines passed; `undefined` for any other error. */
export function missedDeadline(mode: Mode, error: unknown): string | undefined {
  if (!(error instanceof ApiProblem) || !DEADLINES.has(error.code)) return undefined;
  return (
    `this machine is too busy just now: in mode ${mode} an applicant missed a deadline (${error.code}); ` +
    'try again when it is quieter, or with fewer --applicants'
  );
}
